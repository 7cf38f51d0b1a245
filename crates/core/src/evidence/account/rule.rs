//! Rules that change how the edge asks the origin: origin rules, configuration rules, page rules.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::lenient;

/// A phase of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RulesPhase {
    /// Host, SNI, port and address towards the origin.
    HttpRequestOrigin,
    /// Settings for some hosts, among them the SSL mode.
    HttpConfigSettings,
}

impl RulesPhase {
    /// The API's word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            RulesPhase::HttpRequestOrigin => "http_request_origin",
            RulesPhase::HttpConfigSettings => "http_config_settings",
        }
    }

    /// The permission to read it.
    #[must_use]
    pub fn permission(self) -> &'static str {
        match self {
            RulesPhase::HttpRequestOrigin => "Origin Rules Read",
            RulesPhase::HttpConfigSettings => "Config Rules Read",
        }
    }
}

/// A rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rule {
    /// 32 hexadecimal digits.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub id: String,
    /// `route`, `set_config`.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub action: String,
    /// What it does.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub action_parameters: Map<String, Value>,
    /// Whom it is for, in Cloudflare's language.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub expression: String,
    /// Its owner's words.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub description: String,
    /// Whether it runs.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub enabled: bool,
}

/// A page rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PageRule {
    /// 32 hexadecimal digits.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub id: String,
    /// `active` or `disabled`.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub status: String,
    /// The higher, the earlier.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub priority: i64,
    /// URLs that it is for.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub targets: Vec<PageTarget>,
    /// What it does.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub actions: Vec<PageAction>,
}

/// URLs that a page rule is for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PageTarget {
    /// `matches` and its pattern.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub constraint: PageConstraint,
}

/// A pattern of URLs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PageConstraint {
    /// `matches`.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub operator: String,
    /// `*example.com/images/*`.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub value: String,
}

/// What a page rule does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PageAction {
    /// `ssl`, `resolve_override`, `host_header_override`.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub id: String,
    /// As the API has it.
    pub value: Value,
}
