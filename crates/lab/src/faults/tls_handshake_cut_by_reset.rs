//! The origin resets the connection after the hello.
//!
//! # What breaks
//! A ClientHello is read and answered with a reset.
//!
//! # As in real life
//! A device on the way that looks into hellos and does not like what it sees.
use rayfix_core::causes::tls_handshake_cut;

use super::Fault;
use crate::stage::{Opening, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &tls_handshake_cut::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.origin().tls.opening = Opening::ResetsAfterHello;
}
