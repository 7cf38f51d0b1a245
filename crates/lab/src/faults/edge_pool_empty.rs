//! A load balancer has no origin left that it calls well, and its last resort is switched off.
//!
//! # What breaks
//! The edge answers 530 with 1016. The origin that is told serves: it is the monitor that asks for a
//! page which is not there any more.
//!
//! # As in real life
//! The app's health page was renamed, and the monitor of the pool was forgotten.
use rayfix_core::causes::edge_pool_empty;

use super::Fault;
use crate::stage::{Record, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &edge_pool_empty::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.edge.record = Record::Pool { fallback: false };
    stage.origin().unwell = Some("Response code mismatch error");
}
