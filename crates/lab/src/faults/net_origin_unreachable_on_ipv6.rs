//! The origin has only an IPv6 address, and no route leads there.
//!
//! # What breaks
//! The only record is AAAA; connections to it end at once: the network is unreachable.
//!
//! # As in real life
//! The machine lost its IPv6 prefix in a move.
use rayfix_core::causes::net_origin_unreachable;

use super::Fault;
use crate::stage::{ORIGIN_V6, Reach, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &net_origin_unreachable::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.origin().address = ORIGIN_V6;
    stage.reach(Reach::Unrouted);
}
