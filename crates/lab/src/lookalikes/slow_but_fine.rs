//! The app takes its time.
//!
//! # What it looks like
//! Every reply takes most of the time that the edge waits.
//!
//! # As in real life
//! A site without a cache on a Monday morning.
use super::Lookalike;
use crate::origins::page::{Manners, Page};
use crate::stage::Stage;

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &mut Stage) {
    stage.answers(Manners::Answers(Page::shop().after(stage.timeouts.read / 2)));
}
