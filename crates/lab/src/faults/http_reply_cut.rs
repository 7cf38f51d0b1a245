//! The reply breaks off within its head.
//!
//! # What breaks
//! A status line and one header come; then the connection is closed.
//!
//! # As in real life
//! The app dies while it writes, every time.
use rayfix_core::causes::http_reply_cut;

use super::Fault;
use crate::origins::page::Manners;
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &http_reply_cut::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.answers(Manners::sends("HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nContent-Ty"));
}
