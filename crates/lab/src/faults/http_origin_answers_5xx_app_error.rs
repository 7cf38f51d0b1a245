//! The app answers 500.
//!
//! # What breaks
//! The reply goes through the edge as it is.
//!
//! # As in real life
//! An exception in the app.
use rayfix_core::causes::http_origin_answers_5xx;

use super::Fault;
use crate::origins::page::{Manners, Page};
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &http_origin_answers_5xx::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.answers(Manners::Answers(Page::html(
        500,
        "<h1>Whoops</h1><pre>NullPointerException</pre>",
    )));
}
