//! What a systemd unit's file says of a service that may not run: how it would be started.
//!
//! Only the settings that matter for a connector are read. Lines that end with a backslash go on;
//! of settings that are stated twice the last one holds, but `Environment=` adds up. Sources:
//! systemd.unit(5), systemd.service(5), systemd.exec(5).

use serde::{Deserialize, Serialize};

/// A unit's file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitFile {
    /// Where.
    pub path: String,
    /// `Type=`: `notify` where it is ready only when it says so.
    pub kind: Option<String>,
    /// `TimeoutStartSec=`, in seconds.
    pub start_timeout_s: Option<u64>,
    /// `Restart=`.
    pub restart: Option<String>,
    /// `User=`.
    pub user: Option<String>,
    /// The words of `ExecStart=`, which may hold a secret: never kept.
    #[serde(skip)]
    pub words: Vec<String>,
    /// `Environment=`, which may hold a secret: never kept.
    #[serde(skip)]
    pub env: Vec<(String, String)>,
    /// `EnvironmentFile=`, without the dash that allows it to be missing.
    #[serde(skip)]
    pub env_files: Vec<String>,
}

/// Reads a unit's file and the drop-ins that follow it, in their order.
#[must_use]
pub fn read_unit_file(path: &str, texts: &[&str]) -> UnitFile {
    let mut unit = UnitFile { path: path.to_owned(), ..UnitFile::default() };
    for text in texts {
        let mut section = "";
        let joined = text.replace("\\\r\n", " ").replace("\\\n", " ");
        for line in joined.lines().map(str::trim) {
            if line.starts_with('[') {
                section = if line == "[Service]" { "service" } else { "" };
            }
            let Some((name, value)) = line.split_once('=').filter(|_| section == "service") else {
                continue;
            };
            set(&mut unit, name.trim(), value.trim());
        }
    }
    unit
}

fn set(unit: &mut UnitFile, name: &str, value: &str) {
    let text = || (!value.is_empty()).then(|| value.to_owned());
    match name {
        "Type" => unit.kind = text(),
        "Restart" => unit.restart = text(),
        "User" => unit.user = text(),
        "TimeoutStartSec" | "TimeoutSec" => unit.start_timeout_s = seconds(value),
        "ExecStart" => {
            // Marks before the path change how it is started, not what.
            let bare = value.trim_start_matches(['-', '@', ':', '+', '!', '|']);
            unit.words = words(bare);
        }
        "Environment" if value.is_empty() => unit.env.clear(),
        "Environment" => unit.env.extend(
            words(value)
                .iter()
                .filter_map(|pair| pair.split_once('='))
                .map(|(name, value)| (name.to_owned(), value.to_owned())),
        ),
        "EnvironmentFile" if value.is_empty() => unit.env_files.clear(),
        "EnvironmentFile" => unit.env_files.push(value.trim_start_matches('-').to_owned()),
        _ => {}
    }
}

/// `15`, `15s`, `2min`; `infinity` is none.
fn seconds(value: &str) -> Option<u64> {
    let end = value.find(|c: char| !c.is_ascii_digit()).unwrap_or(value.len());
    let (number, unit) = value.split_at(end);
    let number: u64 = number.parse().ok()?;
    match unit.trim() {
        "" | "s" | "sec" => Some(number),
        "m" | "min" => number.checked_mul(60),
        _ => None,
    }
}

/// Words as systemd splits them: by spaces, quotes hold together. At most 100.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut chars = line.chars().peekable();
    while words.len() < 100 {
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        if chars.peek().is_none() {
            break;
        }
        let mut word = String::new();
        let mut quote = None;
        for c in chars.by_ref() {
            match (quote, c) {
                (None, c) if c.is_whitespace() => break,
                (None, '"' | '\'') => quote = Some(c),
                (Some(open), c) if c == open => quote = None,
                (_, c) => word.push(c),
            }
        }
        words.push(word);
    }
    words
}
