//! A header's value holds a NUL.
//!
//! # What breaks
//! One value of the head has a byte of value zero in it.
//!
//! # As in real life
//! A cookie that is cut out of binary data.
use rayfix_core::causes::http_reply_malformed;

use super::Fault;
use crate::origins::page::{self, Manners};
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &http_reply_malformed::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.answers(Manners::sends(
        [page::head(&["Content-Length: 2", "X-Session: a\0b"]), b"hi".to_vec()].concat(),
    ));
}
