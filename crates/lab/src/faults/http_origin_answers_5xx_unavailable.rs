//! The app answers 503.
//!
//! # What breaks
//! The reply goes through the edge as it is.
//!
//! # As in real life
//! The site is in maintenance, or its pool of workers is used up.
use rayfix_core::causes::http_origin_answers_5xx;

use super::Fault;
use crate::origins::page::{Manners, Page};
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &http_origin_answers_5xx::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.answers(Manners::Answers(
        Page::html(503, "<h1>Down for maintenance</h1>").header("Retry-After", "600"),
    ));
}
