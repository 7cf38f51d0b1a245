//! The head of the reply has 200 KiB.
//!
//! # What breaks
//! Two hundred headers of 1 KiB each; the edge takes 128 KB in all.
//!
//! # As in real life
//! Every request of a session adds a cookie, and none is ever taken away.
use rayfix_core::causes::http_headers_too_large;

use super::Fault;
use crate::origins::page::{Manners, Page};
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &http_headers_too_large::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    let mut page = Page::shop();
    for number in 0..200 {
        page = page.header("Set-Cookie", &format!("step{number}={}; Path=/", "x".repeat(1000)));
    }
    stage.answers(Manners::Answers(page));
}
