//! The reply is reset within its head.
//!
//! # What breaks
//! A status line and one header come; then the connection is reset.
//!
//! # As in real life
//! A proxy in front of the app gives up on it in the middle.
use rayfix_core::causes::http_reply_cut;

use super::Fault;
use crate::origins::page::Manners;
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &http_reply_cut::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.answers(Manners::sends_then_resets("HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\n"));
}
