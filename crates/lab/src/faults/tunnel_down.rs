//! No cloudflared is connected.
//!
//! # What breaks
//! The edge answers 530 with 1033; nobody knows an address of the origin.
//!
//! # As in real life
//! cloudflared was stopped or has crashed, its token was replaced, or port 7844 is blocked.
use rayfix_core::causes::tunnel_down;

use super::Fault;
use crate::stage::{Record, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &tunnel_down::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.edge.record = Record::Tunnel { connected: false };
    stage.origin().told = false;
}
