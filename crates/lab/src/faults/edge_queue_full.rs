//! Too many requests wait at the edge.
//!
//! # What breaks
//! Every visit gets 1200; the origin, asked directly, answers.
//!
//! # As in real life
//! The origin takes requests more slowly than they come, so that they pile up at the edge.
use rayfix_core::causes::edge_queue_full;

use super::Fault;
use crate::stage::{Own, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &edge_queue_full::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.edge.own = Own::Numbered(1200);
}
