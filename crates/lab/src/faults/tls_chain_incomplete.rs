//! The origin sends its leaf alone.
//!
//! # What breaks
//! The leaf is good; its intermediate is not sent. Browsers often fetch it by themselves, the edge
//! does not.
//!
//! # As in real life
//! `cert.pem` was installed instead of `fullchain.pem`.
use rayfix_core::causes::tls_chain_incomplete;

use super::Fault;
use crate::pki::Certificate;
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &tls_chain_incomplete::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.tls().certificate = Certificate::WithoutIntermediate;
}
