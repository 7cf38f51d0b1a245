//! A zone, as the account has it.

use serde::{Deserialize, Serialize};

use super::lenient;

/// A zone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ZoneSeen {
    /// 32 hexadecimal digits.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub id: String,
    /// `example.com`.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub name: String,
    /// `initializing`, `pending`, `active`, `moved`.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub status: String,
    /// Nothing of it is proxied.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub paused: bool,
    /// `full`, `partial`, `secondary`, `internal`.
    #[serde(rename = "type")]
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub kind: String,
    /// Whose it is.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub account: AccountOf,
    /// What is paid for.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub plan: Plan,
    /// Cloudflare's name servers for it.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub name_servers: Vec<String>,
}

/// The account of a zone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountOf {
    /// 32 hexadecimal digits.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub id: String,
    /// Its name.
    #[serde(deserialize_with = "lenient::without_mail")]
    pub name: String,
}

/// A plan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Plan {
    /// `free`, `pro`, `business`, `enterprise`.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub legacy_id: String,
}
