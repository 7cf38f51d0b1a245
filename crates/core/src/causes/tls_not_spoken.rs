//! The origin speaks plain text on the port where the edge expects TLS.
use super::{Cause, Need, Verdict};
use crate::hop::Hop;
use crate::scene::Scene;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C501",
    hop: Hop::Tls,
    title: "the origin speaks plain text on the port where the edge expects TLS",
    fixes: &[],
    judge,
};

fn judge(_scene: &Scene<'_>) -> Verdict {
    Verdict::needs([Need::OnOrigin])
}
