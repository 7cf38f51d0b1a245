//! Nothing listens on port 443, which mode full uses.
//!
//! # What breaks
//! Port 80 answers as it should; port 443 refuses, and the edge fetches from there.
//!
//! # As in real life
//! The zone was switched from flexible to full, and the origin never spoke TLS.
use rayfix_core::causes::net_port_closed;
use rayfix_core::target::SslMode;

use super::Fault;
use crate::stage::{Reach, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &net_port_closed::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.ssl_mode = SslMode::Full;
    stage.origin().tls.reach = Reach::Refuses;
}
