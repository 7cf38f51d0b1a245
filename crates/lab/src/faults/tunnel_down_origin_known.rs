//! No cloudflared is connected, and the origin answers when asked directly.
//!
//! # What breaks
//! The edge answers 530 with 1033; the origin's own ports work.
//!
//! # As in real life
//! A site that was moved behind a tunnel, on a machine whose ports are still open.
use rayfix_core::causes::tunnel_down;

use super::Fault;
use crate::stage::{Record, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &tunnel_down::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.edge.record = Record::Tunnel { connected: false };
}
