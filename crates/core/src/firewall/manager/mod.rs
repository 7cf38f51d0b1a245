//! Who manages the rules of this host: ufw, firewalld, docker, fail2ban, CrowdSec, csf, kubernetes, or hands.
//!
//! A remedy in the wrong dialect is gone with the next restart: a rule that `iptables` put among ufw's is lost
//! when ufw loads its own again. So everything that is said of a rule asks here first whose it is. The marks
//! are the names that each manager gives to its tables, chains and sets; chains that are empty, or that
//! nothing leads into, are no mark, since a manager that was switched off leaves them behind.

pub mod marks;
mod owner;
#[cfg(test)]
mod sample_tests;
mod source;
#[cfg(test)]
mod tests;

pub use self::owner::owner;
pub use self::source::{Line, source, written, written_policy};

use super::Firewall;
use super::model::{Backend, Chain, Hook, Part, Policy, Rule, Table, Verdict};

/// Who manages rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Manager {
    /// `ufw`
    Ufw,
    /// `firewalld`
    Firewalld,
    /// Docker's daemon.
    Docker,
    /// `fail2ban`
    Fail2ban,
    /// CrowdSec's bouncer.
    Crowdsec,
    /// `ConfigServer` Security & Firewall.
    Csf,
    /// kube-proxy, Calico, Cilium and the like.
    Kubernetes,
    /// Hands, with `nft`.
    Nftables,
    /// Hands, with `iptables` over nft.
    Iptables,
    /// Hands, with `iptables-legacy`.
    IptablesLegacy,
}

impl Manager {
    /// Every one.
    pub const ALL: [Manager; 10] = [
        Manager::Ufw,
        Manager::Firewalld,
        Manager::Docker,
        Manager::Fail2ban,
        Manager::Crowdsec,
        Manager::Csf,
        Manager::Kubernetes,
        Manager::Nftables,
        Manager::Iptables,
        Manager::IptablesLegacy,
    ];

    /// The word of the JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Manager::Ufw => "ufw",
            Manager::Firewalld => "firewalld",
            Manager::Docker => "docker",
            Manager::Fail2ban => "fail2ban",
            Manager::Crowdsec => "crowdsec",
            Manager::Csf => "csf",
            Manager::Kubernetes => "kubernetes",
            Manager::Nftables => "nftables",
            Manager::Iptables => "iptables",
            Manager::IptablesLegacy => "iptables-legacy",
        }
    }

    /// As its makers write it, for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Manager::Docker => "Docker",
            Manager::Crowdsec => "CrowdSec",
            Manager::Kubernetes => "Kubernetes",
            _ => self.word(),
        }
    }

    /// Whether it only adds rules to those of somebody else, and does not say what becomes of the rest.
    #[must_use]
    pub fn only_adds(self) -> bool {
        matches!(
            self,
            Manager::Docker | Manager::Fail2ban | Manager::Crowdsec | Manager::Kubernetes
        )
    }

    /// Whose a table is that bears nobody's mark.
    #[must_use]
    pub fn of_hands(backend: Backend) -> Manager {
        match backend {
            Backend::Nft => Manager::Nftables,
            Backend::IptablesNft => Manager::Iptables,
            Backend::IptablesLegacy => Manager::IptablesLegacy,
        }
    }
}

/// Everybody whose rules are in force, without repetition, in the order of [`Manager::ALL`].
#[must_use]
pub fn all(firewall: &Firewall) -> Vec<Manager> {
    let found = Found::of(firewall);
    Manager::ALL.into_iter().filter(|manager| found.has(*manager)).collect()
}

