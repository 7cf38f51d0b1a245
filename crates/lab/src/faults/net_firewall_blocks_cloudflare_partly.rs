//! A firewall drops some of the edge's addresses.
//!
//! # What breaks
//! Every other road from the edge is dropped, so about half of the visits fail with 522.
//!
//! # As in real life
//! The list of ranges in the firewall is old or incomplete.
use rayfix_core::causes::net_firewall_blocks_cloudflare;

use super::Fault;
use crate::stage::{Reach, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &net_firewall_blocks_cloudflare::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.edge_reach(&[Reach::Accepts, Reach::Drops]);
}
