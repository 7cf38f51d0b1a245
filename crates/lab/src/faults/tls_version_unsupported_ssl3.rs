//! The origin speaks nothing newer than SSL 3.0.
//!
//! # What breaks
//! Every hello is answered with a ServerHello of version 3.0.
//!
//! # As in real life
//! An appliance whose software is older than TLS 1.0, which is from 1999.
use rayfix_core::causes::tls_version_unsupported;

use super::Fault;
use crate::stage::{Opening, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &tls_version_unsupported::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.origin().tls.opening = Opening::OnlyVersion(0x0300);
}
