//! Of two records, one leads to the machine of before.
//!
//! # What breaks
//! The edge dials both addresses in turn: one serves, the other refuses. Every other visit gets 521.
//!
//! # As in real life
//! A second record was left over, and Cloudflare uses all of them.
use rayfix_core::causes::dns_record_not_this_host;

use super::Fault;
use crate::stage::{ORIGIN_OLD, Origin, Reach, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &dns_record_not_this_host::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    let mut old = Origin::healthy(ORIGIN_OLD);
    old.told = false;
    old.plain.reach = Reach::Refuses;
    old.tls.reach = Reach::Refuses;
    stage.origins.push(old);
}
