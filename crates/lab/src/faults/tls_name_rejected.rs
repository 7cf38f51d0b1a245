//! The origin has no site for the name.
//!
//! # What breaks
//! A hello with the site's name gets alert 112; other names are served.
//!
//! # As in real life
//! nginx with `ssl_reject_handshake on` in its default server, and a slip in `server_name`.
use rayfix_core::causes::tls_name_rejected;

use super::Fault;
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &tls_name_rejected::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.tls().names = Some(vec!["www.shop.example.test".to_owned()]);
}
