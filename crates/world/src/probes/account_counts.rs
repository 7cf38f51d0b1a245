//! What the edge counted of the site in the last half hour.
//!
//! # What it asks
//! The Cloudflare API (GraphQL): errors by status at the edge and at the origin, by place and by minute, and good requests
//! by place.
//!
//! # What it touches
//! One query; 300 in 5 minutes are allowed.
//!
//! # What the answers mean
//! An origin status of 0 beside a 5xx: no answer came from the origin. The same 5xx on both sides: the origin
//! sent it. Errors at one place alone point at the edge or the way from there. Counts are estimates.
//!
//! # Sources
//! - developers.cloudflare.com: GraphQL Analytics, httpRequestsAdaptiveGroups, read 2026-11

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
    let host = sitting.target.site.host.clone();
    account::ask(&sitting, "account_counts", AccountQuestion::Counts { host }).await;
}
