//! The tunnel was made and its connector never started.
//!
//! # What breaks
//! The edge answers 530 with 1033; the account calls the tunnel inactive.
//!
//! # As in real life
//! The steps of the dashboard were followed up to the record, and the command for the server was never
//! run there.
use rayfix_core::causes::tunnel_down;

use super::Fault;
use crate::account::TunnelState;
use crate::stage::{Record, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &tunnel_down::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.edge.record = Record::Tunnel { connected: false };
    stage.origin().told = false;
    stage.account.tunnel = Some(TunnelState::NeverRan);
}
