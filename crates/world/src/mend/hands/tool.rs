//! Tools: run with their arguments as they are, no shell, no environment; and the packet filter as they list it.
//!
//! Listings are compared without what changes by itself: counters, handles, comments with the time.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rayfix_core::plan::run::FileImage;
use rayfix_core::plan::{Call, FilePath, PreImage, Tool, ufw_list};

use super::{bouncer, file, ufw};

use crate::host::run::{self, Unheard};

/// What tells how the packet filter and the routes are: a name, and who lists it.
const LISTINGS: [(&str, &[&str]); 8] = [
    ("nft", &["nft", "-s", "list", "ruleset"]),
    ("iptables", &["iptables-save"]),
    ("ip6tables", &["ip6tables-save"]),
    ("iptables-legacy", &["iptables-legacy-save"]),
    ("ip6tables-legacy", &["ip6tables-legacy-save"]),
    ("ipset", &["ipset", "save"]),
    ("rules", &["ip", "rule"]),
    ("routes", &["ip", "route", "show", "table", "all"]),
];

/// For one listing.
const PATIENCE: Duration = Duration::from_secs(20);

/// A listing larger than this is not kept (64 MiB).
const MOST: u64 = 64 << 20;

/// Where a tool lies; only one that nobody but root can change.
fn place(program: &str) -> Option<PathBuf> {
    let folders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin"];
    folders.iter().find_map(|folder| {
        let path = Path::new(folder).join(program);
        // Many tools go by the name that they are called by: the link, not its target, is run.
        run::trusted(&path).map(|_| path)
    })
}

/// The packet filter and the routes, as the tools that are there list them.
pub(super) async fn listings() -> Result<PreImage, String> {
    let mut listings = Vec::new();
    for (name, words) in LISTINGS {
        let Some(program) = place(words[0]) else { continue };
        let heard = run::hear(&program, words[0], &words[1..], MOST, PATIENCE).await;
        match heard {
            Ok(heard) if heard.status == Some(0) => {
                listings.push((name.to_owned(), plain(&heard.text)));
            }
            // A kind of filter that this kernel does not have lists nothing.
            Ok(_) => {}
            Err(_) => return Err(format!("list the packet filter with {}", words[0])),
        }
    }
    Ok(PreImage::Ruleset { listings, files: files()? })
}

/// Files and folders in which the tools keep what they were told.
const KEPT_IN: [&str; 6] = [
    "/etc/ufw/user.rules",
    "/etc/ufw/user6.rules",
    "/etc/firewalld/direct.xml",
    "/etc/firewalld/zones",
    "/etc/firewalld/ipsets",
    "/etc/firewalld/policies",
];

/// Those files, as they are.
fn files() -> Result<Vec<(FilePath, FileImage)>, String> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for kept in KEPT_IN {
        let kept = Path::new(kept);
        if kept.is_dir() {
            let entries = std::fs::read_dir(kept);
            let entries = entries.map_err(|error| format!("read {}: {error}", kept.display()))?;
            paths.extend(entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()));
        } else if kept.is_file() {
            paths.push(kept.to_owned());
        }
    }
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        let Some(named) = path.to_str().and_then(|path| FilePath::new(path).ok()) else { continue };
        if let PreImage::File { content: Some(image) } = file::look(&path)? {
            found.push((named, image));
        }
    }
    Ok(found)
}

/// Takes away what a write that was cut short left beside those files.
pub(super) fn sweep(before: &PreImage) {
    let PreImage::Ruleset { files, .. } = before else { return };
    for (path, _) in files {
        file::sweep(Path::new(path.as_str()));
    }
}

/// Makes the files as they were; the tools wrote them, and what they hold now is what was taken back.
fn put_back(before: &[(FilePath, FileImage)]) -> Result<(), String> {
    for (path, _) in files()?.iter().filter(|(path, _)| !before.iter().any(|(old, _)| old == path))
    {
        file::restore(Path::new(path.as_str()), None)?;
    }
    for (path, image) in before {
        file::restore(Path::new(path.as_str()), Some(image))?;
    }
    Ok(())
}

/// A listing without what changes by itself.
fn plain(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        // `:INPUT ACCEPT [12:3456]`
        let line = match line.rsplit_once(" [") {
            Some((chain, counters)) if line.starts_with(':') && counters.ends_with(']') => chain,
            _ => line,
        };
        lines.push(without_time(line));
    }
    lines.join("\n")
}

