//! The certificate is from a company's own authority.
//!
//! # What breaks
//! The chain is whole and ends at a root that nobody outside the company knows.
//!
//! # As in real life
//! A certificate of the internal authority, on a site that was put behind Cloudflare later.
use rayfix_core::causes::tls_issuer_untrusted;

use super::Fault;
use crate::pki::Certificate;
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &tls_issuer_untrusted::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.tls().certificate = Certificate::PrivateAuthority;
}
