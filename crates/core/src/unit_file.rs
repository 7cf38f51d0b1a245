//! Files that define systemd's units: sections, keys, lists, and words of command lines.
//!
//! A unit's fragment and its drop-ins are read one after another into one [`UnitFile`], in the order
//! in which systemd reads them. Nothing is refused: what is no assignment is left out. Which keys
//! there are, and what they mean, is not known here.

use crate::proxy::At;

/// A unit's settings, from all of its files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnitFile {
    /// In the order read; at most [`MOST_ENTRIES`].
    pub entries: Vec<Entry>,
}

/// One assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// `Service`.
    pub section: String,
    /// `ExecStart`.
    pub key: String,
    /// What it is set to, on one line; empty: what was said before is taken back.
    pub value: String,
    /// Where it begins.
    pub at: At,
}

/// More assignments than this are not kept.
pub const MOST_ENTRIES: usize = 2_000;

/// Longer values are cut.
const MOST_BYTES: usize = 16_384;

impl UnitFile {
    /// Reads one more file of the unit.
    pub fn read(&mut self, file: &str, text: &str) {
        let mut section = String::new();
        let mut lines = (1_u32..).zip(text.lines());
        while let Some((number, line)) = lines.next() {
            let line = line.trim();
            if line.is_empty() || line.starts_with(['#', ';']) {
                continue;
            }
            if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                name.clone_into(&mut section);
                continue;
            }
            let mut whole = line.to_owned();
            while let Some(begun) = whole.strip_suffix('\\') {
                let kept = begun.trim_end().len();
                whole.truncate(kept);
                // Comments between the lines of one value are skipped.
                let more = lines.find(|(_, line)| !line.trim_start().starts_with(['#', ';']));
                let Some((_, more)) = more else { break };
                whole.push(' ');
                whole.push_str(more.trim());
                if whole.len() > MOST_BYTES {
                    whole.truncate(whole.floor_char_boundary(MOST_BYTES));
                    break;
                }
            }
            let Some((key, value)) = whole.split_once('=') else { continue };
            if self.entries.len() >= MOST_ENTRIES {
                return;
            }
            self.entries.push(Entry {
                section: section.clone(),
                key: key.trim().to_owned(),
                value: value.trim().to_owned(),
                at: At { file: file.to_owned(), line: number },
            });
        }
    }

    /// The values of a key that may be given more than once, without those that an empty one took
    /// back.
    #[must_use]
    pub fn all(&self, section: &str, key: &str) -> Vec<&Entry> {
        let mut kept: Vec<&Entry> = Vec::new();
        for entry in &self.entries {
            if entry.section != section || entry.key != key {
                continue;
            }
            if entry.value.is_empty() {
                kept.clear();
            } else {
                kept.push(entry);
            }
        }
        kept
    }

    /// The value of a key of which the last counts.
    #[must_use]
    pub fn last(&self, section: &str, key: &str) -> Option<&Entry> {
        self.all(section, key).pop()
    }
}

/// The words of a command line or list: parted by blanks, unless quoted.
#[must_use]
pub fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (c, quote) {
            ('\\', _) => {
                let word = word.get_or_insert_default();
                match chars.next() {
                    Some('n') => word.push('\n'),
                    Some('t') => word.push('\t'),
                    Some('s') => word.push(' '),
                    Some(c @ ('\\' | '"' | '\'' | ' ')) => word.push(c),
                    Some(c) => word.extend(['\\', c]),
                    None => word.push('\\'),
                }
            }
            (c, Some(open)) if c == open => quote = None,
            ('"' | '\'', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (c, None) if c.is_whitespace() => words.extend(word.take()),
            (c, _) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// The words of an `ExecStart=`, without the signs before the program that say how it is started.
#[must_use]
pub fn command(line: &str) -> Vec<String> {
    words(line.trim_start_matches(['@', '-', ':', '+', '!', '|']))
}

/// A value in which what stands for the unit's own name and folders is put in: `%i`, `%n`, `%t` …
/// Others stay as they are.
#[must_use]
pub fn specified(value: &str, unit: &str) -> String {
    if !value.contains('%') {
        return value.to_owned();
    }
    let stem = unit.rsplit_once('.').map_or(unit, |(stem, _)| stem);
    let (prefix, instance) = stem.split_once('@').unwrap_or((stem, ""));
    let last = prefix.rsplit('-').next().unwrap_or(prefix);
    let mut whole = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            whole.push(c);
            continue;
        }
        match chars.next() {
            Some('%') => whole.push('%'),
            Some('n') => whole.push_str(unit),
            Some('N') => whole.push_str(stem),
            Some('p' | 'P') => whole.push_str(prefix),
            Some('i') => whole.push_str(instance),
            Some('I') => whole.push_str(&unescaped(instance)),
            Some('j' | 'J') => whole.push_str(last),
            Some('t') => whole.push_str("/run"),
            Some('S') => whole.push_str("/var/lib"),
            Some('C') => whole.push_str("/var/cache"),
            Some('L') => whole.push_str("/var/log"),
            Some('E') => whole.push_str("/etc"),
            Some(other) => whole.extend(['%', other]),
            None => whole.push('%'),
        }
    }
    whole
}

