//! The origin drops everybody but the edge.
//!
//! # What it looks like
//! Asked directly, the origin is silent; through the edge it works.
//!
//! # As in real life
//! A firewall that follows Cloudflare's ranges, as is advised.
use super::Lookalike;
use crate::stage::{Reach, Stage};

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &mut Stage) {
    stage.reach(Reach::Drops);
    stage.edge_reach(&[Reach::Accepts]);
}
