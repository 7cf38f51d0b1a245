//! The intermediate that the origin sends has expired.
//!
//! # What breaks
//! The leaf is good for weeks to come; the intermediate beside it ended twelve days ago.
//!
//! # As in real life
//! The chain file was put together by hand years ago, and only the leaf is renewed.
use rayfix_core::causes::tls_certificate_expired;

use super::Fault;
use crate::pki::Certificate;
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &tls_certificate_expired::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.tls().certificate = Certificate::IntermediateExpired;
}
