//! A rule of the zone turns the visit away.
//!
//! # What breaks
//! Every visit gets status 403 with 1020; the origin answers everybody.
//!
//! # As in real life
//! A firewall rule of the zone is wider than it was meant to be.
use rayfix_core::causes::edge_visit_blocked;

use super::Fault;
use crate::stage::{Own, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &edge_visit_blocked::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.edge.own = Own::Numbered(1020);
}
