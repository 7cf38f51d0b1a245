//! The record leads to the machine of before, where nothing listens any more.
//!
//! # What breaks
//! The edge dials the old address and is refused: 521. The origin that is told answers on both ports.
//!
//! # As in real life
//! A move to another host: the new machine is up, the old one was emptied, and the record was
//! forgotten.
use rayfix_core::causes::dns_record_not_this_host;

use super::Fault;
use crate::stage::{ORIGIN_OLD, Origin, Reach, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &dns_record_not_this_host::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.origin().recorded = false;
    let mut old = Origin::healthy(ORIGIN_OLD);
    old.told = false;
    old.plain.reach = Reach::Refuses;
    old.tls.reach = Reach::Refuses;
    stage.origins.push(old);
}
