//! The record leads to the machine of before, which is switched off.
//!
//! # What breaks
//! The edge dials the old address and nothing answers: 522. The origin that is told answers on both
//! ports.
//!
//! # As in real life
//! The old machine was cancelled at its provider before the record was changed. It looks like a
//! firewall that keeps Cloudflare out.
use rayfix_core::causes::dns_record_not_this_host;

use super::Fault;
use crate::stage::{ORIGIN_OLD, Origin, Reach, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &dns_record_not_this_host::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.origin().recorded = false;
    let mut old = Origin::healthy(ORIGIN_OLD);
    old.told = false;
    old.plain.reach = Reach::Drops;
    old.tls.reach = Reach::Drops;
    stage.origins.push(old);
}
