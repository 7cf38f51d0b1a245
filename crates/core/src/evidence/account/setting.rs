//! One setting of a zone.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::lenient;

/// A setting.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Setting {
    /// `ssl`.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub id: String,
    /// As the API has it.
    pub value: Value,
    /// Whether the plan allows to change it.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub editable: bool,
    /// When it was changed last; none: never.
    #[serde(deserialize_with = "lenient::moment")]
    pub modified_on: Option<Timestamp>,
    /// When Automatic SSL/TLS looks again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(deserialize_with = "lenient::moment")]
    pub next_scheduled_scan: Option<Timestamp>,
}

impl Setting {
    /// Its value, where it is a word.
    #[must_use]
    pub fn word(&self) -> Option<&str> {
        self.value.as_str()
    }
}
