//! The mode was raised to strict an hour ago, before an origin with a self-signed certificate.
//!
//! # What breaks
//! The edge refuses the certificate that it took in mode full: 526.
//!
//! # As in real life
//! Somebody set the stricter mode for the whole zone because another host needs it.
use std::time::Duration;

use rayfix_core::causes::tls_certificate_self_signed;
use rayfix_core::target::SslMode;

use super::Fault;
use crate::pki::Certificate;
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &tls_certificate_self_signed::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.tls().certificate = Certificate::SelfSigned;
    stage.account.mode_before = Some((SslMode::Full, Duration::from_secs(3600)));
}
