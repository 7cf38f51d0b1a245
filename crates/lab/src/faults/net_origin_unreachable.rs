//! No route leads to the origin's address.
//!
//! # What breaks
//! Connections to both ports end at once: the network is unreachable.
//!
//! # As in real life
//! The record holds an address of a private network, or the provider has withdrawn the prefix.
use rayfix_core::causes::net_origin_unreachable;

use super::Fault;
use crate::stage::{Reach, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &net_origin_unreachable::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.reach(Reach::Unrouted);
}
