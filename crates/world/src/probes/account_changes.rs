//! What was changed in the account within the last day.
//!
//! # What it asks
//! The Cloudflare API: the audit log, of the zone and of what belongs to no zone.
//!
//! # What it touches
//! One call.
//!
//! # What the answers mean
//! A change shortly before the outage is where to look first. Who made it is not kept; whether a person, a
//! token or Cloudflare itself is.
//!
//! # Sources
//! - developers.cloudflare.com: Audit logs, read 2026-11

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
    account::ask(&sitting, "account_changes", AccountQuestion::Changes).await;
}
