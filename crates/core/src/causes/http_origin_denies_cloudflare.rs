//! The origin answers visitors and denies Cloudflare.
use super::{Cause, Need, Verdict};
use crate::hop::Hop;
use crate::scene::Scene;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C607",
    hop: Hop::Http,
    title: "the origin answers visitors and denies Cloudflare",
    fixes: &[],
    judge,
};

fn judge(_scene: &Scene<'_>) -> Verdict {
    Verdict::needs([Need::OnOrigin])
}
