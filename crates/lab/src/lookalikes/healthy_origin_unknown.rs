//! A site that works, of which nobody knows the origin.
//!
//! # What it looks like
//! No address of the origin is told.
//!
//! # As in real life
//! Somebody else's site.
use super::Lookalike;
use crate::stage::Stage;

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &mut Stage) {
    stage.origin().told = false;
}
