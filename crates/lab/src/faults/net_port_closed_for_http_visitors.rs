//! The site is asked for over http, and nothing listens on port 80.
//!
//! # What breaks
//! The URL in question is `http://`; in mode full the edge fetches it from port 80, which refuses.
//!
//! # As in real life
//! An old link or a health check uses http; the origin was set up for https only.
use rayfix_core::causes::net_port_closed;
use rayfix_core::target::SslMode;

use super::Fault;
use crate::stage::{Reach, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &net_port_closed::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.site = "http://shop.example.test/".to_owned();
    stage.ssl_mode = SslMode::Full;
    stage.origin().plain.reach = Reach::Refuses;
}
