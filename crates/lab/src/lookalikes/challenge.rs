//! The edge asks visitors to prove that they are human.
//!
//! # What it looks like
//! Every visit gets 403 with a challenge page.
//!
//! # As in real life
//! A zone in `I'm Under Attack` mode.
use super::Lookalike;
use crate::stage::{Own, Stage};

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &mut Stage) {
    stage.edge.own = Own::Challenges;
}