/// A line without the time that is left of it: `expires 1768sec`, `timeout 3578`; `timeout 3h59m50s` behind an
/// address, as nft has it of a ban.
fn without_time(line: &str) -> String {
    let mut words: Vec<&str> = Vec::new();
    let (mut was, mut is_ban) = ("", false);
    for word in line.split(' ') {
        let bare = word.trim_end_matches(',');
        let number = bare.strip_suffix("sec").unwrap_or(bare);
        let seconds = number.bytes().all(|byte| byte.is_ascii_digit());
        let span = bare.starts_with(|c: char| c.is_ascii_digit())
            && bare.bytes().all(|byte| byte.is_ascii_digit() || b"dhms".contains(&byte));
        let counts_down = match was {
            "expires" => seconds || (is_ban && span),
            "timeout" => (line.starts_with("add ") && seconds) || (is_ban && span),
            _ => false,
        };
        is_ban = match word {
            "timeout" => was.parse::<IpAddr>().is_ok(),
            _ => is_ban && (counts_down || word == "expires"),
        };
        match (counts_down, word.ends_with(',')) {
            (true, true) => words.push(","),
            (true, false) => {}
            (false, _) => words.push(word),
        }
        was = word;
    }
    words.join(" ")
}

/// What has a tool wait for its turn at the packet filter, in seconds: another program may hold it for a moment. It is
/// no part of what is shown, since a person would just type the command again.
fn waits(tool: Tool) -> &'static [&'static str] {
    match tool {
        Tool::Iptables
        | Tool::Ip6tables
        | Tool::IptablesNft
        | Tool::Ip6tablesNft
        | Tool::IptablesLegacy
        | Tool::Ip6tablesLegacy => &["-w", "20"],
        _ => &[],
    }
}

/// Runs a tool; returns what it printed.
pub(super) async fn run(
    tool: Tool,
    arguments: &[String],
    limit: Duration,
) -> Result<String, String> {
    let name = &*tool.program();
    let program = place(name).ok_or_else(|| format!("find {name}"))?;
    let words: Vec<&str> =
        waits(tool).iter().copied().chain(arguments.iter().map(String::as_str)).collect();
    let heard = match run::hear(&program, name, &words, MOST, limit).await {
        Ok(heard) => heard,
        Err(Unheard::NotStarted) => return Err(format!("start {name}")),
        Err(Unheard::Late) => {
            return Err(format!("wait longer than {} s for {name}", limit.as_secs()));
        }
        Err(Unheard::TooMuch) => return Err(format!("hear {name} out")),
    };
    if heard.status == Some(0) {
        return Ok(heard.text);
    }
    let both = heard.complaint + "\n" + &heard.text;
    let line = both.lines().find(|line| !line.trim().is_empty()).unwrap_or("no reason was given");
    let line: String = line.trim().chars().take(300).collect();
    Err(format!("run `{name} {}`: {line}", arguments.join(" ")))
}

fn asks_crowdsec(calls: &[Call]) -> bool {
    calls.iter().any(|call| matches!(call, Call::Tool { tool: Tool::Cscli, .. }))
}

/// Carries out calls, in order.
pub(super) async fn all(calls: &[Call], limit: Duration) -> Result<(), String> {
    if asks_crowdsec(calls) {
        bouncer::hears().await;
    }
    for call in calls {
        carry_out(call, limit).await?;
    }
    bouncer::follows(calls).await
}

async fn carry_out(call: &Call, limit: Duration) -> Result<(), String> {
    let (chain, comment) = match call {
        Call::Tool { tool, arguments } => return run(*tool, arguments, limit).await.map(drop),
        Call::UfwList { v6, takes, puts } => {
            return ufw::edit(Path::new(ufw_list(*v6)), takes, puts);
        }
        Call::DeleteNftRule { chain, comment } => (chain, comment),
    };
    let words = |words: &[&str]| -> Vec<String> {
        let chain = chain.iter().map(String::as_str);
        words.iter().copied().chain(chain).map(str::to_owned).collect()
    };
    let listed = run(Tool::Nft, &words(&["-a", "list", "chain"]), limit).await?;
    let mark = format!("comment \"{comment}\" # handle ");
    for line in listed.lines() {
        let Some((_, handle)) = line.split_once(&mark) else { continue };
        let handle = handle.trim();
        if handle.is_empty() || !handle.bytes().all(|byte| byte.is_ascii_digit()) {
            continue;
        }
        let mut arguments = words(&["delete", "rule"]);
        arguments.extend(["handle".to_owned(), handle.to_owned()]);
        run(Tool::Nft, &arguments, limit).await?;
    }
    Ok(())
}

/// Takes back what calls did. Nothing is done where all is as it was already.
pub(super) async fn restore(
    undo: &[Call],
    before: &PreImage,
    limit: Duration,
) -> Result<(), String> {
    let mut trouble = None;
    if asks_crowdsec(undo) {
        bouncer::hears().await;
    }
    for call in undo {
        // A part that is gone already must not keep the others from being taken back.
        trouble = trouble.or(carry_out(call, limit).await.err());
    }
    trouble = trouble.or(bouncer::follows(undo).await.err());
    if let PreImage::Ruleset { files, .. } = before {
        trouble = trouble.or(put_back(files).err());
    }
    let Some(why) = trouble else { return Ok(()) };
    match (before, listings().await) {
        (PreImage::Ruleset { .. }, Ok(now))
            if unlisted(before, &now).is_none() && differs(before, &now).is_empty() =>
        {
            Ok(())
        }
        _ => Err(why),
    }
}

