//! The origin closes every connection to 443 as soon as it stands.
//!
//! # What breaks
//! A connection is accepted and closed before anything is said.
//!
//! # As in real life
//! A TCP proxy in front of a TLS service that is gone.
use rayfix_core::causes::tls_handshake_cut;

use super::Fault;
use crate::stage::{Opening, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &tls_handshake_cut::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.origin().tls.opening = Opening::Closes;
}
