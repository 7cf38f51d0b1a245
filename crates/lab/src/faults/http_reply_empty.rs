//! The origin closes the connection instead of answering.
//!
//! # What breaks
//! The request is read and answered with the end of the connection.
//!
//! # As in real life
//! A worker process dies on every request; or nginx with `return 444`.
use rayfix_core::causes::http_reply_empty;

use super::Fault;
use crate::origins::page::Manners;
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &http_reply_empty::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.answers(Manners::sends(""));
}
