//! The reply declares two lengths.
//!
//! # What breaks
//! Two Content-Length headers that differ.
//!
//! # As in real life
//! The app and the proxy before it both count, the one before and the other after compression.
use rayfix_core::causes::http_length_wrong;

use super::Fault;
use crate::origins::page::{self, Manners};
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &http_length_wrong::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.answers(Manners::sends(
        [page::head(&["Content-Length: 5", "Content-Length: 9"]), b"hello".to_vec()].concat(),
    ));
}
