//! Certificates between edge and origin.

use serde_json::{Value, json};

use super::super::call::{Call, Method};
use super::{delete, get, of_zone, part, send};

/// Whether the edge shows the zone's origins a certificate.
#[must_use]
pub fn origin_pulls(zone: &str) -> Call {
    get(of_zone(zone, &["origin_tls_client_auth", "settings"]), READ)
}

/// Lets the edge show one, or not.
#[must_use]
pub fn set_origin_pulls(zone: &str, enabled: bool) -> Call {
    let path = of_zone(zone, &["origin_tls_client_auth", "settings"]);
    send(Method::Put, path, WRITE, json!({ "enabled": enabled }))
}

/// The same of one host, where it has a setting of its own.
#[must_use]
pub fn origin_pulls_of_host(zone: &str, host: &str) -> Call {
    get(of_zone(zone, &["origin_tls_client_auth", "hostnames", host]), READ)
}

/// Roots that the zone trusts at origins instead of the public ones.
#[must_use]
pub fn trust_store(zone: &str) -> Call {
    get(of_zone(zone, &["acm", "custom_trust_store"]), READ)
}

/// Origin CA certificates of a zone.
#[must_use]
pub fn certificates(zone: &str) -> Call {
    get("/certificates".to_owned(), READ).with("zone_id", zone)
}

/// Has a request signed by the Origin CA. `kind`: `origin-rsa`, `origin-ecc`; `days`: 7, 30, 90, 365, 730,
/// 1095, 5475.
#[must_use]
pub fn create_certificate(csr: &str, hostnames: &[String], kind: &str, days: u16) -> Call {
    let body: Value = json!({
        "csr": csr, "hostnames": hostnames, "request_type": kind, "requested_validity": days,
    });
    send(Method::Post, "/certificates".to_owned(), WRITE, body)
}

/// Revokes an Origin CA certificate, at once and for good.
#[must_use]
pub fn revoke_certificate(certificate: &str) -> Call {
    delete(format!("/certificates/{}", part(certificate)), WRITE)
}

const READ: &str = "SSL and Certificates Read";
const WRITE: &str = "SSL and Certificates Write";