/// A part of a unit's name as it was before systemd wrote it: `-` is `/`, and `\x2d` is `-`.
#[must_use]
pub fn unescaped(name: &str) -> String {
    unhexed(&name.replace('-', "/"))
}

/// A name in which bytes that systemd wrote as `\x2d` stand for themselves.
#[must_use]
pub fn unhexed(name: &str) -> String {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let hex = rest.strip_prefix(br"\x").and_then(|hex| hex.get(..2));
        let byte = hex
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match byte {
            Some(byte) => {
                bytes.push(byte);
                rest = &rest[4..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> UnitFile {
        let mut unit = UnitFile::default();
        unit.read("/etc/systemd/system/shop.service", text);
        unit
    }

    #[test]
    fn values_are_found_with_their_lines_and_continuations_are_one_value() {
        let unit = read(
            "# The shop\n[Unit]\nDescription = The shop\n\n[Service]\nExecStart=/usr/bin/gunicorn \\\n\
             # a comment between\n  --bind unix:/run/shop/shop.sock \\\n  shop:app\nUser=shop\nodd\n",
        );
        let start = unit.last("Service", "ExecStart").unwrap();
        assert_eq!(start.value, "/usr/bin/gunicorn --bind unix:/run/shop/shop.sock shop:app");
        assert_eq!(start.at.to_string(), "/etc/systemd/system/shop.service:6");
        assert_eq!(unit.last("Unit", "Description").unwrap().value, "The shop");
        assert_eq!(unit.last("Service", "User").unwrap().at.line, 10);
        assert!(unit.last("Unit", "User").is_none());
    }

    #[test]
    fn an_empty_value_takes_back_what_was_said_before_also_in_a_drop_in() {
        let mut unit = read("[Service]\nExecStart=/bin/one\nEnvironment=A=1\nEnvironment=B=2\n");
        unit.read("/etc/x.conf", "[Service]\nExecStart=\nExecStart=/bin/two\n");
        let starts = unit.all("Service", "ExecStart");
        assert_eq!(starts.len(), 1);
        assert_eq!(
            (starts[0].value.as_str(), starts[0].at.to_string()),
            ("/bin/two", "/etc/x.conf:3".to_owned())
        );
        assert_eq!(unit.all("Service", "Environment").len(), 2);
        unit.read("/etc/y.conf", "[Service]\nExecStart=\n");
        assert!(unit.last("Service", "ExecStart").is_none());
    }

    #[test]
    fn words_are_parted_as_systemd_parts_them() {
        for (line, parted) in [
            ("a  b\tc", vec!["a", "b", "c"]),
            (r#""A=1 2" 'B="3"' C=\"4"#, vec!["A=1 2", r#"B="3""#, r#"C="4"#]),
            (r"a\ b c\", vec!["a b", r"c\"]),
            (r#"--x="y z""#, vec!["--x=y z"]),
            (r#""""#, vec![""]),
            ("", vec![]),
            (r#"an "open end"#, vec!["an", "open end"]),
        ] {
            assert_eq!(words(line), parted, "{line}");
        }
        assert_eq!(command("-@/bin/sh sh -c x"), ["/bin/sh", "sh", "-c", "x"]);
    }

    #[test]
    fn a_units_own_name_is_put_in() {
        for (value, unit, whole) in [
            ("/run/shop", "shop.service", "/run/shop"),
            ("%t/%p/%i.sock", "app@blue.service", "/run/app/blue.sock"),
            ("%N %n 100%%", "app@blue.service", "app@blue app@blue.service 100%"),
            ("/%I", r"app@srv-my\x2dshop.service", "/srv/my-shop"),
            ("%z %", "a.service", "%z %"),
        ] {
            assert_eq!(specified(value, unit), whole);
        }
        assert_eq!(unhexed(r"machine-my\x2dshop"), "machine-my-shop");
    }

    proptest! {
        #[test]
        fn nothing_is_refused(text in "(?s)[\\[\\]=a-z\\\\ #%@\"'\n\\PC]{0,300}") {
            let unit = read(&text);
            for entry in &unit.entries {
                let _ = (command(&entry.value), specified(&entry.value, &text), unhexed(&text));
            }
        }
    }
}
