//! ufw keeps the rules that were asked for in `user.rules`, each under a `### tuple ###` that says what was
//! asked, its own in `before.rules` and `after.rules`, and the policies in `/etc/default/ufw`.

use super::super::super::ruling::{ChainAt, RuleAt};
use super::super::super::snapshot::Snapshot;
use super::spelling::spelled;
use super::{Line, is_ipv6, lines};

const DEFAULTS: &str = "/etc/default/ufw";
const TUPLE: &str = "### tuple ###";

/// Where older versions kept the rules that were asked for.
const FOLDERS: [&str; 3] = ["/etc/ufw", "/lib/ufw", "/var/lib/ufw"];

/// The line of a rule; of one that was asked for, what was asked.
pub(super) fn rule(snapshot: &Snapshot, rule: &RuleAt) -> Option<Line> {
    let chain = rule.at.chain.as_str();
    let six = if chain.starts_with("ufw6-") { "6" } else { "" };
    let plain = chain.trim_start_matches("ufw6-").trim_start_matches("ufw-");
    if let Some(direction) = plain
        .strip_prefix("skip-to-policy-")
        .or_else(|| plain.strip_prefix("reject-"))
        .or_else(|| plain.strip_prefix("track-"))
    {
        return default(snapshot, direction);
    }
    let wanted = spelled(&rule.text)?;
    for (folder, name) in FOLDERS
        .iter()
        .flat_map(|folder| ["user", "before", "after"].into_iter().map(move |name| (folder, name)))
    {
        let lines = lines(snapshot, &format!("{folder}/{name}{six}.rules"));
        let says_so = |line: &Line| {
            spelled(&line.text)
                .is_some_and(|found| found.chain.as_deref() == Some(chain) && found.same(&wanted))
        };
        let Some(at) = lines.iter().position(says_so) else { continue };
        let asked = lines[..at].iter().rev().take_while(|line| !line.text.is_empty());
        let tuple = asked.clone().find(|line| line.text.starts_with(TUPLE));
        return Some(tuple.unwrap_or(&lines[at]).clone());
    }
    None
}

/// The line of a policy.
pub(super) fn policy(snapshot: &Snapshot, at: &ChainAt) -> Option<Line> {
    if is_ipv6(at) && setting(snapshot, "IPV6").is_some_and(|(_, value)| value != "yes") {
        return Some(setting(snapshot, "IPV6")?.0);
    }
    default(snapshot, &at.chain)
}

fn default(snapshot: &Snapshot, direction: &str) -> Option<Line> {
    let name = format!("DEFAULT_{}_POLICY", direction.to_uppercase());
    let (line, value) = setting(snapshot, &name)?;
    matches!(value.as_str(), "drop" | "reject").then_some(line)
}

/// A setting's line, and its value in small letters; the last one counts.
fn setting(snapshot: &Snapshot, name: &str) -> Option<(Line, String)> {
    let lines = lines(snapshot, DEFAULTS);
    lines.into_iter().rev().find_map(|line| {
        let value = line.text.strip_prefix(name)?.strip_prefix('=')?;
        let value = value.trim_matches(['"', '\'']).to_lowercase();
        Some((line, value))
    })
}
