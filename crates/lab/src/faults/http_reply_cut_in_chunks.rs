//! The body breaks off between two chunks.
//!
//! # What breaks
//! The head and one chunk come; then the connection is closed without the last chunk.
//!
//! # As in real life
//! A page that is made while it is sent, and a query that fails half-way.
use rayfix_core::causes::http_reply_cut;

use super::Fault;
use crate::origins::page::{self, Manners};
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &http_reply_cut::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    let mut bytes = page::head(&["Transfer-Encoding: chunked"]);
    bytes.extend(b"14\r\n<h1>Twelve teas</h1>\r\n");
    stage.answers(Manners::sends(bytes));
}
