//! The origin's certificate begins in two days.
//!
//! # What breaks
//! The leaf's first day is ahead; names and chain are good.
//!
//! # As in real life
//! The clock of the authority or of the machine that asked for the certificate is ahead; or next
//! month's certificate was installed early.
use rayfix_core::causes::tls_certificate_not_yet_valid;

use super::Fault;
use crate::pki::Certificate;
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &tls_certificate_not_yet_valid::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.tls().certificate = Certificate::NotYetValid { days_ahead: 2 };
}
