//! A compressed body in chunks.
//!
//! # What it looks like
//! The reply has no length, and its body is not text.
//!
//! # As in real life
//! Most sites.
use super::Lookalike;
use crate::origins::page::{Framing, Manners, Page};
use crate::stage::Stage;

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &mut Stage) {
    stage.answers(Manners::Answers(Page::shop().gzipped().framed(Framing::Chunks)));
}
