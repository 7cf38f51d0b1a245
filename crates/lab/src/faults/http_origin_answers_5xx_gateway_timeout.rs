//! The proxy on the origin answers 504.
//!
//! # What breaks
//! nginx is up and says 504; the edge shows its own branded page for it.
//!
//! # As in real life
//! The app takes longer than nginx's 60 s.
use rayfix_core::causes::http_origin_answers_5xx;

use super::Fault;
use crate::origins::page::{Manners, Page};
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &http_origin_answers_5xx::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.answers(Manners::Answers(Page::nginx(504)));
}
