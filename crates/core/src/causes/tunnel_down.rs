//! No cloudflared is connected to the edge for this tunnel.
use super::{Cause, Need, Verdict};
use crate::hop::Hop;
use crate::scene::Scene;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C301",
    hop: Hop::Tunnel,
    title: "no cloudflared is connected to the edge for this tunnel",
    fixes: &[],
    judge,
};

fn judge(_scene: &Scene<'_>) -> Verdict {
    Verdict::needs([Need::OnOrigin])
}
