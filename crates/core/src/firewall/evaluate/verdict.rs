//! Joins how connections end and who decided it into stretches of the address space.
//!
//! One pass over all ends of intervals, in order: the sets of outcomes and the records that reach over
//! each elementary stretch are kept up to date, so the cost is that of sorting.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::super::addresses::{Interval, Numbers};
use super::super::model::Hook;
use super::super::ruling::{Decider, Outcome, Step};
use super::super::surroundings::Door;
use super::record::{By, What};
use super::{Evaluation, Stretch};

/// Deciders that are told of one piece.
const MOST_DECIDERS: usize = 8;

/// What reaches over a stretch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Layer {
    Asked,
    Nominal(Outcome),
    All(Outcome),
    Open,
    Record(usize),
}

/// How every address of a domain fares.
pub(super) fn stretches(evaluation: &Evaluation<'_>, domain: &Numbers) -> Vec<Stretch> {
    let mut marks: Vec<(u128, bool, Layer)> = Vec::new();
    let mut lay = |(low, high): Interval, layer: Layer| {
        marks.push((low, true, layer));
        if let Some(after) = high.checked_add(1) {
            marks.push((after, false, layer));
        }
    };
    for interval in domain.intervals() {
        lay(*interval, Layer::Asked);
    }
    let ends = &evaluation.ends;
    for (outcome, pieces) in &ends.nominal {
        pieces.numbers().intervals().iter().for_each(|piece| lay(*piece, Layer::Nominal(*outcome)));
    }
    for (outcome, pieces) in &ends.all {
        pieces.numbers().intervals().iter().for_each(|piece| lay(*piece, Layer::All(*outcome)));
    }
    ends.open.numbers().intervals().iter().for_each(|piece| lay(*piece, Layer::Open));
    for (at, record) in evaluation.records.iter().enumerate() {
        let whom: Numbers = record.whom.iter().copied().collect();
        whom.intervals().iter().for_each(|piece| lay(*piece, Layer::Record(at)));
    }
    marks.sort_unstable();
    let mut active: BTreeMap<Layer, u32> = BTreeMap::new();
    let mut found: Vec<(Interval, Outcome, Vec<By>)> = Vec::new();
    let mut at = 0;
    while at < marks.len() {
        let from = marks[at].0;
        while at < marks.len() && marks[at].0 == from {
            let (_, begins, layer) = marks[at];
            if begins {
                *active.entry(layer).or_default() += 1;
            } else if let Some(count) = active.get_mut(&layer) {
                *count -= 1;
                if *count == 0 {
                    active.remove(&layer);
                }
            }
            at += 1;
        }
        let to = marks.get(at).map_or(u128::MAX, |(next, _, _)| next - 1);
        if !active.contains_key(&Layer::Asked) {
            continue;
        }
        let (outcome, by) = judge(evaluation, &active);
        match found.last_mut() {
            Some((last, same, who)) if last.1 + 1 == from && *same == outcome && *who == by => {
                last.1 = to;
            }
            _ => found.push(((from, to), outcome, by)),
        }
    }
    // A rule with a set decides about many stretches: whoever decides is worked out once.
    let mut known: HashMap<Vec<By>, Arc<[Decider]>> = HashMap::new();
    let mut told = |by: Vec<By>| {
        let decide = |by: &Vec<By>| by.iter().map(|by| by.decider(evaluation.firewall)).collect();
        Arc::clone(known.entry(by).or_insert_with_key(decide))
    };
    let each = found.into_iter();
    each.map(|((from, to), outcome, by)| Stretch { from, to, outcome, by: told(by) }).collect()
}

