//! The certificate signed itself, as OpenSSL makes it.
//!
//! # What breaks
//! The leaf is its own issuer and is marked as an authority, as `openssl req -x509` does by
//! default.
//!
//! # As in real life
//! The certificate of the first set-up was never replaced; the zone was then switched to strict.
use rayfix_core::causes::tls_certificate_self_signed;

use super::Fault;
use crate::pki::Certificate;
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &tls_certificate_self_signed::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.tls().certificate = Certificate::SelfSignedAuthority;
}
