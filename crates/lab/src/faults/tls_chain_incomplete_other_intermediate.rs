//! The origin sends another intermediate than its leaf's.
//!
//! # What breaks
//! The leaf is good; the intermediate beside it is a good one too, but did not sign it.
//!
//! # As in real life
//! The authority changed its intermediate, and the chain file kept the old one.
use rayfix_core::causes::tls_chain_incomplete;

use super::Fault;
use crate::pki::Certificate;
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &tls_chain_incomplete::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.tls().certificate = Certificate::OtherIntermediate;
}
