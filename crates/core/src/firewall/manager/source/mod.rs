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

use std::borrow::Cow;

use super::super::Firewall;
use super::super::model::{Backend, TableFamily};
use super::super::ruling::{ChainAt, Decider, RuleAt};
use super::super::snapshot::{Input, Snapshot};
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
        Decider::Rule(rule) | Decider::Queue(rule) => {
            let rule = as_iptables_writes(snapshot, firewall, rule)?;
            of_rule(snapshot, manager, rule.as_ref())
        }
        Decider::Nobody { led_by, .. } => {
            let rule = as_iptables_writes(snapshot, firewall, led_by.as_ref()?)?;
            of_rule(snapshot, manager, rule.as_ref())
        }
        Decider::Policy(at) => of_policy(snapshot, manager, at),
        Decider::Neighbours(by) => source(snapshot, firewall, by),
        Decider::Route(_) | Decider::SourceCheck(_) | Decider::Untold(_) => None,
    }
}

/// The line of a rule in what nft or iptables loads at boot, where it stands there by itself.
#[must_use]
pub fn written(snapshot: &Snapshot, firewall: &Firewall, rule: &RuleAt) -> Option<Line> {
    let rule = as_iptables_writes(snapshot, firewall, rule)?;
    match rule.at.backend {
        Backend::Nft => nftables::rule(snapshot, rule.as_ref())
            .filter(|line| nftables::is_alone(&line.text, &rule.text)),
        _ => stored::rule(snapshot, rule.as_ref()),
    }
}

/// The line of a chain's policy in what nft loads at boot, where it ends there.
#[must_use]
pub fn written_policy(snapshot: &Snapshot, at: &ChainAt) -> Option<Line> {
    nftables::policy(snapshot, at).filter(|line| line.text.ends_with("policy drop;"))
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

/// A rule of iptables over nft may be told in nft's words; the files are in those of iptables. `None`: its own
/// line cannot be found.
fn as_iptables_writes<'a>(
    snapshot: &Snapshot,
    firewall: &Firewall,
    rule: &'a RuleAt,
) -> Option<Cow<'a, RuleAt>> {
    if rule.at.backend != Backend::IptablesNft || rule.text.starts_with("-A ") {
        return Some(Cow::Borrowed(rule));
    }
    // iptables leaves out of such a rule what it has no word for.
    if rule.text.contains('@') || rule.text.contains(" map ") || rule.text.contains("vmap") {
        return None;
    }
    let input = if is_ipv6(&rule.at) { Input::Ip6tables } else { Input::Iptables };
    let begins = format!("-A {} ", rule.at.chain);
    let mut here = false;
    let lines = snapshot.text(input)?.lines().filter(|line| {
        if let Some(table) = line.strip_prefix('*') {
            here = table == rule.at.table;
        }
        here && line.starts_with(&begins)
    });
    let lines: Vec<&str> = lines.collect();
    let (_, chain) = super::owner::find(firewall, &rule.at)?;
    if lines.len() != chain.rules.len() {
        return None;
    }
    let text = (*lines.get(rule.number.checked_sub(1)?)?).to_owned();
    Some(Cow::Owned(RuleAt { text, ..rule.clone() }))
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
