//! https is spoken to a port of plain http.
//!
//! # What breaks
//! The ingress rule leads to `https://localhost:80`, where nginx speaks plain http.
//!
//! # As in real life
//! A letter too many in the rule.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault =
    Fault { breeds: "tunnel-service-scheme-mismatch", from_outside: None, shows: 502, break_it };

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    super::reconfigure(stage, "service: http://localhost:80", "service: https://localhost:80")?;
    super::connected(stage)
}
