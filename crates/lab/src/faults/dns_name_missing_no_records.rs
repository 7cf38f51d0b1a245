//! The name exists and has no address.
//!
//! # What breaks
//! Lookups of A and AAAA end without a record and without an error.
//!
//! # As in real life
//! Only the mail records of the name were kept when a zone was moved.
use rayfix_core::causes::dns_name_missing;

use super::Fault;
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &dns_name_missing::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.zone.a.clear();
    stage.zone.aaaa.clear();
}
