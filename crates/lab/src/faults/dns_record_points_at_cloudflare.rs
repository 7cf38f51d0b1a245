//! The record holds an address of Cloudflare's own.
//!
//! # What breaks
//! The edge finds one of its own addresses where the origin's should be, and answers 403 with 1000.
//! Nobody tells the origin's address.
//!
//! # As in real life
//! The address was copied from what `dig` says of the proxied name, which is the edge's.
use rayfix_core::causes::dns_record_points_at_cloudflare;

use super::Fault;
use crate::stage::{EDGE_OTHER, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &dns_record_points_at_cloudflare::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.origin().address = EDGE_OTHER;
    stage.origin().told = false;
}
