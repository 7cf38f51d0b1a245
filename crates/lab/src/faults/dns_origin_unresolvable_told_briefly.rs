//! The same, told in fifteen letters, with no address of the origin known.
//!
//! # What breaks
//! The edge answers 530 with the text `error code: 1016` and nothing else.
//!
//! # As in real life
//! Bare clients often get the short text instead of the page (captured 2024-12).
use rayfix_core::causes::dns_origin_unresolvable;

use super::Fault;
use crate::stage::{Record, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &dns_origin_unresolvable::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.edge.record = Record::NameUnresolvable;
    stage.edge.short_text = true;
    stage.origin().told = false;
}
