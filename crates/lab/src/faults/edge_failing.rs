//! The edge answers 502 by itself, with the bare page.
//!
//! # What breaks
//! Every visit gets the unbranded 502; the origin answers everybody.
//!
//! # As in real life
//! Traffic is moved between data centres, for seconds at a time (error-502-504 page, read 2026-07).
use rayfix_core::causes::edge_failing;

use super::Fault;
use crate::stage::{Own, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &edge_failing::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.edge.own = Own::FailsUnbranded(502);
}
