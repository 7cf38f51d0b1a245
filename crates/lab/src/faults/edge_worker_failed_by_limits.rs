//! The Worker on the route uses more than it may.
//!
//! # What breaks
//! Every visit gets status 503 with 1102; the origin answers everybody.
//!
//! # As in real life
//! A loop in the Worker, or more memory than 128 MB.
use rayfix_core::causes::edge_worker_failed;

use super::Fault;
use crate::stage::{Own, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &edge_worker_failed::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.edge.own = Own::Numbered(1102);
}
