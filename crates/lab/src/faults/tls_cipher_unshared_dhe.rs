//! The origin knows only DHE suites.
//!
//! # What breaks
//! Of TLS 1.2 the origin accepts DHE-RSA with AES-GCM; the edge offers no DHE.
//!
//! # As in real life
//! A hardened configuration from the years when elliptic curves were distrusted.
use rayfix_core::causes::tls_cipher_unshared;

use super::Fault;
use crate::stage::{Opening, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &tls_cipher_unshared::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.origin().tls.opening = Opening::OnlySuites(vec![0x009f, 0x009e]);
}
