//! The same, told by a short text.
//!
//! # What breaks
//! The edge answers 530 with the text `error code: 1033`.
//!
//! # As in real life
//! Bare clients often get the short text instead of the page (captured 2024-12).
use rayfix_core::causes::tunnel_down;

use super::Fault;
use crate::stage::{Record, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &tunnel_down::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.edge.record = Record::Tunnel { connected: false };
    stage.edge.short_text = true;
    stage.origin().told = false;
}
