//! A load balancer has no origin left that it calls well, and nobody tells an address.
//!
//! # What breaks
//! The edge answers 530 with 1016; nothing listens at the origin either, which only the account knows.
//!
//! # As in real life
//! The last machine of a pool went down, and the pool in reserve had been switched off.
use rayfix_core::causes::edge_pool_empty;

use super::Fault;
use crate::stage::{Reach, Record, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &edge_pool_empty::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.edge.record = Record::Pool { fallback: false };
    stage.reach(Reach::Refuses);
    stage.origin().told = false;
    stage.origin().unwell = Some("TCP connection failed");
}
