//! The same in mode SSL-only.
//!
//! # What breaks
//! The chain is whole and ends at a root that nobody outside the company knows; the zone is in mode
//! SSL-only.
//!
//! # As in real life
//! The authority of a test environment came along into production.
use rayfix_core::causes::tls_issuer_untrusted;
use rayfix_core::target::SslMode;

use super::Fault;
use crate::pki::Certificate;
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &tls_issuer_untrusted::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.ssl_mode = SslMode::OriginPull;
    stage.tls().certificate = Certificate::PrivateAuthority;
}
