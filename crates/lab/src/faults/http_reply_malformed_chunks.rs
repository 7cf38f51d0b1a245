//! The chunks are not written as they must be.
//!
//! # What breaks
//! Transfer-Encoding says chunks; what follows is the body as it is.
//!
//! # As in real life
//! A header set by hand in a script.
use rayfix_core::causes::http_reply_malformed;

use super::Fault;
use crate::origins::page::{self, Manners};
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &http_reply_malformed::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.answers(Manners::sends(
        [page::head(&["Transfer-Encoding: chunked"]), b"<h1>Twelve teas</h1>".to_vec()].concat(),
    ));
}
