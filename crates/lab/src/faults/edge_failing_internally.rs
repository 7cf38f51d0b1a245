//! The edge answers 500, and its own column is the red one.
//!
//! # What breaks
//! Every visit gets the branded 500 with the error in the column of Cloudflare.
//!
//! # As in real life
//! A fault within Cloudflare, or a Page Rule that cannot be carried out (error-500 page, read
//! 2026-07).
use rayfix_core::causes::edge_failing;

use super::Fault;
use crate::stage::{Own, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &edge_failing::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.edge.own = Own::FailsBranded;
}
