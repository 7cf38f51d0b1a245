//! Health checks of a zone: what Cloudflare itself sees of an origin.

use serde::{Deserialize, Serialize};

/// A health check.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HealthCheck {
    /// 32 hexadecimal digits.
    pub id: String,
    /// Its name.
    pub name: String,
    /// An address, or a name.
    pub address: String,
    /// `HTTP`, `HTTPS`, `TCP`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `unknown`, `healthy`, `unhealthy`, `suspended`.
    pub status: String,
    /// `TCP connection failed`, `TLS untrusted certificate` and others; empty while healthy.
    pub failure_reason: String,
    /// Whether it rests.
    pub suspended: bool,
}
