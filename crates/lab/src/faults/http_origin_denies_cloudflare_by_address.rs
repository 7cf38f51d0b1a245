//! The origin forbids Cloudflare's addresses.
//!
//! # What breaks
//! Whoever comes from the edge's addresses gets 403; others get the page.
//!
//! # As in real life
//! A web application firewall on the origin that counts all visitors under the few addresses of the
//! edge.
use rayfix_core::causes::http_origin_denies_cloudflare;

use super::Fault;
use crate::stage::{Denial, Guard, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &http_origin_denies_cloudflare::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.guard(Guard::DeniesEdgeAddresses(Denial::Forbids));
}
