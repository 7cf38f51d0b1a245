//! Mode off, and an origin that sends http to https.
//!
//! # What breaks
//! The edge sends https visitors to http; the origin sends them back.
//!
//! # As in real life
//! Encryption was switched off to get rid of a 526; the site itself insists on https.
use rayfix_core::causes::edge_redirect_loop;
use rayfix_core::target::SslMode;

use super::Fault;
use crate::origins::page::{Manners, To};
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &edge_redirect_loop::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.ssl_mode = SslMode::Off;
    stage.origin().plain.manners = Manners::Redirects(To::Https);
}
