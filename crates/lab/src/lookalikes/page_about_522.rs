//! A missing page whose text is that of an edge's error.
//!
//! # What it looks like
//! Status 404 from the app, with the body `error code: 522`.
//!
//! # As in real life
//! A test page that somebody forgot.
use super::Lookalike;
use crate::origins::page::{Manners, Page};
use crate::stage::Stage;

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &mut Stage) {
    stage.answers(Manners::Answers(Page::html(404, "error code: 522")));
}
