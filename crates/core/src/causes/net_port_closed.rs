//! Nothing accepts connections on the origin's port.
use super::{Cause, Need, Verdict};
use crate::hop::Hop;
use crate::scene::Scene;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C401",
    hop: Hop::Net,
    title: "nothing accepts connections on the origin's port",
    fixes: &[],
    judge,
};

fn judge(_scene: &Scene<'_>) -> Verdict {
    Verdict::needs([Need::OnOrigin])
}
