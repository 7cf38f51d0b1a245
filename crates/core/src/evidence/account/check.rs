//! Health checks of a zone: what Cloudflare itself sees of an origin.

use serde::{Deserialize, Serialize};

use super::lenient;

/// A health check.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HealthCheck {
    /// 32 hexadecimal digits.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub id: String,
    /// Its name.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub name: String,
    /// An address, or a name.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub address: String,
    /// `HTTP`, `HTTPS`, `TCP`.
    #[serde(rename = "type")]
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub kind: String,
    /// `unknown`, `healthy`, `unhealthy`, `suspended`.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub status: String,
    /// `TCP connection failed`, `TLS untrusted certificate` and others; empty while healthy.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub failure_reason: String,
    /// Whether it rests.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub suspended: bool,
}
