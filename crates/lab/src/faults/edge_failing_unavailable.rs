//! The edge answers 503 by itself, with the bare page.
//!
//! # What breaks
//! Every visit gets the unbranded 503; the origin answers everybody.
//!
//! # As in real life
//! The connections of one data centre are at their limit (error-503 page, read 2026-07).
use rayfix_core::causes::edge_failing;

use super::Fault;
use crate::stage::{Own, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &edge_failing::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.edge.own = Own::FailsUnbranded(503);
}
