//! The certificate signed itself, and is no authority.
//!
//! # What breaks
//! The leaf is its own issuer.
//!
//! # As in real life
//! The distribution's `ssl-cert-snakeoil`, or an app that makes its own certificate at its first
//! start.
use rayfix_core::causes::tls_certificate_self_signed;

use super::Fault;
use crate::pki::Certificate;
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &tls_certificate_self_signed::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.tls().certificate = Certificate::SelfSigned;
}