/// The first listing that is there before and not now.
pub(super) fn unlisted<'a>(before: &'a PreImage, now: &PreImage) -> Option<&'a str> {
    let (PreImage::Ruleset { listings: was, .. }, PreImage::Ruleset { listings: is, .. }) =
        (before, now)
    else {
        return None;
    };
    let missing = was.iter().find(|(name, _)| !is.iter().any(|(other, _)| other == name))?;
    LISTINGS.iter().find(|(name, _)| *name == missing.0).map(|(_, words)| words[0])
}

/// The listings as they were, with the files as they are.
pub(super) fn files_alone(before: &PreImage) -> Option<PreImage> {
    let PreImage::Ruleset { listings, .. } = before else { return None };
    Some(PreImage::Ruleset { listings: listings.clone(), files: files().ok()? })
}

/// What of the packet filter is not as it was: the first line that differs of each listing, and the files.
pub(super) fn differs(before: &PreImage, now: &PreImage) -> Vec<String> {
    let (
        PreImage::Ruleset { listings: was, files: kept },
        PreImage::Ruleset { listings: is, files: keeps },
    ) = (before, now)
    else {
        return Vec::new();
    };
    let mut found = differs_in_rules(was, is);
    let of = |files: &[(FilePath, FileImage)], path: &FilePath| {
        files.iter().find(|(other, _)| other == path).map(|(_, image)| image.clone())
    };
    let mut paths: Vec<&FilePath> = kept.iter().chain(keeps).map(|(path, _)| path).collect();
    paths.sort();
    paths.dedup();
    for path in paths {
        let differs = file::differs(of(kept, path).as_ref(), of(keeps, path).as_ref());
        found.extend(differs.into_iter().map(|what| format!("{path}: {what}")));
    }
    found
}

/// The first line that differs of each listing.
fn differs_in_rules(before: &[(String, String)], now: &[(String, String)]) -> Vec<String> {
    let mut found = Vec::new();
    for (name, was) in before {
        let is = now.iter().find(|(other, _)| other == name).map_or("", |(_, text)| text.as_str());
        if was == is {
            continue;
        }
        let line = |text: &str, other: &str| {
            text.lines().find(|line| !other.lines().any(|one| one == *line)).map(str::to_owned)
        };
        found.push(match (line(is, was), line(was, is)) {
            (Some(more), _) => format!("{name} has `{}`, and had not", more.trim()),
            (None, Some(less)) => format!("{name} lacks `{}`", less.trim()),
            (None, None) => format!("{name} has its lines in another order"),
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_no_difference_and_rules_are() {
        let before =
            "# made at noon\n*filter\n:INPUT DROP [12:3456]\n-A INPUT -p tcp -j ACCEPT\nCOMMIT";
        let after = "# made at one\n*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp -j ACCEPT\nCOMMIT";
        let of = |text: &str| vec![("iptables".to_owned(), plain(text))];
        assert!(differs_in_rules(&of(before), &of(after)).is_empty());
        let more = after.replace("COMMIT", "-A INPUT -j LOG\nCOMMIT");
        assert_eq!(
            differs_in_rules(&of(before), &of(&more)),
            ["iptables has `-A INPUT -j LOG`, and had not"]
        );
        assert_eq!(differs_in_rules(&of(&more), &of(before)), ["iptables lacks `-A INPUT -j LOG`"]);
    }

    #[test]
    fn a_route_that_runs_out_is_no_difference() {
        let route =
            |left| format!("default via fe80::1 dev eth0 proto ra expires {left}sec pref medium");
        assert_eq!(plain(&route(1768)), plain(&route(12)));
        assert_eq!(plain("add bans 192.0.2.1 timeout 3578"), plain("add bans 192.0.2.1 timeout 9"));
        assert_ne!(plain("create bans timeout 600"), plain("create bans timeout 60"));
    }

    #[test]
    fn how_long_a_ban_still_holds_is_no_difference_and_who_is_banned_is() {
        let bans = |of: &str, left: &str| {
            format!(
                "\t\telements = {{ {of} timeout {left}, 192.0.2.9 timeout {left} expires {left} }}"
            )
        };
        assert_eq!(plain(&bans("192.0.2.1", "4h")), plain(&bans("192.0.2.1", "3h59m50s984ms")));
        assert_ne!(plain(&bans("192.0.2.1", "4h")), plain(&bans("192.0.2.2", "4h")));
        assert_ne!(plain("\t\ttimeout 4h"), plain("\t\ttimeout 1h"));
        let meter = |left| format!("update @m {{ ip saddr timeout {left} }} accept");
        assert_ne!(plain(&meter("4h")), plain(&meter("1h")));
    }

    #[tokio::test]
    async fn a_tool_gets_its_arguments_as_they_are() {
        let limit = Duration::from_secs(5);
        let arguments = ["$(touch /tmp/x); `id`".to_owned()];
        let why = run(Tool::Ip, &arguments, limit).await.unwrap_err();
        assert!(why.contains("$(touch /tmp/x)"), "{why}");
    }
}
