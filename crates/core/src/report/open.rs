//! What a report says beside the findings: what would tell more, what was ruled out, what was not
//! asked.
//!
//! A verdict that stays open is told as the question that would close it, the cheapest first. What
//! an earlier break hides is not told here: mending that break comes first.

use std::collections::BTreeMap;

use super::words::units::{list_of, several};
use super::{Needed, Passage, words};
use crate::causes::{Confidence, Need};
use crate::diagnosis::{Diagnosis, Outcome, State};
use crate::evidence::{Answer, Evidence, ReadingId};
use crate::hop::Hop;

/// What would decide the causes that stay open, the one that decides most first. What an earlier
/// break hides is told as hidden, not as a need.
pub(super) fn needs(diagnosis: &Diagnosis<'_>) -> Vec<Needed> {
    let mending: Vec<String> = Hop::ALL.map(|hop| Need::Mend(hop).words()).to_vec();
    let mut needs: Vec<Needed> = Vec::new();
    let behind = |cause: &str| {
        let first = diagnosis.findings.first().map(|finding| finding.hop);
        // A fault of the edge's own and one behind it look alike; elsewhere the way is cut.
        first.is_some_and(|first| first != Hop::Edge && hop(cause) > first)
    };
    let within = looked_within(diagnosis);
    let tunnelled = diagnosis.findings.first().is_some_and(|one| one.hop == Hop::Tunnel);
    for untold in diagnosis.untold.iter().filter(|untold| !behind(&untold.cause)) {
        let Some(what) = untold.needs.first().filter(|need| !mending.contains(need)) else {
            continue;
        };
        // Who has looked into the origin is not sent there again, unless its connector is elsewhere.
        let longer = Need::LongerLook.words();
        let been = within && (hop(&untold.cause) != Hop::Tunnel || !diagnosis.findings.is_empty());
        let what = if been && *what == Need::OnOrigin.words() { &longer } else { what };
        // Behind a tunnel, the edge asks no address of the origin; beside a cause that was found,
        // looking again for another one can wait.
        let address = tunnelled && *what == Need::OriginAddress.words();
        let again = !diagnosis.findings.is_empty() && *what == Need::LongerLook.words();
        if address || again {
            continue;
        }
        match needs.iter_mut().find(|need| need.what == *what) {
            Some(need) => need.causes.push(untold.cause.clone()),
            None => {
                needs.push(Needed { what: what.clone(), causes: vec![untold.cause.clone()] });
            }
        }
    }
    // Where one address is known, it is another one that would tell more; beside a cause it would
    // do so only where some visits are served, as if by another address.
    if !diagnosis.evidence.target.origins.is_empty() {
        let served = diagnosis.symptom.failed < diagnosis.symptom.visits;
        let found = !diagnosis.findings.is_empty();
        needs.retain(|need| served || !found || need.what != Need::OriginAddress.words());
        for need in needs.iter_mut().filter(|need| need.what == Need::OriginAddress.words()) {
            "every other address of the origin: --origin ADDR".clone_into(&mut need.what);
        }
    }
    // An address of the origin costs nothing but an option, and opens all that lies behind the edge.
    let address = diagnosis.evidence.target.origins.is_empty().then(|| Need::OriginAddress.words());
    // Without a lookup there is no visit, and without a visit little is to be told.
    let lookup = (diagnosis.symptom.visits == 0).then(|| Need::Lookup.words());
    needs.sort_by_key(|need| {
        (
            Some(&need.what) != lookup.as_ref(),
            Some(&need.what) != address.as_ref(),
            std::cmp::Reverse(need.causes.iter().filter(|cause| weighs(cause, &need.what)).count()),
        )
    });
    // What lies behind a tunnel is told from its connector's machine alone.
    let possible: Vec<String> = diagnosis
        .findings
        .iter()
        .filter(|one| one.confidence == Confidence::Possible)
        .map(|one| one.cause.clone())
        .collect();
    let first = diagnosis.findings.first().map(|one| &one.cause);
    if tunnelled && !within && first == possible.first() {
        let what = Need::OnOrigin.words();
        needs.retain(|need| need.what != what);
        needs.insert(0, Needed { what, causes: possible });
    }
    needs
}

/// Whether the origin was looked into.
fn looked_within(diagnosis: &Diagnosis<'_>) -> bool {
    diagnosis.evidence.readings.iter().any(|one| one.host().is_some())
}

