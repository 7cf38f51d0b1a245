//! The body is shorter than declared.
//!
//! # What breaks
//! Content-Length says 500; 20 bytes come, and the connection is closed in order.
//!
//! # As in real life
//! Characters were counted where bytes should have been, the other way round.
use rayfix_core::causes::http_length_wrong;

use super::Fault;
use crate::origins::page::{self, Manners};
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &http_length_wrong::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.answers(Manners::sends(
        [page::head(&["Content-Length: 500"]), b"<h1>Twelve teas</h1>".to_vec()].concat(),
    ));
}
