//! The same, told by a short text.
//!
//! # What breaks
//! Every visit gets status 403 with the text `error code: 1020`.
//!
//! # As in real life
//! Bare clients often get the short text instead of the page (captured 2024-12).
use rayfix_core::causes::edge_visit_blocked;

use super::Fault;
use crate::stage::{Own, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &edge_visit_blocked::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.edge.own = Own::Numbered(1020);
    stage.edge.short_text = true;
}
