//! Whose the thing is that decides: a rule, a policy, an element of a set.
//!
//! A host often has several managers, and the one whose rule it is has to take it back: a ban is lifted by
//! fail2ban though ufw manages the host. A rule that stands among a manager's chains without its mark was
//! written by hand.

use super::super::Firewall;
use super::super::model::{Backend, Chain, Hook, Policy, Rule, Table, TableFamily};
use super::super::ruling::{ChainAt, Decider, RuleAt};
use super::{Manager, is_empty, leads_to, marks};

/// Whose the deciding thing is; `None`: it is no rule, or one that is not there.
#[must_use]
pub fn owner(firewall: &Firewall, decider: &Decider) -> Option<Manager> {
    match decider {
        Decider::Rule(rule) | Decider::Queue(rule) => owner_of_rule(firewall, rule),
        Decider::Policy(at) => {
            let (table, chain) = find(firewall, at)?;
            Some(of_policy(firewall, table, chain))
        }
        Decider::Nobody { led_by, .. } => owner_of_rule(firewall, led_by.as_ref()?),
        Decider::Neighbours(by) => owner(firewall, by),
        Decider::Route(_) | Decider::SourceCheck(_) | Decider::Untold(_) => None,
    }
}

fn owner_of_rule(firewall: &Firewall, rule: &RuleAt) -> Option<Manager> {
    let (table, chain) = find(firewall, &rule.at)?;
    Some(of_rule(firewall, table, chain, &rule.text, rule.set.as_deref()))
}

/// A chain by its place.
pub(super) fn find<'a>(firewall: &'a Firewall, at: &ChainAt) -> Option<(&'a Table, &'a Chain)> {
    let here = |table: &&Table| {
        table.backend == at.backend && table.family == at.family && table.name == at.table
    };
    let mut tables = firewall.ruleset.tables.iter().filter(here);
    tables.find_map(|table| Some((table, &table.chains[table.chain(&at.chain)?])))
}

/// Whose a rule is.
pub(super) fn of_rule(
    firewall: &Firewall,
    table: &Table,
    chain: &Chain,
    text: &str,
    set: Option<&str>,
) -> Manager {
    let by_name = || {
        marks::of_table(table.backend, &table.name).or_else(|| marks::of_chain(table, &chain.name))
    };
    let by_set = || set.or_else(|| marks::set_of(text)).and_then(marks::of_set);
    let among_its_own = || {
        let builtin = table.backend != Backend::Nft && marks::is_builtin(&chain.name);
        if builtin && marks::is_csfs(table) {
            Some(Manager::Csf)
        } else if builtin && marks::holds_zones(table) && marks::frames_zones(text) {
            Some(Manager::Firewalld)
        } else if chain.base.as_ref().is_some_and(|base| passes_on(base.hook))
            && (marks::names_dockers_interface(text) || marks::is_hairpin(text))
            && has_docker(firewall)
        {
            Some(Manager::Docker)
        } else {
            None
        }
    };
    by_name()
        .or_else(by_set)
        .or_else(among_its_own)
        .unwrap_or_else(|| Manager::of_hands(table.backend))
}

/// Whose a policy is: of those who set policies, the one whose chains hang there.
pub(super) fn of_policy(firewall: &Firewall, table: &Table, chain: &Chain) -> Manager {
    if let Some(manager) = marks::of_table(table.backend, &table.name) {
        return manager;
    }
    if table.backend != Backend::Nft && table.name == "filter" && marks::is_builtin(&chain.name) {
        let hangs = |manager| hang_in(table, chain).any(|found| found == manager);
        if hangs(Manager::Ufw) || shut_by_ufw(firewall, table) {
            return Manager::Ufw;
        }
        if marks::is_csfs(table) {
            return Manager::Csf;
        }
        if chain.name == "FORWARD" && hangs(Manager::Docker) {
            return Manager::Docker;
        }
    }
    Manager::of_hands(table.backend)
}

/// Who is led to from a chain, and does something there.
fn hang_in<'a>(table: &'a Table, chain: &'a Chain) -> impl Iterator<Item = Manager> + 'a {
    let jumps = chain.rules.iter().flat_map(leads_to);
    let filled = jumps.filter(|to| !is_empty(table, to));
    filled.filter_map(|to| marks::of_chain(table, to))
}

/// With `IPV6=no` ufw leaves no chain of its own in IPv6's table: it lets the loopback pass and sets every
/// policy to drop.
fn shut_by_ufw(firewall: &Firewall, table: &Table) -> bool {
    let bases = || table.chains.iter().filter_map(|chain| Some((chain, chain.base.as_ref()?)));
    let loopback = |rule: &Rule| marks::is_for_loopback(&rule.text);
    let of_ufw = |table: &Table| {
        let mut chains = table.chains.iter().filter(|chain| chain.name == "INPUT");
        chains.any(|chain| hang_in(table, chain).any(|found| found == Manager::Ufw))
    };
    table.family == TableFamily::Ip6
        && bases().count() == 3
        && bases()
            .all(|(chain, base)| base.policy == Policy::Drop && chain.rules.iter().all(loopback))
        && firewall.ruleset.tables.iter().any(|other| {
            other.family == TableFamily::Ip && other.backend == table.backend && of_ufw(other)
        })
}

fn has_docker(firewall: &Firewall) -> bool {
    firewall.ruleset.tables.iter().any(|table| {
        marks::of_table(table.backend, &table.name) == Some(Manager::Docker)
            || table.chain("DOCKER").is_some()
            || table.chain("DOCKER-USER").is_some()
    })
}

/// Hooks where packets for a container pass.
fn passes_on(hook: Hook) -> bool {
    matches!(hook, Hook::Prerouting | Hook::Forward | Hook::Postrouting)
}