/// Whether a cause that stays open says something for asking this next. What only a look from within
/// can tell is open on every sitting from outside, however many such causes there are.
fn weighs(cause: &str, what: &str) -> bool {
    let within = matches!(hop(cause), Hop::Tunnel | Hop::Proxy | Hop::App | Hop::Host);
    !(within && what == Need::OnOrigin.words())
}

/// The one question worth asking next, where no cause was found.
pub(super) fn next(diagnosis: &Diagnosis<'_>, needs: &[Needed]) -> Option<String> {
    let again = "if visitors see an error all the same: ask again at that moment";
    match (diagnosis.outcome(), needs.first()) {
        (Outcome::Blamed, _) => None,
        (Outcome::Healthy, None) => Some(again.to_owned()),
        (Outcome::Healthy, Some(need)) if need.what == Need::WhileItFails.words() => {
            Some(again.to_owned())
        }
        (Outcome::Healthy, Some(need)) => Some(format!("{again}. Until then: {}", need.what)),
        (Outcome::CannotTell, Some(need)) => Some(need.what.clone()),
        (Outcome::CannotTell, None) if looked_within(diagnosis) => Some(Need::LongerLook.words()),
        (Outcome::CannotTell, None) => Some(Need::OnOrigin.words()),
    }
}

/// `31 causes are ruled out: 5 at dns, 6 at edge …`.
pub(super) fn cleared(diagnosis: &Diagnosis<'_>) -> Option<Passage> {
    let mut by_hop: BTreeMap<Hop, usize> = BTreeMap::new();
    for cleared in &diagnosis.cleared {
        *by_hop.entry(hop(&cleared.cause)).or_default() += 1;
    }
    let all = diagnosis.cleared.len();
    let parts: Vec<String> =
        by_hop.into_iter().map(|(hop, number)| format!("{number} at {}", hop.word())).collect();
    let are = if all == 1 { "is" } else { "are" };
    (all > 0).then(|| {
        let text = format!("{} {are} ruled out: {}", several(all, "cause"), list_of(&parts, 9));
        Passage::new(text, &[])
    })
}

/// The station of a cause: its name begins with it.
fn hop(cause: &str) -> Hop {
    let first = cause.split('-').next();
    Hop::ALL.into_iter().find(|hop| first == Some(hop.word())).unwrap_or(Hop::Host)
}

/// What was not asked, by reason; then the stations that nobody can ask from here.
pub(super) fn unasked(diagnosis: &Diagnosis<'_>) -> Vec<Passage> {
    let mut reasons: Vec<(String, Vec<Hop>, Vec<ReadingId>)> = Vec::new();
    for reading in &diagnosis.evidence.readings {
        let Answer::NotAsked { why } = reading.answer else { continue };
        let why = words::reason(why, &reading.question);
        let at = reasons.iter().position(|(reason, ..)| *reason == why).unwrap_or_else(|| {
            reasons.push((why, Vec::new(), Vec::new()));
            reasons.len() - 1
        });
        let (_, hops, ids) = &mut reasons[at];
        if !hops.contains(&reading.hop) {
            hops.push(reading.hop);
        }
        ids.push(reading.id);
    }
    let mut passages: Vec<Passage> = reasons
        .into_iter()
        .map(|(why, hops, ids)| {
            let asked = several(ids.len(), "question");
            Passage::new(format!("{asked} about {}: {why}", words::stations(&hops)), &ids)
        })
        .collect();
    let read = |evidence: &Evidence, hop| evidence.readings.iter().any(|one| one.hop == hop);
    let silent: Vec<Hop> = diagnosis
        .path
        .iter()
        .filter(|station| station.state == State::NotAsked)
        .map(|station| station.hop)
        .filter(|hop| !read(diagnosis.evidence, *hop))
        .filter(|hop| matches!(hop, Hop::Tunnel | Hop::Proxy | Hop::App | Hop::Host))
        .collect();
    // Where somebody looked within, what was not found there is no matter of looking.
    let looked = diagnosis.evidence.readings.iter().any(|reading| reading.host().is_some());
    if !silent.is_empty() && !looked {
        let text = format!("only a look from inside shows {}", words::stations(&silent));
        passages.push(Passage::new(text, &[]));
    }
    passages
}
