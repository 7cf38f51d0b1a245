//! What `netfilter-persistent` and its likes load at boot: the output of `iptables-save`.

use super::super::super::ruling::{ChainAt, RuleAt};
use super::super::super::snapshot::Snapshot;
use super::spelling::spelled;
use super::{Line, is_ipv6, lines};

/// For IPv4 and for IPv6: Debian's, Red Hat's, Arch's.
const FILES: [[&str; 2]; 3] = [
    ["/etc/iptables/rules.v4", "/etc/iptables/rules.v6"],
    ["/etc/sysconfig/iptables", "/etc/sysconfig/ip6tables"],
    ["/etc/iptables/iptables.rules", "/etc/iptables/ip6tables.rules"],
];

/// The line of a rule.
pub(super) fn rule(snapshot: &Snapshot, rule: &RuleAt) -> Option<Line> {
    let wanted = spelled(&rule.text)?;
    in_table(snapshot, &rule.at).find(|line| {
        spelled(&line.text).is_some_and(|found| {
            found.chain.as_deref() == Some(rule.at.chain.as_str()) && found.same(&wanted)
        })
    })
}

/// The line of a policy.
pub(super) fn policy(snapshot: &Snapshot, at: &ChainAt) -> Option<Line> {
    let begins = format!(":{} DROP", at.chain);
    in_table(snapshot, at).find(|line| line.text.starts_with(&begins))
}

/// The lines of the same table.
fn in_table<'a>(snapshot: &'a Snapshot, at: &'a ChainAt) -> impl Iterator<Item = Line> + 'a {
    let files = FILES.iter().map(move |files| files[usize::from(is_ipv6(at))]);
    files.flat_map(move |path| {
        let mut here = false;
        lines(snapshot, path).into_iter().filter(move |line| {
            if let Some(table) = line.text.strip_prefix('*') {
                here = table == at.table;
            }
            here
        })
    })
}
