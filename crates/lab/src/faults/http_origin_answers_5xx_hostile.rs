//! The origin answers 500 with a page of escape sequences and markup.
//!
//! # What breaks
//! Headers and body hold what would change a terminal or run in a page, if it were shown as it is.
//!
//! # As in real life
//! A site that was broken into, or a log that is printed into the page.
use rayfix_core::causes::http_origin_answers_5xx;

use super::Fault;
use crate::origins::page::{Manners, Page};
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &http_origin_answers_5xx::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    let body = "<script>alert('tea')</script>\u{1b}[2J\u{1b}]0;owned\u{7}\u{202e}<img src=x onerror=alert(1)>\n".repeat(40);
    let page = Page::html(500, body).header("X-Note", "<b>bold</b>\u{9b}31m");
    stage.answers(Manners::Answers(page));
}
