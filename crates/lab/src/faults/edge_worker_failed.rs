//! The Worker on the route throws.
//!
//! # What breaks
//! Every visit gets status 500 with 1101; the origin answers everybody.
//!
//! # As in real life
//! A deployment of the Worker reads a field that is not always there.
use rayfix_core::causes::edge_worker_failed;

use super::Fault;
use crate::stage::{Own, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &edge_worker_failed::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.edge.own = Own::Numbered(1101);
}
