//! The SSL mode that the zone is set to, and who sets it.
//!
//! # What it asks
//! The Cloudflare API: the settings `ssl` and `ssl_automatic_mode`.
//!
//! # What it touches
//! Two calls.
//!
//! # What the answers mean
//! The mode says on which port and how strictly the edge asks the origin; the time of its last change,
//! whether the outage came with it. Where Automatic SSL/TLS is on, nobody needs to have changed it.
//! Configuration rules and page rules may set another for some hosts.
//!
//! # Sources
//! - developers.cloudflare.com: Get zone setting; Automatic SSL/TLS, read 2026-11

use std::sync::Arc;

use rayfix_core::evidence::AccountQuestion;

use super::{Asking, Probe, Turn};
use crate::account;
use crate::sitting::Sitting;

/// The probe.
pub static UNIT: Probe = Probe {
    touches: "two calls to the Cloudflare API",
    turn: Turn::First,
    ask: |sitting| -> Asking { Box::pin(ask(sitting)) },
};

async fn ask(sitting: Arc<Sitting>) {
    let setting = |name: &str| AccountQuestion::Setting { name: name.to_owned() };
    let ask = |question| account::ask(&sitting, "account_ssl", question);
    tokio::join!(ask(setting("ssl")), ask(setting("ssl_automatic_mode")));
}
