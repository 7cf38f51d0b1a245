//! A header's name has a space in it.
//!
//! # What breaks
//! One line of the head is `X Powered By: tea`.
//!
//! # As in real life
//! A module that adds headers from a setting, unchecked.
use rayfix_core::causes::http_reply_malformed;

use super::Fault;
use crate::origins::page::{self, Manners};
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &http_reply_malformed::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.answers(Manners::sends(
        [page::head(&["Content-Length: 2", "X Powered By: tea"]), b"hi".to_vec()].concat(),
    ));
}
