//! A firewall keeps Cloudflare's addresses from the origin.
use super::{Cause, Need, Verdict};
use crate::hop::Hop;
use crate::scene::Scene;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C405",
    hop: Hop::Net,
    title: "a firewall keeps Cloudflare's addresses from the origin",
    fixes: &[],
    judge,
};

fn judge(_scene: &Scene<'_>) -> Verdict {
    Verdict::needs([Need::OnOrigin])
}
