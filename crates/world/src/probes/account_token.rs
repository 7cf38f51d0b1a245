//! Whether the API token is good.
//!
//! # What it asks
//! The Cloudflare API: what it says of the token, at the place for users' tokens, and if it does not know
//! it there, at the place for the account's own.
//!
//! # What it touches
//! One call, or two; they count towards 1200 in 5 minutes.
//!
//! # What the answers mean
//! Active: what is refused later is a matter of permissions. Unknown, ended, malformed: nothing else is asked, and
//! this reading says why. An account's token may be good and its state not told.
//!
//! # Sources
//! - developers.cloudflare.com: Verify Token (user and account), read 2026-11

use std::sync::Arc;

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
    account::verify(&sitting, "account_token").await;
}
