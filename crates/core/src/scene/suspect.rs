//! How far a fault of the origin, seen from here, explains what visitors get.
//!
//! All judges of the stations net, tls and http ask the same: do visits fail at all; is the fault
//! on the road that the edge takes; does the status that the edge gives name this family of faults,
//! leave it open (a 502), or name another one; does anything nearer to the visitor hide it? The
//! answer is given here once, so that every such cause means the same by `certain`.

use super::Scene;
use super::direct::as_the_edge_asks;
use super::modes::told_by_status;
use super::roads::{Fate, RoadSeen, is_serious};
use super::visits::{Came, EdgeState, Visit};
use super::witness::{is_inside, unvisited};
use crate::causes::{Confidence, Need, Verdict};
use crate::evidence::{PageForm, Question, ReadingId, Reply, ReplyFault, VisitAnswer};
use crate::hop::Hop;
use crate::target::SslMode;

/// What a judge looks for on a road.
pub struct Suspicion<'f> {
    /// Where the cause sits.
    pub hop: Hop,
    /// The statuses by which the edge names this family of faults.
    pub named_by: &'f [u16],
    /// The fault, as an edge of the given mode meets it on this road.
    pub sign: &'f dyn Fn(&RoadSeen<'_>, SslMode) -> Option<Sign>,
    /// A reading that shows that this road does not have it.
    pub clean: &'f dyn Fn(&RoadSeen<'_>, SslMode) -> Option<ReadingId>,
}

/// A fault that was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sign {
    /// The readings that show it; never empty.
    pub because: Vec<ReadingId>,
    /// The controls.
    pub contrast: Vec<ReadingId>,
    /// The most that this sign alone allows, whatever the edge says.
    pub at_most: Confidence,
}

impl Sign {
    /// A sign that allows certainty.
    #[must_use]
    pub fn new(because: impl Into<Vec<ReadingId>>, contrast: impl Into<Vec<ReadingId>>) -> Self {
        Sign { because: because.into(), contrast: contrast.into(), at_most: Confidence::Certain }
    }

    /// The same, allowing at most this much.
    #[must_use]
    pub fn at_most(self, at_most: Confidence) -> Self {
        Sign { at_most, ..self }
    }
}

/// What the edge's status says of a family of faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    /// It names the family, or no edge is in between.
    Named,
    /// It leaves the family open.
    Open,
    /// It names nothing, and one would expect it to, or to come otherwise.
    Hardly,
    /// It names another one, at this station.
    Another(Hop),
}

/// Judges a suspicion.
#[must_use]
pub fn suspect(scene: &Scene<'_>, suspicion: &Suspicion<'_>) -> Verdict {
    if scene.visits.state() == EdgeState::Works {
        return Verdict::clears(scene.visits.good_ids());
    }
    if let Some(need) = unvisited(scene) {
        return Verdict::needs([need]);
    }
    let used = scene.used_roads();
    if used.is_empty() {
        return open(scene, suspicion.hop, Need::OriginAddress);
    }
    if scene.visits.direct && !used.iter().any(|(road, _)| is_visited(scene, road)) {
        return Verdict::needs([Need::Mend(Hop::Dns)]);
    }
    // Who ends TLS on the way from here shows certificates and handshakes of its own.
    if suspicion.hop == Hop::Tls && scene.intercepted.is_some() {
        return Verdict::needs([Need::OtherVantage]);
    }
    let mut signs = Vec::new();
    let mut inside = true;
    let mut every_mode = true;
    for (road, modes) in &used {
        let here: Vec<Sign> =
            modes.iter().filter_map(|mode| (suspicion.sign)(road, *mode)).collect();
        every_mode &= here.len() == modes.len();
        inside &= here.is_empty() || is_inside(road.road.to.ip());
        signs.extend(here.into_iter().next());
    }
    if signs.is_empty() {
        return without_sign(scene, suspicion, &used);
    }
    let says = says(scene, suspicion);
    if let Says::Another(hop) = says {
        return Verdict::needs([Need::Mend(hop)]);
    }
    let everywhere = signs.len() == used.len();
    let mut confidence =
        signs.iter().map(|sign| sign.at_most).max().unwrap_or(Confidence::Possible);
    confidence = confidence.min(match says {
        Says::Named => Confidence::Certain,
        Says::Open if suspicion.hop == Hop::Net && was_answered_for_the_origin(scene) => {
            Confidence::Possible
        }
        Says::Open | Says::Another(_) => Confidence::Likely,
        Says::Hardly => Confidence::Possible,
    });
    // What lies behind a break is no nearer than the break, unless the edge names it.
    if says != Says::Named && hidden_by(scene, suspicion.hop).is_some() {
        confidence = confidence.min(Confidence::Possible);
    }
    // What leads nowhere from outside looks closed from there, whatever it is.
    if (suspicion.hop == Hop::Net && inside) || scene.intercepted.is_some() {
        confidence = confidence.min(Confidence::Possible);
    }
    if (!everywhere && scene.visits.state() == EdgeState::Fails)
        || (everywhere && scene.visits.state() == EdgeState::Flickers)
        || !every_mode && scene.modes.settled().is_none()
        || hidden_by(scene, suspicion.hop).is_some()
        || guessed(scene)
        || !fails_alike(scene)
    {
        confidence = confidence.min(Confidence::Likely);
    }
    let mut because: Vec<ReadingId> = signs.iter().flat_map(|sign| sign.because.clone()).collect();
    because.extend(scene.visits.bad_ids().first());
    let contrast: Vec<ReadingId> = signs.iter().flat_map(|sign| sign.contrast.clone()).collect();
    if contrast.is_empty() {
        confidence = confidence.min(Confidence::Likely);
    }
    Verdict::blames(confidence, deduped(because)).contrasting(deduped(contrast))
}

