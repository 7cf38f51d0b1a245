//! The origin answers on IPv4 and drops IPv6.
//!
//! # What breaks
//! The zone has both records; about half of the visits fail with 522.
//!
//! # As in real life
//! The firewall has rules for IPv4, and drops everything on IPv6.
use rayfix_core::causes::net_one_family_closed;

use super::Fault;
use crate::stage::{ORIGIN_V6, Origin, Reach, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &net_one_family_closed::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    let mut v6 = Origin::healthy(ORIGIN_V6);
    v6.plain.reach = Reach::Drops;
    v6.tls.reach = Reach::Drops;
    stage.origins.push(v6);
}
