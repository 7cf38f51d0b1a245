//! What was decided, of which addresses, by what: as it happens, in order.

use std::sync::Arc;

use super::super::Firewall;
use super::super::addresses::{Interval, Pieces};
use super::super::model::{Hook, How, Lookup, Part, With};
use super::super::ruling::{ChainAt, Decider, RuleAt, Step};

/// A chain, entered at a hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Spot {
    pub(super) table: usize,
    pub(super) chain: usize,
    pub(super) hook: Hook,
}

/// Who decided.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum By {
    /// A rule, by its place from 0.
    Rule(Spot, usize),
    /// A queue that nobody reads, by the rule that leads there.
    Queue(Spot, usize),
    /// A base chain's policy.
    Policy(Spot),
    /// A route or the like.
    Other(Arc<Decider>),
}

/// What.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// Let through a base chain.
    Accept,
    /// Ended in silence.
    Drop,
    /// Ended, and told.
    Reject(How),
    /// It could not be told.
    Perhaps,
    /// It hangs on a limit.
    Limit,
}

/// A record.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) what: What,
    pub(super) by: By,
    pub(super) step: Step,
    pub(super) hook: Hook,
    pub(super) whom: Vec<Interval>,
}

impl Record {
    pub(super) fn new(what: What, by: By, step: Step, hook: Hook, whom: &Pieces) -> Record {
        Record { what, by, step, hook, whom: whom.intervals().collect() }
    }
}

impl By {
    /// For those who read it.
    pub(super) fn decider(&self, firewall: &Firewall) -> Decider {
        match self {
            By::Rule(spot, number) => Decider::Rule(rule_at(firewall, *spot, *number)),
            By::Queue(spot, number) => Decider::Queue(rule_at(firewall, *spot, *number)),
            By::Policy(spot) => Decider::Policy(chain_at(firewall, *spot)),
            By::Other(decider) => (**decider).clone(),
        }
    }
}

fn chain_at(firewall: &Firewall, spot: Spot) -> ChainAt {
    let table = &firewall.ruleset.tables[spot.table];
    ChainAt {
        backend: table.backend,
        family: table.family,
        table: table.name.clone(),
        chain: table.chains[spot.chain].name.clone(),
        hook: spot.hook,
    }
}

pub(super) fn rule_at(firewall: &Firewall, spot: Spot, number: usize) -> RuleAt {
    let rule = &firewall.ruleset.tables[spot.table].chains[spot.chain].rules[number];
    let set = rule.parts.iter().find_map(|part| match part {
        Part::Match(asks) => match &asks.with {
            With::Set(Lookup::Named(name) | Lookup::Ipset(name)) => Some(name.clone()),
            _ => None,
        },
        Part::VerdictMap { map: Lookup::Named(name) | Lookup::Ipset(name), .. } => {
            Some(name.clone())
        }
        _ => None,
    });
    RuleAt {
        at: chain_at(firewall, spot),
        number: number + 1,
        handle: rule.handle,
        text: rule.text.clone(),
        set,
    }
}
