//! Compares a host with and without a change, over every address.

use super::proposal::Newly;
use super::want::Want;
use super::words::{are_one, in_prefixes, of_family};
use crate::firewall::Firewall;
use crate::firewall::addresses::{Family, Numbers};
use crate::firewall::ruling::{Asked, Outcome, Rulings};

/// Ports whose fate is looked at besides those asked about.
const OTHERS: [u16; 4] = [22, 80, 443, 8080];

/// Who gets in where.
#[derive(Debug, Clone)]
pub(super) struct Whole {
    each: Vec<Reach>,
}

/// Who gets in on one port over one family.
#[derive(Debug, Clone)]
struct Reach {
    family: Family,
    port: u16,
    /// For certain, or below a limit.
    surely: Numbers,
    /// Perhaps, and these.
    perhaps: Numbers,
}

impl Whole {
    /// Of a host as it is.
    #[must_use]
    pub(super) fn of(firewall: &Firewall, asked: &Asked) -> Whole {
        let mut ports = asked.ports.clone();
        ports.extend(OTHERS);
        ports.sort_unstable();
        ports.dedup();
        let each = ports.into_iter().flat_map(|port| {
            Family::BOTH.map(|family| {
                let (surely, perhaps) = firewall.reach(family, port, asked);
                Reach { family, port, surely, perhaps }
            })
        });
        Whole { each: each.collect() }
    }

    /// Who gets in after a change that did not before, except for the ranges asked about on the ports asked
    /// about.
    #[must_use]
    pub(super) fn newly(&self, after: &Whole, asked: &Asked) -> Vec<Newly> {
        let mut found = Vec::new();
        for (before, after) in self.each.iter().zip(&after.each) {
            let mut newly =
                after.surely.without(&before.surely).or(&after.perhaps.without(&before.perhaps));
            if asked.ports.contains(&after.port) {
                let meant = of_family(after.family, &asked.ranges);
                newly = newly.without(&Numbers::from_prefixes(after.family, &meant));
            }
            if !newly.is_empty() {
                found.push(Newly {
                    port: after.port,
                    prefixes: in_prefixes(after.family, &newly),
                    why: String::new(),
                });
            }
        }
        found
    }

    /// Whether nobody gets in less than before.
    #[must_use]
    pub(super) fn keeps(&self, after: &Whole) -> bool {
        self.each.iter().zip(&after.each).all(|(before, after)| {
            before.surely.without(&after.surely).is_empty()
                && before.perhaps.without(&after.perhaps).is_empty()
        })
    }
}

/// What a change does to those that a decider keeps out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Progress {
    /// Some of them are still kept out by the same.
    None,
    /// All of them are kept out by something else, if at all.
    Further,
    /// All of them get in.
    Done,
}

/// What became of a want.
#[must_use]
pub(super) fn progress(want: &Want, rulings: &Rulings) -> Progress {
    let mut found = Progress::Done;
    for ruling in &rulings.rulings {
        if !want.ranges.contains(&ruling.range) || !want.ports.contains(&ruling.port) {
            continue;
        }
        let kept_out = want.numbers(Family::of(ruling.range.addr()));
        for piece in &ruling.pieces {
            if matches!(piece.outcome, Outcome::Accepted | Outcome::Limited) {
                continue;
            }
            if kept_out.within(crate::firewall::addresses::interval(&piece.prefix)).next().is_none()
            {
                continue;
            }
            if piece.by.iter().any(|by| are_one(by, &want.by)) {
                return Progress::None;
            }
            found = Progress::Further;
        }
    }
    found
}
