//! The whole zone is paused, and visitors meet a certificate that only the edge accepts.
//!
//! # What breaks
//! Every name leads straight to its origin, although the records are proxied. The certificate is from
//! nobody that browsers trust.
//!
//! # As in real life
//! Cloudflare was paused on the zone's overview page to look for a fault, and nobody took it back.
use rayfix_core::causes::dns_not_proxied;
use rayfix_core::target::SslMode;

use super::Fault;
use crate::pki::Certificate;
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &dns_not_proxied::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.ssl_mode = SslMode::Full;
    stage.tls().certificate = Certificate::PrivateAuthority;
    stage.not_proxied();
    stage.account.paused = true;
}
