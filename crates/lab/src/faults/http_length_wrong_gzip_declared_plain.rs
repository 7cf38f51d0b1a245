//! The body is compressed, and its length is that of the plain one.
//!
//! # What breaks
//! Content-Length says what the body had before it was compressed, so the body ends too early.
//!
//! # As in real life
//! A module compresses after the app has set the length (error-502-504 page, read 2026-07: origin
//! with wrong length of gzip).
use rayfix_core::causes::http_length_wrong;

use super::Fault;
use crate::origins::page::{self, Manners, Page};
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &http_length_wrong::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    let plain = Page::shop().body;
    let packed = page::gzip(&plain);
    let length = format!("Content-Length: {}", packed.len() + 60);
    let head = page::head(&["Content-Encoding: gzip", &length]);
    stage.answers(Manners::sends([head, packed].concat()));
}
