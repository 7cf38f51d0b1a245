//! The smallest change that lets Cloudflare in, in the language of whoever manages the rule that keeps it
//! out.
//!
//! What is not accepted is grouped by what decides it. For each, changes are thought of, the smallest
//! first, and made to the rules in memory; the first one is proposed after which that decider no longer
//! stands in the way, nothing else is accepted that was not, and nothing is lost. This goes on until all
//! is accepted or nothing more can be mended; what stays is told with the reason.

mod bans;
mod candidate;
mod choice;
pub mod edit;
mod firewalld;
mod insertion;
mod proof;
mod proposal;
mod routes;
mod rule;
mod sets;
mod ufw;
mod want;
mod words;

#[cfg(test)]
mod tests;

use self::candidate::Candidate;
use self::edit::Edit;
use self::proof::{Progress, Whole, progress};
pub use self::proposal::{Command, Kept, Left, Newly, Proposal, Proposals, Within};
use self::want::{Want, wants};
use super::Firewall;
use super::model::{Elements, Set};
use super::ruling::{Asked, Outcome, Rulings};
use super::snapshot::Snapshot;

/// More changes than this are no small change.
const MOST: usize = 40;

/// So many rules and intervals of sets may be looked through while changes are tried; every change that is
/// tried looks through all of them.
const WORK: usize = 500_000;

/// However large the ruleset is, so many changes are tried.
const TRIED: usize = 3;

/// With more rules and intervals than this no change is tried: each would take minutes and gigabytes, on a host that
/// is in trouble already.
const HUGE: usize = 200_000;

/// What to change, so that every range asked about is accepted on every port asked about.
#[must_use]
pub fn propose(firewall: &Firewall, snapshot: &Snapshot, asked: &Asked) -> Proposals {
    let before = firewall.rule(asked);
    let entries = size(firewall);
    if entries > HUGE {
        return untried(before, entries);
    }
    let whole = Whole::of(firewall, asked);
    let mut work = Work {
        snapshot,
        asked,
        here: whole.clone(),
        whole,
        left: (WORK / entries.max(1)).max(TRIED),
        now: firewall.clone(),
        rulings: before.clone(),
        made: Vec::new(),
        given_up: Vec::new(),
    };
    while work.made.len() < MOST && work.step() {}
    work.told(firewall, before)
}

/// Why nothing is proposed for a host with so many entries.
fn untried(before: Rulings, entries: usize) -> Proposals {
    let why = format!(
        "The rules and sets have {entries} entries, so many that no change was worked out. The rule that decides \
         is named; what it needs is an exception for Cloudflare's ranges before it."
    );
    let left = wants(&before).into_iter().map(|want| Left {
        ranges: want.ranges,
        ports: want.ports,
        by: vec![want.by],
        why: why.clone(),
    });
    let left = left.collect();
    Proposals { list: Vec::new(), after: before.clone(), before, newly_accepted: Vec::new(), left }
}

struct Work<'a> {
    snapshot: &'a Snapshot,
    asked: &'a Asked,
    /// The host before any change.
    whole: Whole,
    /// Who gets in with the changes made so far.
    here: Whole,
    /// So many changes may still be tried.
    left: usize,
    /// With the changes made so far.
    now: Firewall,
    rulings: Rulings,
    made: Vec<(Want, Candidate)>,
    given_up: Vec<(Want, String)>,
}

/// A host with one more change.
struct Better {
    candidate: Candidate,
    firewall: Firewall,
    rulings: Rulings,
    whole: Whole,
}

/// How many rules and intervals of sets a host has.
fn size(firewall: &Firewall) -> usize {
    let of_set = |set: &Set| match &set.elements {
        Elements::Numbers(numbers) => numbers.intervals().len(),
        Elements::Addresses { v4, v6 } => v4.intervals().len() + v6.intervals().len(),
        Elements::Many(many) => many.len(),
    };
    let tables = firewall.ruleset.tables.iter();
    let in_tables = tables.map(|table| {
        let rules: usize = table.chains.iter().map(|chain| chain.rules.len()).sum();
        rules + table.sets.values().map(of_set).sum::<usize>()
    });
    in_tables.sum::<usize>() + firewall.ruleset.ipsets.values().map(of_set).sum::<usize>()
}

