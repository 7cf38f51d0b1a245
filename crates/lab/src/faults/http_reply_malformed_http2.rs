//! The origin speaks HTTP/2 unasked.
//!
//! # What breaks
//! A request of HTTP/1.1 is answered with the frames that open an HTTP/2 connection.
//!
//! # As in real life
//! A gRPC service, or a proxy that expects HTTP/2 with prior knowledge.
use rayfix_core::causes::http_reply_malformed;

use super::Fault;
use crate::origins::page::Manners;
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &http_reply_malformed::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    // SETTINGS without parameters, then GOAWAY with PROTOCOL_ERROR (RFC 9113, 6.5 and 6.8).
    let settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    let goaway = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    stage.answers(Manners::sends([&settings[..], &goaway[..]].concat()));
}
