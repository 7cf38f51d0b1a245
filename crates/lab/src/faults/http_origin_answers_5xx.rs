//! The proxy on the origin answers 502.
//!
//! # What breaks
//! nginx is up and says 502; the edge shows its own branded page for it.
//!
//! # As in real life
//! The app behind nginx is stopped. This is the commonest 502 of all.
use rayfix_core::causes::http_origin_answers_5xx;

use super::Fault;
use crate::origins::page::{Manners, Page};
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &http_origin_answers_5xx::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.answers(Manners::Answers(Page::nginx(502)));
}
