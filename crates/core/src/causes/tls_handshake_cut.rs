//! The origin ends the handshake without a word.
use super::{Cause, Need, Verdict};
use crate::hop::Hop;
use crate::scene::Scene;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C511",
    hop: Hop::Tls,
    title: "the origin ends the handshake without a word",
    fixes: &[],
    judge,
};

fn judge(_scene: &Scene<'_>) -> Verdict {
    Verdict::needs([Need::OnOrigin])
}
