//! The plain port speaks TLS, in mode flexible.
//!
//! # What breaks
//! A plain request on port 80 is answered with a TLS alert.
//!
//! # As in real life
//! Port 80 was forwarded to the container's port 443.
use rayfix_core::causes::http_reply_malformed;
use rayfix_core::target::SslMode;

use super::Fault;
use crate::origins::hello;
use crate::origins::page::Manners;
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &http_reply_malformed::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.ssl_mode = SslMode::Flexible;
    stage.origin().plain.manners = Manners::sends(hello::alert(70));
}
