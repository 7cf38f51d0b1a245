//! The origin answers on IPv4 and refuses on IPv6.
//!
//! # What breaks
//! The zone has both records; the edge uses them in turn, so about half of the visits fail with
//! 521.
//!
//! # As in real life
//! The web server listens on 0.0.0.0 and not on `[::]`, and an AAAA record was added.
use rayfix_core::causes::net_one_family_closed;

use super::Fault;
use crate::stage::{ORIGIN_V6, Origin, Reach, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &net_one_family_closed::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    let mut v6 = Origin::healthy(ORIGIN_V6);
    v6.plain.reach = Reach::Refuses;
    v6.tls.reach = Reach::Refuses;
    stage.origins.push(v6);
}
