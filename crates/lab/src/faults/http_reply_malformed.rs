//! What comes back is no HTTP at all.
//!
//! # What breaks
//! The request is answered with bytes of another protocol.
//!
//! # As in real life
//! A database or a queue listens where the web server should.
use rayfix_core::causes::http_reply_malformed;

use super::Fault;
use crate::origins::page::Manners;
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &http_reply_malformed::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.answers(Manners::sends(
        b"\x4a\x00\x00\x00\x0a8.0.36\x00\x0b\x00\x00\x00rubbish\r\n\r\n".to_vec(),
    ));
}
