//! The origin drops every connection attempt, from everywhere.
//!
//! # What breaks
//! SYNs to 80 and 443 are dropped.
//!
//! # As in real life
//! The machine is off, its address has changed, or a security group lets nobody in.
use rayfix_core::causes::net_origin_silent;

use super::Fault;
use crate::stage::{Reach, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &net_origin_silent::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.reach(Reach::Drops);
}
