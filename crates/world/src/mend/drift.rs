//! Drift: what somebody else did to a thing since a run left it, and what that means for taking the run back.
//!
//! A packet filter lives: a ban comes, a container opens a port. That is no reason to leave a change in place that
//! locks people out, so of rules only our own lines count: those that came with the run, and those that went. Of
//! folders only the things count that the run changed; of a file, or a unit, everything.

mod tree;

use std::collections::BTreeMap;

use rayfix_core::plan::run::FileImage;
use rayfix_core::plan::secret::is_in;
use rayfix_core::plan::{FilePath, PreImage};

use self::tree::Folders;
use super::hands::differs;

/// Lines of a file that are shown at most, of each kind.
const SHOWN: usize = 4;

/// What happened to a thing since.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Drift {
    /// What the run did is not as the run left it; a sentence each.
    pub(super) ours: Vec<String>,
    /// Something else about it changed.
    pub(super) elsewhere: bool,
}

/// What happened to a thing that was `before`, that a run left as `after`, and that is so `now`.
pub(super) fn since(before: &PreImage, after: &PreImage, now: &PreImage) -> Drift {
    if let Some(folders) = Folders::of(before, after, now) {
        return folders.since();
    }
    let (
        PreImage::Ruleset { listings: was, files: kept },
        PreImage::Ruleset { listings: left, files: wrote },
        PreImage::Ruleset { listings: is, files: keeps },
    ) = (before, after, now)
    else {
        return Drift { ours: told(after, now), elsewhere: false };
    };
    let mut ours = Vec::new();
    for (name, _) in left {
        let (was, left, is) = (counted(was, name), counted(left, name), counted(is, name));
        for (line, then) in changed(&was, &left) {
            let now = is.get(line).copied().unwrap_or(0);
            let before = was.get(line).copied().unwrap_or(0);
            if then > before && now < then {
                ours.push(format!("{name} lacks `{line}`"));
            } else if then < before && now > then {
                ours.push(format!("{name} has `{line}` again"));
            }
        }
    }
    for path in paths(&[kept, wrote, keeps]) {
        let (before, after, now) = (of(kept, path), of(wrote, path), of(keeps, path));
        if before != after && now != after {
            let what = of_file(after, now, true).join(", ");
            ours.push(format!("{path}: {what}"));
        }
    }
    Drift { ours, elsewhere: !differs(after, now).is_empty() }
}

/// What the undo has to come to: as before, but for files that somebody else changed since.
pub(super) fn aim(before: &PreImage, after: Option<&PreImage>, now: &PreImage) -> PreImage {
    if let Some(folders) = after.and_then(|after| Folders::of(before, after, now)) {
        return folders.aim();
    }
    let (
        PreImage::Ruleset { listings, files: kept },
        Some(PreImage::Ruleset { files: wrote, .. }),
        PreImage::Ruleset { files: keeps, .. },
    ) = (before, after, now)
    else {
        return before.clone();
    };
    let mut files = Vec::new();
    for path in paths(&[kept, wrote, keeps]) {
        let theirs = of(wrote, path) != of(keeps, path);
        let image = if theirs { of(keeps, path) } else { of(kept, path) };
        files.extend(image.map(|image| (path.clone(), image.clone())));
    }
    PreImage::Ruleset { listings: listings.clone(), files }
}

/// What of a run's own change is still there; empty: all of it was taken back.
pub(super) fn left(before: &PreImage, after: &PreImage, then: &PreImage) -> Vec<String> {
    if let Some(folders) = Folders::of(before, after, then) {
        return folders.left();
    }
    let (
        PreImage::Ruleset { listings: was, .. },
        PreImage::Ruleset { listings: did, .. },
        PreImage::Ruleset { listings: is, .. },
    ) = (before, after, then)
    else {
        return told(before, then);
    };
    let mut found = Vec::new();
    for (name, _) in did {
        let (was, did, is) = (counted(was, name), counted(did, name), counted(is, name));
        for (line, after) in changed(&was, &did) {
            let now = is.get(line).copied().unwrap_or(0);
            let before = was.get(line).copied().unwrap_or(0);
            if after > before && now > before {
                found.push(format!("{name} has `{line}`, and had not"));
            } else if after < before && now < before {
                found.push(format!("{name} lacks `{line}`"));
            }
        }
    }
    found
}

/// What differs, with some lines of a file's content.
fn told(then: &PreImage, now: &PreImage) -> Vec<String> {
    match (then, now) {
        (PreImage::File { content: then }, PreImage::File { content: now }) => {
            of_file(then.as_ref(), now.as_ref(), true)
        }
        _ => differs(then, now),
    }
}

