//! The name leads straight to an origin whose certificate only the edge accepts.
//!
//! # What breaks
//! The record is not proxied, so visitors reach the origin itself. Its certificate is from nobody
//! that browsers trust; the zone is in mode full, where the edge would take it.
//!
//! # As in real life
//! Somebody switched the proxy off (the cloud grey) to look for a fault, and the origin has a
//! certificate that was made for Cloudflare alone.
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
}
