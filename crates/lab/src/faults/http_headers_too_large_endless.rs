//! The head of the reply has no end.
//!
//! # What breaks
//! Header lines come one after the other, as long as anybody reads.
//!
//! # As in real life
//! A loop in the code that writes headers.
use rayfix_core::causes::http_headers_too_large;

use super::Fault;
use crate::origins::page::Manners;
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &http_headers_too_large::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.answers(Manners::EndlessHead);
}
