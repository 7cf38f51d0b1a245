//! A firewall drops the edge and lets others in.
//!
//! # What breaks
//! The origin answers when asked directly; SYNs from the edge are dropped.
//!
//! # As in real life
//! A ban list or a rate limit counts all visitors under the few addresses of the edge.
use rayfix_core::causes::net_firewall_blocks_cloudflare;

use super::Fault;
use crate::stage::{Reach, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &net_firewall_blocks_cloudflare::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.edge_reach(&[Reach::Drops]);
}
