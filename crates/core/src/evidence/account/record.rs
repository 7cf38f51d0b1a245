//! A DNS record of a zone: what the edge dials, if it is proxied.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::lenient;

/// A record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DnsRecord {
    /// 32 hexadecimal digits.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub id: String,
    /// `A`, `AAAA`, `CNAME` and others.
    #[serde(rename = "type")]
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub kind: String,
    /// Lower case, no final dot; may begin with `*.`.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub name: String,
    /// An address, or a name.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub content: String,
    /// Whether visitors go through the edge.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub proxied: bool,
    /// When it was changed last.
    #[serde(deserialize_with = "lenient::moment")]
    pub modified_on: Option<Timestamp>,
}

impl DnsRecord {
    /// The tunnel that it leads to: the id in `<id>.cfargotunnel.com`.
    #[must_use]
    pub fn tunnel(&self) -> Option<&str> {
        if self.kind != "CNAME" {
            return None;
        }
        self.content.trim_end_matches('.').strip_suffix(".cfargotunnel.com")
    }
}
