//! What Cloudflare's own health checks see of the origin.
//!
//! # What it asks
//! The Cloudflare API: the health checks of the zone.
//!
//! # What it touches
//! One call.
//!
//! # What the answers mean
//! Unhealthy, with a reason: what Cloudflare met when it asked the origin itself, without visitors. None: nobody
//! set one up; the free plan has none.
//!
//! # Sources
//! - developers.cloudflare.com: Health Checks, read 2026-11

use std::sync::Arc;

use rayfix_core::evidence::AccountQuestion;

use super::{Asking, Probe, Turn};
use crate::account;
use crate::sitting::Sitting;

/// The probe.
pub static UNIT: Probe = Probe {
    touches: "one call to the Cloudflare API",
    turn: Turn::First,
    ask: |sitting| -> Asking { Box::pin(ask(sitting)) },
};

async fn ask(sitting: Arc<Sitting>) {
    account::ask(&sitting, "account_checks", AccountQuestion::HealthChecks).await;
}
