//! The origin refuses every version of TLS that it is offered.
//!
//! # What breaks
//! Every hello is answered with alert 70 (protocol version).
//!
//! # As in real life
//! A terminator that was limited to versions which nobody speaks any more, or a list of versions
//! with a slip in it.
use rayfix_core::causes::tls_version_unsupported;

use super::Fault;
use crate::stage::{Opening, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &tls_version_unsupported::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.origin().tls.opening = Opening::Alerts(70);
}
