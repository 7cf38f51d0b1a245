//! The plain port accepts and closes, in mode flexible.
//!
//! # What breaks
//! Port 80 reads the request and closes; port 443 works. The edge fetches from port 80.
//!
//! # As in real life
//! Another service than the web server listens on port 80.
use rayfix_core::causes::http_reply_empty;
use rayfix_core::target::SslMode;

use super::Fault;
use crate::origins::page::Manners;
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &http_reply_empty::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.ssl_mode = SslMode::Flexible;
    stage.origin().plain.manners = Manners::sends("");
}
