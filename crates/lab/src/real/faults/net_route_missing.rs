//! Routes lead answers to some of Cloudflare's ranges into nowhere.
//!
//! # What breaks
//! `blackhole` routes stand for three ranges of IPv4.
//!
//! # As in real life
//! An attack seemed to come from there, and was answered by null routes.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault =
    Fault { breeds: "net-route-missing", from_outside: None, shows: 522, break_it };

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    for range in ["173.245.48.0/20", "103.22.200.0/22", "103.31.4.0/22"] {
        stage.order(&["ip", "route", "add", "blackhole", range])?;
    }
    Ok(())
}
