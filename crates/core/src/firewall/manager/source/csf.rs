//! csf keeps who was denied in `csf.deny`: an address or a prefix at the beginning of a line.

use std::net::IpAddr;

use ipnet::IpNet;

use super::super::super::ruling::RuleAt;
use super::super::super::snapshot::Snapshot;
use super::{Line, lines};

/// The line of a rule.
pub(super) fn rule(snapshot: &Snapshot, rule: &RuleAt) -> Option<Line> {
    if !matches!(rule.at.chain.as_str(), "DENYIN" | "DENYOUT") || rule.text.contains("--dport") {
        return None;
    }
    let denied = rule.text.split(' ').find_map(prefix)?;
    let mut lines = lines(snapshot, "/etc/csf/csf.deny").into_iter();
    lines.find(|line| line.text.split([' ', '#', '\t']).next().and_then(prefix) == Some(denied))
}

fn prefix(word: &str) -> Option<IpNet> {
    let alone = || word.parse::<IpAddr>().ok().map(IpNet::from);
    Some(word.parse::<IpNet>().ok().or_else(alone)?.trunc())
}
