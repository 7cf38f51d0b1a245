//! Certificates between edge and origin: whether the edge shows one, and which roots it trusts.
//!
//! # What it asks
//! The Cloudflare API: authenticated origin pulls of the zone and of the host, and the roots that the zone
//! trusts at origins.
//!
//! # What it touches
//! Three calls.
//!
//! # What the answers mean
//! An origin that demands a certificate while the edge shows none ends the handshake. With roots of the
//! zone's own, certificates that nobody else trusts are good, and public ones may not be.
//!
//! # Sources
//! - developers.cloudflare.com: Authenticated Origin Pulls; Custom Origin Trust Store, read 2026-11

use std::sync::Arc;

use rayfix_core::evidence::AccountQuestion;

use super::{Asking, Probe, Turn};
use crate::account;
use crate::sitting::Sitting;

/// The probe.
pub static UNIT: Probe = Probe {
    touches: "three calls to the Cloudflare API",
    turn: Turn::First,
    ask: |sitting| -> Asking { Box::pin(ask(sitting)) },
};

async fn ask(sitting: Arc<Sitting>) {
    let host = Some(sitting.target.site.host.clone());
    let ask = |question| account::ask(&sitting, "account_pulls", question);
    tokio::join!(
        ask(AccountQuestion::OriginPulls { host: None }),
        ask(AccountQuestion::OriginPulls { host }),
        ask(AccountQuestion::TrustStore),
    );
}
