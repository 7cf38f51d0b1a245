//! The app has no such page.
//!
//! # What it looks like
//! Every visit gets 404 from the app.
//!
//! # As in real life
//! A slip in the URL.
use super::Lookalike;
use crate::origins::page::{Manners, Page};
use crate::stage::Stage;

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &mut Stage) {
    stage.answers(Manners::Answers(Page::nginx(404)));
}
