//! The origin drops connection attempts to port 443 only.
//!
//! # What breaks
//! Port 80 answers; SYNs to 443 are dropped. The zone is in mode full.
//!
//! # As in real life
//! The firewall was opened for http and nobody thought of https.
use rayfix_core::causes::net_origin_silent;
use rayfix_core::target::SslMode;

use super::Fault;
use crate::stage::{Reach, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &net_origin_silent::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.ssl_mode = SslMode::Full;
    stage.origin().tls.reach = Reach::Drops;
}
