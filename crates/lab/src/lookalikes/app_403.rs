//! The app forbids the page to everybody.
//!
//! # What it looks like
//! Every visit gets 403, through the edge and directly.
//!
//! # As in real life
//! A folder without an index page.
use super::Lookalike;
use crate::origins::page::{Manners, Page};
use crate::stage::Stage;

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &mut Stage) {
    stage.answers(Manners::Answers(Page::nginx(403)));
}
