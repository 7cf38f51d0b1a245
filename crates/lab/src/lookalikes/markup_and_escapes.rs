//! A page of escape sequences and scripts.
//!
//! # What it looks like
//! Status 200, with what would change a terminal or run in a page.
//!
//! # As in real life
//! A site about terminals.
use super::Lookalike;
use crate::origins::page::{Manners, Page};
use crate::stage::Stage;

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &mut Stage) {
    let body = "<script>alert(1)</script>\u{1b}[31mred\u{1b}[0m\u{7}\u{202e}".repeat(50);
    stage.answers(Manners::Answers(Page::html(200, body).header("X-Note", "\u{9b}31m<script>")));
}
