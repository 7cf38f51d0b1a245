//! One header of the reply has 150 KiB.
//!
//! # What breaks
//! A single value is larger than all headers may be together.
//!
//! # As in real life
//! A content security policy, or a debug header, that is put together from a table.
use rayfix_core::causes::http_headers_too_large;

use super::Fault;
use crate::origins::page::{Manners, Page};
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &http_headers_too_large::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    let policy = "https://cdn.example.test ".repeat(6144);
    stage.answers(Manners::Answers(Page::shop().header("Content-Security-Policy", &policy)));
}
