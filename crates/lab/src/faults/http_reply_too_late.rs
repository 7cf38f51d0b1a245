//! The origin takes the request and never answers.
//!
//! # What breaks
//! The request is read; nothing comes back.
//!
//! # As in real life
//! All workers wait for a database that is locked.
use rayfix_core::causes::http_reply_too_late;

use super::Fault;
use crate::origins::page::Manners;
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &http_reply_too_late::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.answers(Manners::sends_then_hangs(""));
}
