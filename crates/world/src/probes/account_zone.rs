//! The zone that the site is in.
//!
//! # What it asks
//! The Cloudflare API: the zones of the name and of each of its parents, all at once. The longest is the
//! site's.
//!
//! # What it touches
//! One call for each of them, at most six.
//!
//! # What the answers mean
//! None: the site is in no zone, or in none that the token may see; the API does not tell these apart. Paused:
//! visitors go past Cloudflare, so nothing that they get is Cloudflare's.
//!
//! # Sources
//! - developers.cloudflare.com: List Zones; Zone `status` and `paused`, read 2026-11

use std::sync::Arc;

use super::{Asking, Probe, Turn};
use crate::account;
use crate::sitting::Sitting;

/// The probe.
pub static UNIT: Probe = Probe {
    touches: "at most six calls to the Cloudflare API",
    turn: Turn::First,
    ask: |sitting| -> Asking { Box::pin(ask(sitting)) },
};

async fn ask(sitting: Arc<Sitting>) {
    account::find_zone(&sitting, "account_zone").await;
}
