//! Nothing listens on port 80, which mode flexible uses.
//!
//! # What breaks
//! Port 443 answers as it should; port 80 refuses, and the edge fetches from there.
//!
//! # As in real life
//! The plain port was closed for security while the zone was still in mode flexible.
use rayfix_core::causes::net_port_closed;
use rayfix_core::target::SslMode;

use super::Fault;
use crate::stage::{Reach, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &net_port_closed::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.ssl_mode = SslMode::Flexible;
    stage.origin().plain.reach = Reach::Refuses;
}
