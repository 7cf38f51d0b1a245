//! A Worker on the zone failed.
use super::{Cause, Need, Verdict};
use crate::hop::Hop;
use crate::scene::Scene;

/// The cause.
pub static UNIT: Cause =
    Cause { code: "C203", hop: Hop::Edge, title: "a Worker on the zone failed", fixes: &[], judge };

fn judge(_scene: &Scene<'_>) -> Verdict {
    Verdict::needs([Need::OnOrigin])
}