/// What of a file differs; `shown`: with its first lines, `+` for those that are there now.
fn of_file(then: Option<&FileImage>, now: Option<&FileImage>, shown: bool) -> Vec<String> {
    let image = |image: Option<&FileImage>| PreImage::File { content: image.cloned() };
    let mut found = differs(&image(then), &image(now));
    let (Some(then), Some(now)) = (then, now) else { return found };
    if !shown || then.bytes == now.bytes || is_in(&then.bytes) || is_in(&now.bytes) {
        return found;
    }
    let text = |image: &FileImage| String::from_utf8_lossy(&image.bytes).into_owned();
    let (then, now) = (text(then), text(now));
    let only = |one: &str, other: &str, sign: char| -> Vec<String> {
        let other: Vec<&str> = other.lines().collect();
        let lines = one.lines().filter(|line| !other.contains(line));
        lines.take(SHOWN).map(|line| format!("`{sign} {}`", line.trim())).collect()
    };
    found.extend(only(&then, &now, '-'));
    found.extend(only(&now, &then, '+'));
    found
}

/// How often each line is in a listing; brackets alone are nobody's.
fn counted<'a>(listings: &'a [(String, String)], name: &str) -> BTreeMap<&'a str, usize> {
    let text = listings.iter().find(|(other, _)| other == name).map_or("", |(_, text)| text);
    let mut lines = BTreeMap::new();
    for line in text.lines().map(str::trim) {
        if line.chars().any(char::is_alphanumeric) {
            *lines.entry(line).or_default() += 1;
        }
    }
    lines
}

/// Lines whose number changed, and their number afterwards.
fn changed<'a>(
    before: &BTreeMap<&'a str, usize>,
    after: &BTreeMap<&'a str, usize>,
) -> Vec<(&'a str, usize)> {
    let number = |of: &BTreeMap<&str, usize>, line: &str| of.get(line).copied().unwrap_or(0);
    let mut lines: Vec<&str> = before.keys().chain(after.keys()).copied().collect();
    lines.sort_unstable();
    lines.dedup();
    lines.retain(|line| number(before, line) != number(after, line));
    lines.into_iter().map(|line| (line, number(after, line))).collect()
}

fn of<'a>(files: &'a [(FilePath, FileImage)], path: &FilePath) -> Option<&'a FileImage> {
    files.iter().find(|(other, _)| other == path).map(|(_, image)| image)
}

fn paths<'a>(all: &[&'a [(FilePath, FileImage)]]) -> Vec<&'a FilePath> {
    let mut paths: Vec<&FilePath> =
        all.iter().flat_map(|files| files.iter().map(|f| &f.0)).collect();
    paths.sort();
    paths.dedup();
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(text: &str) -> PreImage {
        PreImage::Ruleset { listings: vec![("nft".into(), text.into())], files: Vec::new() }
    }

    const BEFORE: &str = "chain in {\n  tcp dport 22 accept\n  drop\n}";
    const AFTER: &str = "chain in {\n  tcp dport 22 accept\n  ip saddr @cf accept\n  drop\n}";

    #[test]
    fn a_ban_that_came_since_is_elsewhere() {
        let now = rules(&AFTER.replace("  drop", "  ip saddr 192.0.2.1 drop\n  drop"));
        let drift = since(&rules(BEFORE), &rules(AFTER), &now);
        assert_eq!(drift, Drift { ours: Vec::new(), elsewhere: true });
        let then = rules(&BEFORE.replace("  drop", "  ip saddr 192.0.2.1 drop\n  drop"));
        assert!(left(&rules(BEFORE), &rules(AFTER), &then).is_empty());
        assert_eq!(
            left(&rules(BEFORE), &rules(AFTER), &now),
            ["nft has `ip saddr @cf accept`, and had not"]
        );
    }

    #[test]
    fn a_rule_of_ours_that_went_since_is_ours() {
        let drift = since(&rules(BEFORE), &rules(AFTER), &rules("chain in {\n}"));
        assert_eq!(drift.ours, ["nft lacks `ip saddr @cf accept`"]);
    }

    #[test]
    fn a_file_is_told_by_its_lines_and_a_key_is_not() {
        let file = |text: &str| PreImage::File {
            content: Some(FileImage { bytes: text.into(), mode: 0o644, uid: 0, gid: 0 }),
        };
        let drift = since(&file("a\nb\n"), &file("a\nc\n"), &file("a\nd\n"));
        assert_eq!(drift.ours, ["its content", "`- c`", "`+ d`"]);
        let key = "-----BEGIN PRIVATE KEY-----\nx\n";
        assert_eq!(since(&file(""), &file(""), &file(key)).ours, ["its content"]);
    }
}
