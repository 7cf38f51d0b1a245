//! Cloudflare's edge fails by itself.
use super::{Cause, Need, Verdict};
use crate::hop::Hop;
use crate::scene::Scene;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C201",
    hop: Hop::Edge,
    title: "Cloudflare's edge fails by itself",
    fixes: &[],
    judge,
};

fn judge(_scene: &Scene<'_>) -> Verdict {
    Verdict::needs([Need::OnOrigin])
}
