//! The edge has no zone for the name.
//!
//! # What breaks
//! The name leads to Cloudflare, and every visit gets 1001.
//!
//! # As in real life
//! A name of another domain is a CNAME to a site behind Cloudflare, without Cloudflare for SaaS.
use rayfix_core::causes::edge_name_unknown;

use super::Fault;
use crate::stage::{Own, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &edge_name_unknown::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.edge.own = Own::Numbered(1001);
}
