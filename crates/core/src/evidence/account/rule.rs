//! Rules that change how the edge asks the origin: origin rules, configuration rules, page rules.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

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
    pub id: String,
    /// `route`, `set_config`.
    pub action: String,
    /// What it does.
    pub action_parameters: Map<String, Value>,
    /// Whom it is for, in Cloudflare's language.
    pub expression: String,
    /// Its owner's words.
    pub description: String,
    /// Whether it runs.
    pub enabled: bool,
}

/// A page rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PageRule {
    /// 32 hexadecimal digits.
    pub id: String,
    /// `active` or `disabled`.
    pub status: String,
    /// The higher, the earlier.
    pub priority: i64,
    /// URLs that it is for.
    pub targets: Vec<PageTarget>,
    /// What it does.
    pub actions: Vec<PageAction>,
}

/// URLs that a page rule is for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PageTarget {
    /// `matches` and its pattern.
    pub constraint: PageConstraint,
}

/// A pattern of URLs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PageConstraint {
    /// `matches`.
    pub operator: String,
    /// `*example.com/images/*`.
    pub value: String,
}

/// What a page rule does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PageAction {
    /// `ssl`, `resolve_override`, `host_header_override`.
    pub id: String,
    /// As the API has it.
    pub value: Value,
}
