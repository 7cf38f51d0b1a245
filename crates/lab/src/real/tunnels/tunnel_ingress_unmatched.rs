//! No ingress rule fits the site's name.
//!
//! # What breaks
//! The rule names `Shop.example.test`, which differs in one letter's case; the last rule answers
//! 503.
//!
//! # As in real life
//! cloudflared compares names by their letters as written (recorded with release 2026.8.2).
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault =
    Fault { breeds: "tunnel-ingress-unmatched", from_outside: None, shows: 503, break_it };

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.replace(
        super::CONFIG_FILE,
        "hostname: shop.example.test",
        "hostname: Shop.example.test",
    )?;
    super::reconfigure(stage, "http_status:404", "http_status:503")?;
    super::connected(stage)
}
