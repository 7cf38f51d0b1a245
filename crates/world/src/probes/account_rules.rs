//! Rules that change how the edge asks the origin.
//!
//! # What it asks
//! The Cloudflare API: origin rules, configuration rules and page rules of the zone.
//!
//! # What it touches
//! Three calls.
//!
//! # What the answers mean
//! An origin rule may lead to another host, port or SNI; a configuration rule or page rule may set another
//! SSL mode. Whether one is for the site is decided from its expression, where that can be.
//!
//! # Sources
//! - developers.cloudflare.com: Origin Rules, Configuration Rules, Page Rules, read 2026-11

use std::sync::Arc;

use rayfix_core::evidence::AccountQuestion;
use rayfix_core::evidence::account::RulesPhase;

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
    let rules = |phase| AccountQuestion::Rules { phase };
    let ask = |question| account::ask(&sitting, "account_rules", question);
    tokio::join!(
        ask(rules(RulesPhase::HttpRequestOrigin)),
        ask(rules(RulesPhase::HttpConfigSettings)),
        ask(AccountQuestion::PageRules),
    );
}
