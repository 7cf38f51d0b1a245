//! The origin is known to the edge by a name that does not resolve.
//!
//! # What breaks
//! The edge answers 530 with 1016. The origin itself works.
//!
//! # As in real life
//! The record is a CNAME to a host name at a provider, and that name was deleted when the plan
//! changed.
use rayfix_core::causes::dns_origin_unresolvable;

use super::Fault;
use crate::stage::{Record, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &dns_origin_unresolvable::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.edge.record = Record::NameUnresolvable;
}
