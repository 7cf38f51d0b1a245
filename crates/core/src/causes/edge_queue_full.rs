//! Too many requests wait at the edge for the origin.
use super::{Cause, Need, Verdict};
use crate::hop::Hop;
use crate::scene::Scene;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C207",
    hop: Hop::Edge,
    title: "too many requests wait at the edge for the origin",
    fixes: &[],
    judge,
};

fn judge(_scene: &Scene<'_>) -> Verdict {
    Verdict::needs([Need::OnOrigin])
}
