//! A tunnel with two of its four connections, which serves.
//!
//! # What it looks like
//! The account calls the tunnel degraded; every visit is served.
//!
//! # As in real life
//! A connection is being made anew, or a firewall lets out to one region only.
use super::Lookalike;
use crate::account::TunnelState;
use crate::stage::{Record, Stage};

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &mut Stage) {
    stage.edge.record = Record::Tunnel { connected: true };
    stage.origin().told = false;
    stage.account.tunnel = Some(TunnelState::Degraded);
}
