//! The origin closes the connection after the hello.
//!
//! # What breaks
//! A ClientHello is read and answered with the end of the connection.
//!
//! # As in real life
//! A terminator without a certificate for the name that closes instead of telling (HAProxy with
//! strict-sni).
use rayfix_core::causes::tls_handshake_cut;

use super::Fault;
use crate::stage::{Opening, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &tls_handshake_cut::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.origin().tls.opening = Opening::ClosesAfterHello;
}
