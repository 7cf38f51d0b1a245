//! The same in mode SSL-only, a month ahead.
//!
//! # What breaks
//! The leaf's first day is thirty days ahead; the zone is in mode SSL-only.
//!
//! # As in real life
//! A certificate that was ordered for a later launch.
use rayfix_core::causes::tls_certificate_not_yet_valid;
use rayfix_core::target::SslMode;

use super::Fault;
use crate::pki::Certificate;
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &tls_certificate_not_yet_valid::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.ssl_mode = SslMode::OriginPull;
    stage.tls().certificate = Certificate::NotYetValid { days_ahead: 30 };
}
