//! Certificates between edge and origin: those the edge shows, and the roots that it trusts.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::lenient;

/// Whether the edge shows origins a certificate (authenticated origin pulls).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OriginPulls {
    /// Whether; none: the host has no setting of its own.
    pub enabled: Option<bool>,
    /// `active`, `pending_deployment` and others, of a host's own certificate.
    pub cert_status: Option<String>,
    /// Until when it is good.
    #[serde(deserialize_with = "lenient::moment")]
    pub expires_on: Option<Timestamp>,
}

/// A root of the zone's own, for certificates of origins.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrustStoreCertificate {
    /// Its id.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub id: String,
    /// PEM.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub certificate: String,
    /// `active` and others.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub status: String,
    /// Until when it is good.
    #[serde(deserialize_with = "lenient::moment")]
    pub expires_on: Option<Timestamp>,
}
