//! The origin answers after the edge has given up.
//!
//! # What breaks
//! The reply is in order and comes later than the edge waits.
//!
//! # As in real life
//! A report that takes three minutes to make.
use std::time::Duration;

use rayfix_core::causes::http_reply_too_late;

use super::Fault;
use crate::origins::page::{Manners, Page};
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &http_reply_too_late::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    let late = stage.timeouts.read + Duration::from_millis(900);
    stage.answers(Manners::Answers(Page::shop().after(late)));
}
