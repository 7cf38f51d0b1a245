//! The origin knows only CHACHA20 under TLS 1.2.
//!
//! # What breaks
//! The origin speaks TLS 1.2 with the two ECDHE suites that use CHACHA20, which the edge does not
//! offer to origins.
//!
//! # As in real life
//! A list of suites copied from advice for telephones, with TLS 1.3 switched off.
use rayfix_core::causes::tls_cipher_unshared;

use super::Fault;
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &tls_cipher_unshared::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.tls().only_chacha = true;
}
