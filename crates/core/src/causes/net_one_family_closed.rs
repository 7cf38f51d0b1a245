//! The origin answers on one of IPv4 and IPv6, and not on the other.
use super::{Cause, Need, Verdict};
use crate::hop::Hop;
use crate::scene::Scene;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C404",
    hop: Hop::Net,
    title: "the origin answers on one of IPv4 and IPv6, and not on the other",
    fixes: &[],
    judge,
};

fn judge(_scene: &Scene<'_>) -> Verdict {
    Verdict::needs([Need::OnOrigin])
}
