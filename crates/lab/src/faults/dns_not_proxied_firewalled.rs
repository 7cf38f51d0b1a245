//! The name leads straight to an origin that lets in only Cloudflare.
//!
//! # What breaks
//! The record is not proxied, so visitors reach the origin itself, which drops everybody but the
//! edge.
//!
//! # As in real life
//! The firewall was locked down to Cloudflare's ranges, as is advised; later the proxy was switched
//! off for a test.
use rayfix_core::causes::dns_not_proxied;

use super::Fault;
use crate::stage::{Reach, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &dns_not_proxied::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.reach(Reach::Drops);
    stage.edge_reach(&[Reach::Accepts]);
    stage.not_proxied();
}
