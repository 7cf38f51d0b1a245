//! A DNS record of a zone: what the edge dials, if it is proxied.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DnsRecord {
    /// 32 hexadecimal digits.
    pub id: String,
    /// `A`, `AAAA`, `CNAME` and others.
    #[serde(rename = "type")]
    pub kind: String,
    /// Lower case, no final dot; may begin with `*.`.
    pub name: String,
    /// An address, or a name.
    pub content: String,
    /// Whether visitors go through the edge.
    pub proxied: bool,
    /// When it was changed last.
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
