//! A zone, as the account has it.

use serde::{Deserialize, Serialize};

/// A zone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ZoneSeen {
    /// 32 hexadecimal digits.
    pub id: String,
    /// `example.com`.
    pub name: String,
    /// `initializing`, `pending`, `active`, `moved`.
    pub status: String,
    /// Nothing of it is proxied.
    pub paused: bool,
    /// `full`, `partial`, `secondary`, `internal`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whose it is.
    pub account: AccountOf,
    /// What is paid for.
    pub plan: Plan,
    /// Cloudflare's name servers for it.
    pub name_servers: Vec<String>,
}

/// The account of a zone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountOf {
    /// 32 hexadecimal digits.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A plan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Plan {
    /// `free`, `pro`, `business`, `enterprise`.
    pub legacy_id: String,
}
