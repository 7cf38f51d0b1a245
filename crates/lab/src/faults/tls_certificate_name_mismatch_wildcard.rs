//! The certificate is for what lies below the site's name.
//!
//! # What breaks
//! The chain holds; the leaf is for `*.` and the site's name, which does not cover the name itself.
//!
//! # As in real life
//! A wildcard certificate was ordered without the bare name.
use rayfix_core::causes::tls_certificate_name_mismatch;

use super::Fault;
use crate::pki::Certificate;
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &tls_certificate_name_mismatch::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.tls().certificate = Certificate::WildcardBelow;
}
