//! The origin's certificate ended today, and even http visitors need it.
//!
//! # What breaks
//! The leaf's last day was yesterday; the zone is in mode SSL-only, where the edge always asks over
//! https.
//!
//! # As in real life
//! A certificate from an internal process that nobody watches.
use rayfix_core::causes::tls_certificate_expired;
use rayfix_core::target::SslMode;

use super::Fault;
use crate::pki::Certificate;
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &tls_certificate_expired::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.ssl_mode = SslMode::OriginPull;
    stage.tls().certificate = Certificate::Expired { days_ago: 1 };
}
