//! A site behind a tunnel that works.
//!
//! # What it looks like
//! No address of the origin is known; every visit is served.
//!
//! # As in real life
//! What the docs advise instead of open ports.
use super::Lookalike;
use crate::stage::{Record, Stage};

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &mut Stage) {
    stage.edge.record = Record::Tunnel { connected: true };
    stage.origin().told = false;
}
