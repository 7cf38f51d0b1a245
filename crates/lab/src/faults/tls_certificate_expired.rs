//! The origin's certificate ended three days ago.
//!
//! # What breaks
//! The leaf's last day has passed; names and chain are good. The zone is in mode strict.
//!
//! # As in real life
//! The renewal failed for weeks (port 80 no longer reaches the challenge), or the web server was
//! not reloaded after it.
use rayfix_core::causes::tls_certificate_expired;

use super::Fault;
use crate::pki::Certificate;
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &tls_certificate_expired::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.tls().certificate = Certificate::Expired { days_ago: 3 };
}
