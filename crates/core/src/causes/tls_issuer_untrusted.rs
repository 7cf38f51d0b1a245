//! Nobody that the edge trusts vouches for the origin's certificate.
use super::{Cause, Need, Verdict};
use crate::hop::Hop;
use crate::scene::Scene;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C507",
    hop: Hop::Tls,
    title: "nobody that the edge trusts vouches for the origin's certificate",
    fixes: &[],
    judge,
};

fn judge(_scene: &Scene<'_>) -> Verdict {
    Verdict::needs([Need::OnOrigin])
}
