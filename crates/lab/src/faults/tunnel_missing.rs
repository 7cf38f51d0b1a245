//! The tunnel was deleted, and the record still leads to it.
//!
//! # What breaks
//! The edge answers 530 with 1016: the name of the tunnel means nothing any more. The account's list
//! does not hold it.
//!
//! # As in real life
//! Somebody tidied up tunnels that seemed unused.
use rayfix_core::causes::tunnel_missing;

use super::Fault;
use crate::stage::{Record, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &tunnel_missing::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.edge.record = Record::DeletedTunnel;
    stage.origin().told = false;
}
