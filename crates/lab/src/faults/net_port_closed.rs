//! Nothing listens on the origin's ports.
//!
//! # What breaks
//! The origin refuses connections on 80 and 443.
//!
//! # As in real life
//! The web server is stopped, or was never started after a reboot.
use rayfix_core::causes::net_port_closed;

use super::Fault;
use crate::stage::{Reach, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &net_port_closed::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.reach(Reach::Refuses);
}
