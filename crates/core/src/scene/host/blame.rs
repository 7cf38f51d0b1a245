//! How far a fault that was seen on the origin itself explains what visitors get.
//!
//! A fault on the way that the site's requests take on the origin breaks the site, whatever the
//! edge makes of it: an earlier break may hide it, and then both are to be mended. So the edge's
//! status does not matter here; what matters is whether visits fail at all, whether that machine is
//! the origin, and whether a probe shows the fault or a log alone tells of it.

use crate::causes::{Confidence, Need, Verdict};
use crate::evidence::ReadingId;
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::host::proxy::DoorUsed;
use crate::scene::host::tunnel::is_cut_off;
use crate::scene::suspect::Sign;
use crate::scene::visits::EdgeState;
use crate::scene::witness::unvisited;

/// Judges what was seen on the origin: `sign` of the fault, else `clean`, the readings that show
/// that it is not there (empty: nothing shows it), else what is needed.
#[must_use]
pub fn weigh(scene: &Scene<'_>, sign: Option<Sign>, clean: &[ReadingId]) -> Verdict {
    if scene.visits.state() == EdgeState::Works {
        return Verdict::clears(scene.visits.good_ids());
    }
    let Some(host) = &scene.host else { return Verdict::needs([Need::OnOrigin]) };
    let Some(sign) = sign else {
        if !clean.is_empty() {
            return Verdict::clears(clean);
        }
        let need = if host.place.root { Need::LongerLook } else { Need::Root };
        return Verdict::needs([need]);
    };
    let mut confidence = sign.at_most;
    if unvisited(scene).is_some()
        || scene.visits.state() == EdgeState::Flickers
        || !host.is_sure()
        || sign.contrast.is_empty()
    {
        confidence = confidence.min(Confidence::Likely);
    }
    let mut because = sign.because;
    because.extend(scene.visits.bad_ids().first());
    let mut seen = Vec::new();
    because.retain(|id| {
        !seen.contains(id) && {
            seen.push(*id);
            true
        }
    });
    let contrast: Vec<ReadingId> =
        sign.contrast.into_iter().filter(|id| !because.contains(id)).collect();
    if contrast.is_empty() {
        confidence = confidence.min(Confidence::Likely);
    }
    Verdict::blames(confidence, because).contrasting(contrast)
}

/// The most that a fault of a station behind the doors explains of what visitors get.
///
/// A redirect that never ends, or a refusal, is an answer: nothing that is down gave it. And where
/// visits fail while every door that they could come in by serves us, whatever is odd behind the
/// doors is not in the way of every request. It may be in the way of some where visitors get what
/// an origin answers, or what the edge says of one that does not; a block, a redirect loop or a
/// Worker's error is none of these. What the whole machine lacks would be met by all requests.
#[must_use]
pub fn most(scene: &Scene<'_>, hop: Hop) -> Confidence {
    let doors = scene.doors_used();
    let serves = !doors.is_empty() && doors.iter().all(DoorUsed::serves);
    let symptom = &scene.symptom;
    if hop < Hop::Proxy || is_cut_off(scene) {
        return Confidence::Certain;
    }
    if !serves {
        let refused = symptom.status.is_some_and(|status| status < 500);
        return if refused { Confidence::Likely } else { Confidence::Certain };
    }
    let of_an_origin = matches!(symptom.status, Some(500 | 502..=504 | 520..=524) | None)
        && symptom.error_code.is_none_or(|code| Some(code) == symptom.status);
    match scene.visits.state() {
        // Nobody was seen to get an error.
        EdgeState::NotVisited | EdgeState::Unvisitable => Confidence::Possible,
        EdgeState::Flickers if of_an_origin => Confidence::Likely,
        _ if of_an_origin && hop != Hop::Host => Confidence::Likely,
        _ => Confidence::Possible,
    }
}