fn judge(evaluation: &Evaluation<'_>, active: &BTreeMap<Layer, u32>) -> (Outcome, Vec<By>) {
    let outcomes = |of: fn(Outcome) -> Layer| {
        let range = of(Outcome::Accepted)..=of(Outcome::Unknown);
        active.range(range).filter_map(|(layer, _)| match layer {
            Layer::Nominal(outcome) | Layer::All(outcome) => Some(*outcome),
            _ => None,
        })
    };
    let all: Vec<Outcome> = outcomes(Layer::All).collect();
    let nominal: Vec<Outcome> = outcomes(Layer::Nominal).collect();
    let open = active.contains_key(&Layer::Open) || all.is_empty() || nominal.is_empty();
    let outcome = match (nominal.as_slice(), all.as_slice()) {
        _ if open => Outcome::Unknown,
        ([_], [only]) => *only,
        ([Outcome::Accepted], _) => Outcome::Limited,
        // Gone in any case, wherever.
        (_, all) if all.iter().all(|outcome| matches!(outcome, Outcome::Dropped(_))) => all[0],
        _ => Outcome::Unknown,
    };
    let records =
        active.range(Layer::Record(0)..=Layer::Record(usize::MAX)).filter_map(|(layer, _)| {
            match layer {
                Layer::Record(at) => evaluation.records.get(*at),
                _ => None,
            }
        });
    let first = |wanted: &dyn Fn(What) -> bool| {
        let mut records = records.clone();
        records.find(|record| wanted(record.what)).map(|record| record.by.clone())
    };
    let by = match outcome {
        Outcome::Dropped(step) => {
            let mut records = records.clone();
            // A refusal that is itself kept out is decided by what keeps it out.
            let of_it = records.find(|record| record.what == What::Drop && record.step == step);
            of_it.map(|record| record.by.clone()).into_iter().collect()
        }
        Outcome::Rejected(how) => first(&|what| what == What::Reject(how)).into_iter().collect(),
        Outcome::Accepted => {
            let accepts = records.clone().filter(|record| {
                record.what == What::Accept
                    && record.step == Step::First
                    && matches!(record.hook, Hook::Input | Hook::Forward | Hook::Prerouting)
            });
            let accepts: Vec<_> = accepts.collect();
            let by_rule = |hooks: &[Hook]| {
                let mut from_behind = accepts.iter().rev();
                from_behind
                    .find(|record| {
                        hooks.contains(&record.hook) && matches!(record.by, By::Rule(..))
                    })
                    .map(|record| record.by.clone())
            };
            let by_policy = || accepts.iter().rev().find(|r| r.hook != Hook::Prerouting);
            by_rule(&[Hook::Input, Hook::Forward])
                .or_else(|| by_policy().map(|record| record.by.clone()))
                .into_iter()
                .collect()
        }
        Outcome::Limited => distinct(records.filter(|r| r.what == What::Limit).map(|r| &r.by)),
        Outcome::Unknown => {
            let perhaps =
                distinct(records.clone().filter(|r| r.what == What::Perhaps).map(|r| &r.by));
            if perhaps.is_empty() {
                distinct(records.filter(|r| r.what == What::Limit).map(|r| &r.by))
            } else {
                perhaps
            }
        }
    };
    (outcome, by)
}

fn distinct<'a>(all: impl Iterator<Item = &'a By>) -> Vec<By> {
    let mut found: Vec<By> = Vec::new();
    for by in all {
        if !found.contains(by) {
            found.push(by.clone());
            if found.len() == MOST_DECIDERS {
                break;
            }
        }
    }
    found
}

/// Why it matters by which door connections arrive.
pub(super) fn doors_differ(doors: &[Door]) -> String {
    let names: Vec<String> = doors
        .iter()
        .map(|door| match (&door.interface, door.address) {
            (Some(interface), Some(address)) => format!("{address} on {interface}"),
            (Some(interface), None) => interface.clone(),
            (None, Some(address)) => address.to_string(),
            (None, None) => "an interface that was not told".to_owned(),
        })
        .collect();
    format!(
        "connections fare differently by where they arrive: {} (--to and --interface say which)",
        names.join(", ")
    )
}

/// What holds in both of two evaluations of one domain; where they differ, it cannot be told, and why.
pub(super) fn join(before: Vec<Stretch>, more: Vec<Stretch>, why: &str) -> Vec<Stretch> {
    let (mut left, mut right) = (before.into_iter().peekable(), more.into_iter().peekable());
    let differs: Arc<[Decider]> = Arc::new([Decider::Untold(why.to_owned())]);
    let mut joined: Vec<Stretch> = Vec::new();
    while let (Some(a), Some(b)) = (left.peek_mut(), right.peek_mut()) {
        // Both cover the same domain, so they begin alike.
        let to = a.to.min(b.to);
        let same = a.outcome == b.outcome;
        let stretch = Stretch {
            from: a.from,
            to,
            outcome: if same { a.outcome } else { Outcome::Unknown },
            by: if same { Arc::clone(&a.by) } else { Arc::clone(&differs) },
        };
        match joined.last_mut() {
            Some(last)
                if last.to + 1 == stretch.from
                    && last.outcome == stretch.outcome
                    && last.by == stretch.by =>
            {
                last.to = to;
            }
            _ => joined.push(stretch),
        }
        for side in [&mut left, &mut right] {
            if side.peek().is_some_and(|stretch| stretch.to == to) {
                side.next();
            } else if let Some(stretch) = side.peek_mut() {
                stretch.from = to + 1;
            }
        }
    }
    joined
}
