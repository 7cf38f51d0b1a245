//! The status line has no status.
//!
//! # What breaks
//! The reply begins with `HTTP/1.1 OK`; the rest is in order.
//!
//! # As in real life
//! A script that writes its own head.
use rayfix_core::causes::http_reply_malformed;

use super::Fault;
use crate::origins::page::Manners;
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &http_reply_malformed::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.answers(Manners::sends("HTTP/1.1 OK\r\nContent-Length: 2\r\n\r\nhi"));
}
