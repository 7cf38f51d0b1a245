//! What the API tells of certificates that are uploaded, read from their PEM.

use jiff::Timestamp;
use serde_json::{Value, json};
use x509_parser::pem::parse_x509_pem;

use crate::api::asked::time;

/// Issuer, expiry, serial and signature of a certificate as the API tells them; none: it cannot be read.
pub(super) fn certificate(text: &str) -> Option<Value> {
    let (_, pem) = parse_x509_pem(text.as_bytes()).ok()?;
    let certificate = pem.parse_x509().ok()?;
    let until = Timestamp::from_second(certificate.validity().not_after.timestamp()).ok()?;
    let oid = certificate.signature_algorithm.algorithm.to_id_string();
    let signature = match oid.as_str() {
        "1.2.840.113549.1.1.11" => "SHA256WithRSA",
        "1.2.840.10045.4.3.2" => "ECDSAWithSHA256",
        _ => "Other",
    };
    Some(json!({
        "certificate": text, "issuer": certificate.issuer().to_string(), "signature": signature,
        "serial_number": certificate.tbs_certificate.serial.to_string(), "expires_on": time(until),
    }))
}

/// Whether it looks like a private key.
pub(super) fn is_key(text: &str) -> bool {
    text.trim_start().starts_with("-----BEGIN") && text.contains("PRIVATE KEY-----")
}
