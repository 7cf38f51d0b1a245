//! The DNS records by which the edge finds the origin.
//!
//! # What it asks
//! The Cloudflare API: the records of the site's name and of the wildcards that could answer for it; and those
//! of the names in the same zone that it is an alias of.
//!
//! # What it touches
//! One call for each name and wildcard.
//!
//! # What the answers mean
//! Proxied addresses are what the edge dials. A name below `cfargotunnel.com` is a tunnel. No lookup from
//! outside can tell any of this, since it finds only Cloudflare's own addresses.
//!
//! # Sources
//! - developers.cloudflare.com: List DNS Records; Proxy status; Wildcard DNS records, read 2026-11
//! - RFC 4592: a name with a record of its own is not covered by a wildcard

use std::sync::Arc;

use rayfix_core::evidence::{AccountAnswer, AccountQuestion};

use super::{Asking, Probe, Turn};
use crate::account;
use crate::sitting::Sitting;

/// The probe.
pub static UNIT: Probe = Probe {
    touches: "one call to the Cloudflare API for each name and wildcard",
    turn: Turn::First,
    ask: |sitting| -> Asking { Box::pin(ask(sitting)) },
};

async fn ask(sitting: Arc<Sitting>) {
    let Some(account) = sitting.account.clone() else { return };
    let (mut name, mut asked) = (sitting.target.site.host.clone(), Vec::new());
    loop {
        let question = AccountQuestion::Records { name: name.clone() };
        let told = account::ask(&sitting, "account_records", question).await;
        let Some(AccountAnswer::Records { records }) = told else { return };
        asked.push(name);
        let Ok(place) = account.place().await else { return };
        let Some(next) = account::next(&asked, &records, &place.zone.name) else { return };
        name = next;
    }
}
