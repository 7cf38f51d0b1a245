//! How far a fault that was seen on the origin itself explains what visitors get.
//!
//! A fault on the way that the site's requests take on the origin breaks the site, whatever the
//! edge makes of it: an earlier break may hide it, and then both are to be mended. So the edge's
//! status does not matter here; what matters is whether visits fail at all, whether that machine is
//! the origin, and whether a probe shows the fault or a log alone tells of it.

use crate::causes::{Confidence, Need, Verdict};
use crate::evidence::ReadingId;
use crate::scene::Scene;
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