/// The station that breaks on every used road before `hop`, where there is one.
#[must_use]
pub fn hidden_by(scene: &Scene<'_>, hop: Hop) -> Option<Hop> {
    let mut first = None;
    for (road, modes) in scene.used_roads() {
        for mode in modes {
            match road.fate(mode) {
                Fate::Breaks(at) if at < hop => first = first.min(Some(at)).or(Some(at)),
                Fate::Breaks(_) | Fate::Works | Fate::Unclear => return None,
            }
        }
    }
    first
}

/// The verdict where nothing was seen of the fault: cleared, hidden, or open.
fn without_sign(
    scene: &Scene<'_>,
    suspicion: &Suspicion<'_>,
    used: &[(&RoadSeen<'_>, Vec<SslMode>)],
) -> Verdict {
    let clean: Option<Vec<ReadingId>> = used
        .iter()
        .flat_map(|(road, modes)| modes.iter().map(|mode| (suspicion.clean)(road, *mode)))
        .collect();
    match clean {
        Some(because) => Verdict::clears(deduped(because)),
        None => open(scene, suspicion.hop, Need::OtherVantage),
    }
}

/// The verdict where the evidence does not decide: what hides the cause comes before `need`, and so
/// does another fault at the same station where a second look would meet it again.
#[must_use]
pub fn open(scene: &Scene<'_>, hop: Hop, need: Need) -> Verdict {
    if let Some(at) = hidden_by(scene, hop) {
        return Verdict::needs([Need::Mend(at)]);
    }
    let used = scene.used_roads();
    let breaks = |at: Hop| {
        used.iter().any(|(road, modes)| {
            modes.iter().any(|mode| road.fate(*mode) == Fate::Breaks(at))
                || at == Hop::Tls && !road.wants_certificate().is_empty()
                || at == Hop::Http && road.is_divided()
        })
    };
    let at = [Hop::Tls, Hop::Http].into_iter().find(|at| *at <= hop && breaks(*at));
    match at {
        Some(at) if need == Need::OtherVantage => Verdict::needs([Need::Mend(at)]),
        _ => Verdict::needs([need]),
    }
}

fn says(scene: &Scene<'_>, suspicion: &Suspicion<'_>) -> Says {
    let Some(shown) = scene.visits.commonest() else { return Says::Hardly };
    if scene.visits.direct {
        return says_itself(shown, suspicion);
    }
    if scene.symptom.error_code.is_some() || shown.came == Came::Loop {
        return Says::Another(Hop::Edge);
    }
    let passed_on = shown.page.is_none();
    let slow = || suspicion.named_by.iter().any(|status| matches!(status, 522 | 524));
    match scene.symptom.status {
        Some(status) if suspicion.named_by.contains(&status) => Says::Named,
        // A head came whole through the edge and the body did not: the origin's, passed on.
        Some(_) if shown.came == Came::Broken && suspicion.hop == Hop::Http => {
            if breaks_alike(scene, shown) { Says::Named } else { Says::Open }
        }
        // Statuses that the edge makes only with a page of its own: the origin replied.
        Some(..=501 | 503 | 505..=519) if passed_on => match suspicion.hop < Hop::Http {
            true => Says::Another(Hop::Http),
            false => Says::Hardly,
        },
        Some(521..=523) => Says::Another(Hop::Net),
        Some(525 | 526) => Says::Another(Hop::Tls),
        Some(520 | 524) => Says::Another(Hop::Http),
        Some(530) => Says::Another(Hop::Edge),
        Some(_) => Says::Open,
        // The edge is still waiting: it does that for an origin that is silent, and for no other.
        None if shown.came == Came::Silent && slow() => Says::Open,
        None => Says::Hardly,
    }
}

/// Where no edge is in between, the visit shows the station itself.
fn says_itself(shown: &Visit<'_>, suspicion: &Suspicion<'_>) -> Says {
    let at = match shown.reading.visit() {
        Some(VisitAnswer::Nothing { .. }) => Hop::Net,
        Some(VisitAnswer::Tcp { .. }) => Hop::Tls,
        _ if shown.came == Came::Untrusted => Hop::Tls,
        _ => Hop::Http,
    };
    match shown.reply {
        _ if at != suspicion.hop => Says::Another(at),
        Some(reply) if at == Hop::Http && shown.came == Came::Trouble => {
            match suspicion.named_by.contains(&reply.status) {
                true => Says::Named,
                false => Says::Hardly,
            }
        }
        _ => Says::Named,
    }
}

/// Whether a used road's reply has a faulty body, as the visit's has. The edge writes lengths and
/// chunks anew, so the fault need not have the same name.
fn breaks_alike(scene: &Scene<'_>, shown: &Visit<'_>) -> bool {
    let faulty = |reply: &Reply| {
        let of_body = |fault: &ReplyFault| {
            is_serious(fault) && !matches!(fault, ReplyFault::HeadTooLarge { .. })
        };
        reply.faults.iter().any(of_body)
    };
    shown.reply.is_some_and(faulty)
        && scene
            .used_roads()
            .iter()
            .any(|(road, _)| as_the_edge_asks(road).is_some_and(|(_, reply)| faulty(reply)))
}

/// Whether all visits that failed were told the same.
fn fails_alike(scene: &Scene<'_>) -> bool {
    let told = scene.visits.commonest().map(Visit::told);
    scene.visits.bad.iter().all(|visit| Some(visit.told()) == told)
}

/// Whether visitors get to the address of this road.
fn is_visited(scene: &Scene<'_>, road: &RoadSeen<'_>) -> bool {
    let visits = scene.visits.bad.iter().chain(&scene.visits.good);
    visits.into_iter().flat_map(|visit| &visit.legs).any(
        |leg| matches!(&leg.question, Question::Visit { to, .. } if to.ip() == road.road.to.ip()),
    )
}

/// Whether the SSL mode was inferred by striking out one whose road works from here. The edge may
/// be kept from that road though we are not, so such an inference is no ground for certainty.
fn guessed(scene: &Scene<'_>) -> bool {
    let target = scene.target;
    if scene.visits.direct || target.ssl_mode.is_some() {
        return false;
    }
    let scheme = target.site.scheme;
    let struck = |mode: &SslMode| {
        !scene.modes.possible.contains(mode)
            && told_by_status(scene.symptom.status, *mode, target, scheme)
    };
    SslMode::ALL.into_iter().filter(struck).any(|mode| {
        let taken = |seen: &&RoadSeen<'_>| {
            target
                .origins
                .iter()
                .any(|origin| target.road(*origin, mode, scheme) == Some(seen.road))
        };
        scene.roads.iter().filter(taken).any(|seen| seen.fate(mode) == Fate::Works)
    })
}

/// Whether the page says that somebody at the origin answered, so that an origin which only we
/// cannot reach is as near an explanation as one that nobody reaches.
fn was_answered_for_the_origin(scene: &Scene<'_>) -> bool {
    let page = scene.visits.commonest().and_then(|visit| visit.page);
    scene.symptom.status.is_some() && page.is_none_or(|page| page.form != PageForm::Unbranded)
}

/// The same citations in order, each once.
#[must_use]
pub fn deduped(mut ids: Vec<ReadingId>) -> Vec<ReadingId> {
    let mut seen = Vec::new();
    ids.retain(|id| {
        let new = !seen.contains(id);
        seen.push(*id);
        new
    });
    ids
}
