//! A body without end.
//!
//! # What it looks like
//! The reply begins in order and goes on as long as anybody reads.
//!
//! # As in real life
//! A radio, or a stream of events.
use super::Lookalike;
use crate::origins::page::Manners;
use crate::stage::Stage;

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &mut Stage) {
    stage.answers(Manners::EndlessBody);
}