/// Who manages the host as a whole; `None`: there is not one rule.
///
/// ufw, firewalld and csf, in this order. Without them hands, if what they wrote refuses anything or stands
/// where packets to this host pass. Then those who only add, and hands at last.
#[must_use]
pub fn main(firewall: &Firewall) -> Option<Manager> {
    let found = Found::of(firewall);
    let whole = [Manager::Ufw, Manager::Firewalld, Manager::Csf];
    let hands = [Manager::Nftables, Manager::Iptables, Manager::IptablesLegacy];
    let adding = [Manager::Kubernetes, Manager::Docker, Manager::Crowdsec, Manager::Fail2ban];
    let decides = |manager: &Manager| found.deciding.contains(manager);
    None.or_else(|| whole.into_iter().find(|manager| found.has(*manager)))
        .or_else(|| hands.into_iter().find(decides))
        .or_else(|| adding.into_iter().find(|manager| found.has(*manager)))
        .or_else(|| hands.into_iter().find(|manager| found.has(*manager)))
}

/// Who was found.
#[derive(Default)]
struct Found {
    /// Everybody.
    any: Vec<Manager>,
    /// Hands that refuse something, or that wrote rules where packets to this host pass.
    deciding: Vec<Manager>,
}

impl Found {
    fn of(firewall: &Firewall) -> Found {
        let mut found = Found::default();
        for table in &firewall.ruleset.tables {
            if let Some(manager) = marks::of_table(table.backend, &table.name) {
                if table.chains.iter().any(|chain| chain.base.is_some()) {
                    found.add(manager);
                }
                continue;
            }
            for chain in &table.chains {
                found.look_at(firewall, table, chain);
            }
        }
        found
    }

    fn look_at(&mut self, firewall: &Firewall, table: &Table, chain: &Chain) {
        if let Some(own) = marks::of_chain(table, &chain.name) {
            // What is in it counts where something leads into it; but others may have put theirs into it.
            for rule in &chain.rules {
                let led = leads_to(rule).filter(|to| !is_empty(table, to));
                let led = led.filter_map(|to| marks::of_chain(table, to));
                let guests = led.chain(marks::set_of(&rule.text).and_then(marks::of_set));
                for guest in guests.filter(|guest| *guest != own) {
                    self.add(guest);
                }
            }
            return;
        }
        let hands = Manager::of_hands(table.backend);
        for rule in &chain.rules {
            let led = leads_to(rule).find_map(|to| Some((marks::of_chain(table, to)?, to)));
            let manager = match led {
                Some((_, to)) if chain.base.is_none() || is_empty(table, to) => continue,
                Some((manager, _)) => manager,
                None => owner::of_rule(firewall, table, chain, &rule.text, None),
            };
            self.add(manager);
            let here = chain.base.as_ref().is_some_and(|base| base.hook == Hook::Input);
            if manager == hands && (here || refuses(rule)) && !self.deciding.contains(&hands) {
                self.deciding.push(hands);
            }
        }
        if chain.base.as_ref().is_some_and(|base| base.policy == Policy::Drop) {
            let manager = owner::of_policy(firewall, table, chain);
            self.add(manager);
            if manager == hands && !self.deciding.contains(&hands) {
                self.deciding.push(hands);
            }
        }
    }

    fn add(&mut self, manager: Manager) {
        if !self.has(manager) {
            self.any.push(manager);
        }
    }

    fn has(&self, manager: Manager) -> bool {
        self.any.contains(&manager)
    }
}

/// The chains that a rule leads to.
fn leads_to(rule: &Rule) -> impl Iterator<Item = &str> {
    rule.parts.iter().filter_map(|part| match part {
        Part::Verdict(Verdict::Jump(to) | Verdict::Goto(to)) => Some(to.as_str()),
        _ => None,
    })
}

fn is_empty(table: &Table, chain: &str) -> bool {
    table.chain(chain).is_none_or(|at| table.chains[at].rules.is_empty())
}

fn refuses(rule: &Rule) -> bool {
    let refusal = |part: &Part| matches!(part, Part::Verdict(Verdict::Drop | Verdict::Reject(_)));
    rule.parts.iter().any(refusal)
}
