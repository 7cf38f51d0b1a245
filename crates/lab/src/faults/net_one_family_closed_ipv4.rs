//! The origin answers on IPv6 and refuses on IPv4.
//!
//! # What breaks
//! The zone has both records; about half of the visits fail with 521.
//!
//! # As in real life
//! The web server was told to listen on `[::]` with `ipv6only=on`.
use rayfix_core::causes::net_one_family_closed;

use super::Fault;
use crate::stage::{ORIGIN_V6, Origin, Reach, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &net_one_family_closed::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.reach(Reach::Refuses);
    stage.origins.push(Origin::healthy(ORIGIN_V6));
}
