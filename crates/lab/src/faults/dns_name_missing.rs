//! The name does not exist in DNS.
//!
//! # What breaks
//! Lookups of the name end with NXDOMAIN.
//!
//! # As in real life
//! The record was deleted, or the domain has run out, or the name servers at the registrar are not
//! Cloudflare's.
use rayfix_core::causes::dns_name_missing;

use super::Fault;
use crate::stage::{Stage, ZoneAnswers};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &dns_name_missing::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.zone.answers = ZoneAnswers::NoName;
}
