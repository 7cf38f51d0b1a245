//! The origin resets the connection instead of answering.
//!
//! # What breaks
//! The request is read and answered with a reset.
//!
//! # As in real life
//! The app is killed in the middle of every request, or a device on the way cuts in.
use rayfix_core::causes::http_reply_empty;

use super::Fault;
use crate::origins::page::Manners;
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &http_reply_empty::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.answers(Manners::sends_then_resets(""));
}
