//! A firewall refuses the edge and lets others in.
//!
//! # What breaks
//! The origin answers when asked directly; connections from the edge are reset.
//!
//! # As in real life
//! A firewall that rejects instead of dropping (ufw reject, fail2ban with its reject action).
use rayfix_core::causes::net_firewall_blocks_cloudflare;

use super::Fault;
use crate::stage::{Reach, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &net_firewall_blocks_cloudflare::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.edge_reach(&[Reach::Refuses]);
}
