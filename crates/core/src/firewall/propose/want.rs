//! What is not accepted, by what decides it.

use ipnet::IpNet;

use super::words::{are_one, chain_of};
use crate::firewall::addresses::{Family, Numbers};
use crate::firewall::ruling::{Decider, Outcome, Rulings, Step};

/// What one decider keeps out.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Want {
    /// Who decides.
    pub(super) by: Decider,
    /// How connections fare.
    pub(super) outcome: Outcome,
    /// The ranges asked about of which something is kept out.
    pub(super) ranges: Vec<IpNet>,
    /// What of them.
    pub(super) pieces: Vec<IpNet>,
    /// On which ports.
    pub(super) ports: Vec<u16>,
    /// The ranges of which something is kept out by this or another rule of the same chain.
    pub(super) by_chain: Vec<IpNet>,
    /// And the ports of those.
    pub(super) by_chain_ports: Vec<u16>,
}

impl Want {
    /// What it keeps out of a family.
    #[must_use]
    pub(super) fn numbers(&self, family: Family) -> Numbers {
        Numbers::from_prefixes(family, &self.pieces)
    }

    /// Whether some of what it kept out is let in.
    #[must_use]
    pub(super) fn has_gained(&self, rulings: &Rulings) -> bool {
        rulings.rulings.iter().any(|ruling| {
            let accepts = |outcome| matches!(outcome, Outcome::Accepted | Outcome::Limited);
            let family = Family::of(ruling.range.addr());
            self.ranges.contains(&ruling.range)
                && self.ports.contains(&ruling.port)
                && !ruling.addresses(accepts).and(&self.numbers(family)).is_empty()
        })
    }

    /// Whether it is this host's answer that does not get through.
    #[must_use]
    pub(super) fn is_reply(&self) -> bool {
        self.outcome == Outcome::Dropped(Step::Reply)
            || chain_of(&self.by).is_some_and(|at| {
                use crate::firewall::model::Hook;
                matches!(at.hook, Hook::Output | Hook::Postrouting | Hook::Egress)
            })
    }
}

/// Everything that is not accepted: by rule in the order of its chain, else in the order asked.
#[must_use]
pub(super) fn wants(rulings: &Rulings) -> Vec<Want> {
    let mut found: Vec<Want> = Vec::new();
    for ruling in &rulings.rulings {
        for piece in &ruling.pieces {
            if matches!(piece.outcome, Outcome::Accepted | Outcome::Limited) {
                continue;
            }
            // Of an unknown piece all are named; what is to be done there is the same for each.
            let untold = || Decider::Untold("nothing says what keeps them out".to_owned());
            let by = piece.by.first().cloned().unwrap_or_else(untold);
            let same = |want: &Want| {
                are_one(&want.by, &by)
                    && (want.outcome == Outcome::Unknown) == (piece.outcome == Outcome::Unknown)
            };
            let at = found.iter().position(same).unwrap_or_else(|| {
                found.push(Want {
                    by,
                    outcome: piece.outcome,
                    ranges: Vec::new(),
                    pieces: Vec::new(),
                    ports: Vec::new(),
                    by_chain: Vec::new(),
                    by_chain_ports: Vec::new(),
                });
                found.len() - 1
            });
            let want = &mut found[at];
            add(&mut want.ranges, ruling.range);
            add(&mut want.ports, ruling.port);
            add(&mut want.pieces, piece.prefix);
        }
    }
    let chains: Vec<Want> = found.clone();
    for want in &mut found {
        let together =
            chains.iter().filter(|other| other.by == want.by || in_one_chain(other, want));
        let (mut by_chain, mut by_chain_ports) = (Vec::new(), Vec::new());
        for other in together {
            for range in &other.ranges {
                add(&mut by_chain, *range);
            }
            for port in &other.ports {
                add(&mut by_chain_ports, *port);
            }
        }
        by_chain_ports.sort_unstable();
        (want.by_chain, want.by_chain_ports) = (by_chain, by_chain_ports);
        for list in [&mut want.ranges, &mut want.pieces, &mut want.by_chain] {
            list.sort_unstable();
        }
    }
    // The first rule of a chain comes first, so that what is put before it stands before all of them.
    for at in 0..found.len() {
        let first = (at..found.len())
            .filter(|other| *other == at || in_one_chain(&found[*other], &found[at]))
            .min_by_key(|other| number(&found[*other].by))
            .unwrap_or(at);
        found.swap(at, first);
    }
    found
}

/// Whether both are kept out by rules of one chain, for certain.
fn in_one_chain(one: &Want, other: &Want) -> bool {
    match (&one.by, &other.by) {
        (Decider::Rule(a), Decider::Rule(b)) => {
            a.at == b.at
                && one.outcome != Outcome::Unknown
                && other.outcome != Outcome::Unknown
                && one.is_reply() == other.is_reply()
        }
        _ => false,
    }
}

fn number(by: &Decider) -> usize {
    match by {
        Decider::Rule(rule) | Decider::Queue(rule) => rule.number,
        _ => 0,
    }
}

fn add<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}
