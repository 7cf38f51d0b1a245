//! The record holds an address of Cloudflare's own, and the true origin works.
//!
//! # What breaks
//! The edge answers 403 with 1000; the origin that is told answers on both ports.
//!
//! # As in real life
//! A move to another host was half done: the new machine is up, the record was filled in wrongly.
use rayfix_core::causes::dns_record_points_at_cloudflare;

use super::Fault;
use crate::stage::{EDGE_OTHER, Origin, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &dns_record_points_at_cloudflare::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.origin().recorded = false;
    let mut wrong = Origin::healthy(EDGE_OTHER);
    wrong.told = false;
    stage.origins.push(wrong);
}
