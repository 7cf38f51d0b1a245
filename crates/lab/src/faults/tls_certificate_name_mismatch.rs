//! The certificate is for the hosting provider's name.
//!
//! # What breaks
//! The chain holds; the leaf is for other names than the site's.
//!
//! # As in real life
//! The web server has no site for this name and shows the certificate of its default one.
use rayfix_core::causes::tls_certificate_name_mismatch;

use super::Fault;
use crate::pki::Certificate;
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &tls_certificate_name_mismatch::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.tls().certificate = Certificate::OtherName;
}
