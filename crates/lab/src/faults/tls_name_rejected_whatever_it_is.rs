//! The origin refuses every name.
//!
//! # What breaks
//! Every hello gets alert 112.
//!
//! # As in real life
//! Only the default server with `ssl_reject_handshake on` is left: the site's own file was not
//! loaded.
use rayfix_core::causes::tls_name_rejected;

use super::Fault;
use crate::stage::{Opening, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &tls_name_rejected::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.origin().tls.opening = Opening::Alerts(112);
}
