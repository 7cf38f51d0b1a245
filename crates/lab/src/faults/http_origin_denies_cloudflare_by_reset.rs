//! The origin resets requests that carry Cloudflare's headers.
//!
//! # What breaks
//! Plain requests get the page; requests with CF headers are reset.
//!
//! # As in real life
//! A filter in front of the app that drops what it takes for an attack.
use rayfix_core::causes::http_origin_denies_cloudflare;

use super::Fault;
use crate::stage::{Denial, Guard, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &http_origin_denies_cloudflare::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.guard(Guard::DeniesEdgeHeaders(Denial::Resets));
}