impl Work<'_> {
    /// Looks for one more change; `false`: there is nothing more to do.
    fn step(&mut self) -> bool {
        let next = wants(&self.rulings).into_iter().find(|want| {
            !self.given_up.iter().any(|(known, _)| {
                words::are_one(&known.by, &want.by)
                    && (known.outcome == Outcome::Unknown) == (want.outcome == Outcome::Unknown)
            })
        });
        let Some(want) = next else { return false };
        match self.best(&want) {
            Ok(Better { candidate, firewall, rulings, whole }) => {
                self.now = firewall;
                self.rulings = rulings;
                self.here = whole;
                self.made.push((want, candidate));
            }
            Err(why) => self.given_up.push((want, why)),
        }
        true
    }

    /// The first change that lets them all in; else the first that takes this decider out of the way.
    fn best(&mut self, want: &Want) -> Result<Better, String> {
        let earlier: Vec<&Edit> =
            self.made.iter().flat_map(|(_, candidate)| &candidate.edits).collect();
        let candidates = choice::candidates(want, &self.now, self.snapshot, self.asked, &earlier)?;
        let mut further = None;
        let mut too_much: Option<Newly> = None;
        for candidate in candidates {
            if self.left == 0 {
                let enough = "The rules are so many that no more changes were tried.".to_owned();
                return further.ok_or(enough);
            }
            self.left -= 1;
            let mut firewall = self.now.clone();
            if !candidate.edits.iter().all(|edit| edit.apply(&mut firewall)) {
                continue;
            }
            let rulings = firewall.rule(self.asked);
            let did = progress(want, &rulings);
            if did == Progress::None || (did == Progress::Further && further.is_some()) {
                continue;
            }
            let after = Whole::of(&firewall, self.asked);
            let newly = self.here.newly(&after, self.asked);
            if let Some(newly) = newly.into_iter().find(|newly| !candidate.bears(newly)) {
                too_much.get_or_insert(newly);
                continue;
            }
            if !self.here.keeps(&after) {
                continue;
            }
            let better = Better { candidate, firewall, rulings, whole: after };
            if did == Progress::Done {
                return Ok(better);
            }
            further = Some(better);
        }
        further.ok_or_else(|| match too_much {
            Some(newly) => format!(
                "Every change that would let them in would also let {} in on port {}.",
                words::some(&newly.prefixes),
                newly.port
            ),
            None => "No change was found that is sure to let them in.".to_owned(),
        })
    }

    /// Drops what did no good in the end, and tells the rest.
    fn told(mut self, firewall: &Firewall, before: Rulings) -> Proposals {
        let mut useless = Vec::new();
        while let Some(at) = self.made.iter().rposition(|(want, _)| !want.has_gained(&self.rulings))
        {
            // What was counted on it is no longer sure.
            useless.extend(self.made.drain(at..));
            self.now = firewall.clone();
            for (_, candidate) in &self.made {
                for edit in &candidate.edits {
                    edit.apply(&mut self.now);
                }
            }
            self.rulings = self.now.rule(self.asked);
        }
        if !useless.is_empty() {
            self.here = Whole::of(&self.now, self.asked);
        }
        let mut newly_accepted = self.whole.newly(&self.here, self.asked);
        for newly in &mut newly_accepted {
            let bearer = self.made.iter().find(|(_, candidate)| candidate.bears(newly));
            let why = bearer.and_then(|(_, candidate)| candidate.besides.as_ref());
            newly.why = why.map(|(_, why)| why.clone()).unwrap_or_default();
        }
        let left = self.left();
        Proposals {
            list: self.made.into_iter().map(|(want, candidate)| told(want, candidate)).collect(),
            before,
            after: self.rulings,
            newly_accepted,
            left,
        }
    }

    fn left(&self) -> Vec<Left> {
        let tell = |want: Want| {
            let known = self.given_up.iter().find(|(known, _)| words::are_one(&known.by, &want.by));
            let why = known.map_or_else(
                || {
                    "What would mend this alone is not offered, for something behind it would keep them \
                     out all the same."
                        .to_owned()
                },
                |(_, why)| why.clone(),
            );
            Left { ranges: want.ranges, ports: want.ports, by: vec![want.by], why }
        };
        wants(&self.rulings).into_iter().map(tell).collect()
    }
}

fn told(want: Want, candidate: Candidate) -> Proposal {
    let why = choice::why(&want, &candidate);
    let (ranges, ports) = if candidate.is_of_chain() {
        (want.by_chain, want.by_chain_ports)
    } else {
        (want.ranges, want.ports)
    };
    Proposal {
        id: candidate.id,
        owner: candidate.owner,
        by: want.by,
        ranges,
        ports,
        why,
        adds: candidate.adds,
        removes: candidate.removes,
        commands: candidate.commands,
        checks: candidate.checks,
        undo: candidate.undo,
        kept: candidate.kept,
        cautions: candidate.cautions,
        edits: candidate.edits,
    }
}
