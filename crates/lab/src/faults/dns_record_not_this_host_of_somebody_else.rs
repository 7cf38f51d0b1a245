//! The record leads to a machine that is somebody else's by now.
//!
//! # What breaks
//! The edge dials the old address, is shown another site's certificate, and answers 526 in mode strict.
//! The origin that is told has a good one.
//!
//! # As in real life
//! A provider gives an address that was given back to its next customer.
use rayfix_core::causes::dns_record_not_this_host;

use super::Fault;
use crate::pki::Certificate;
use crate::stage::{ORIGIN_OLD, Origin, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &dns_record_not_this_host::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.origin().recorded = false;
    let mut old = Origin::healthy(ORIGIN_OLD);
    old.told = false;
    if let Some(tls) = &mut old.tls.tls {
        tls.certificate = Certificate::OtherName;
    }
    stage.origins.push(old);
}
