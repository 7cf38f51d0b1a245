//! The file and line that made a rule, where its manager keeps one.
//!
//! A line is named only where it surely made the rule: it stands where the manager of the rule reads from, and
//! says the same as the rule that is in force. A rule that was put in by hand, or a file that was changed and
//! not loaded, has none.

mod csf;
mod firewalld;
mod nftables;
mod spelling;
mod stored;
#[cfg(test)]
mod tests;
mod ufw;

use super::super::Firewall;
use super::super::model::{Backend, TableFamily};
use super::super::ruling::{ChainAt, Decider, RuleAt};
use super::super::snapshot::Snapshot;
use super::{Manager, owner};

/// A line of a file on the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The file, absolute.
    pub path: String,
    /// From 1.
    pub line: usize,
    /// What stands there, without the blanks around it.
    pub text: String,
}

/// The line that made what decides; `None`: no file was told that surely did.
#[must_use]
pub fn source(snapshot: &Snapshot, firewall: &Firewall, decider: &Decider) -> Option<Line> {
    let manager = owner(firewall, decider)?;
    match decider {
        Decider::Rule(rule) | Decider::Queue(rule) => of_rule(snapshot, manager, rule),
        Decider::Nobody { led_by, .. } => of_rule(snapshot, manager, led_by.as_ref()?),
        Decider::Policy(at) => of_policy(snapshot, manager, at),
        Decider::Neighbours(by) => source(snapshot, firewall, by),
        Decider::Route(_) | Decider::SourceCheck(_) | Decider::Untold(_) => None,
    }
}

fn of_rule(snapshot: &Snapshot, manager: Manager, rule: &RuleAt) -> Option<Line> {
    match manager {
        Manager::Ufw => ufw::rule(snapshot, rule),
        Manager::Firewalld => {
            firewalld::rule(snapshot, rule).or_else(|| firewalld::direct(snapshot, rule))
        }
        Manager::Csf => csf::rule(snapshot, rule),
        Manager::Nftables => nftables::rule(snapshot, rule),
        // firewalld puts direct rules into the built-in chains.
        Manager::Iptables | Manager::IptablesLegacy => {
            firewalld::direct(snapshot, rule).or_else(|| stored::rule(snapshot, rule))
        }
        Manager::Docker if rule.at.chain == "DOCKER-USER" => stored::rule(snapshot, rule),
        Manager::Docker | Manager::Fail2ban | Manager::Crowdsec | Manager::Kubernetes => None,
    }
}

fn of_policy(snapshot: &Snapshot, manager: Manager, at: &ChainAt) -> Option<Line> {
    match manager {
        Manager::Ufw => ufw::policy(snapshot, at),
        Manager::Nftables => nftables::policy(snapshot, at),
        Manager::Iptables | Manager::IptablesLegacy => stored::policy(snapshot, at),
        _ => None,
    }
}

/// The lines of a file, trimmed; none where it was not told.
fn lines(snapshot: &Snapshot, path: &str) -> Vec<Line> {
    let text = snapshot.files.get(path).map_or("", String::as_str);
    let line = |(at, text): (usize, &str)| Line {
        path: path.to_owned(),
        line: at + 1,
        text: text.trim().to_owned(),
    };
    text.lines().enumerate().map(line).collect()
}

/// Whether a chain is one of IPv6 only.
fn is_ipv6(at: &ChainAt) -> bool {
    at.backend != Backend::Nft && at.family == TableFamily::Ip6
}
