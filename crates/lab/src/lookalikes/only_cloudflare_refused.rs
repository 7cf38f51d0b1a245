//! The origin refuses everybody but the edge.
//!
//! # What it looks like
//! Asked directly, the origin refuses; through the edge it works.
//!
//! # As in real life
//! The same with a firewall that rejects.
use super::Lookalike;
use crate::stage::{Reach, Stage};

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &mut Stage) {
    stage.reach(Reach::Refuses);
    stage.edge_reach(&[Reach::Accepts]);
}
