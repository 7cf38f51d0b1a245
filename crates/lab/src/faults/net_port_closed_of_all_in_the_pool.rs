//! A load balancer has one origin left, and that one refuses.
//!
//! # What breaks
//! The monitor calls it unwell; as the pool is its own last resort, the edge dials it nevertheless:
//! 521.
//!
//! # As in real life
//! The web server of a pool's last machine was stopped.
use rayfix_core::causes::net_port_closed;

use super::Fault;
use crate::stage::{Reach, Record, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &net_port_closed::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.edge.record = Record::Pool { fallback: true };
    stage.reach(Reach::Refuses);
    stage.origin().unwell = Some("TCP connection failed");
}
