//! The body says that it is gzip and is damaged.
//!
//! # What breaks
//! The checksum at the end of the compressed body is wrong.
//!
//! # As in real life
//! A cache on the origin kept half of a file (error-502-504 page, read 2026-07: corrupt gzip).
use rayfix_core::causes::http_length_wrong;

use super::Fault;
use crate::origins::page::{self, Manners, Page};
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &http_length_wrong::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    let mut packed = page::gzip(&Page::shop().body);
    let at = packed.len() - 6;
    packed[at] ^= 0xff;
    let length = format!("Content-Length: {}", packed.len());
    let head = page::head(&["Content-Encoding: gzip", &length]);
    stage.answers(Manners::sends([head, packed].concat()));
}
