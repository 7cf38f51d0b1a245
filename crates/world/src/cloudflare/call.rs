//! One call to the API: what it does, where, with what, and the permission that it needs.

use serde_json::Value;

/// What a call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates.
    Post,
    /// Replaces.
    Put,
    /// Changes.
    Patch,
    /// Takes away.
    Delete,
}

/// One call: a path below the base, its query, and the permission that it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// What it does.
    pub method: Method,
    /// `/zones/0123…/settings/ssl`; each part already fit for a path.
    pub path: String,
    /// Names and values.
    pub query: Vec<(String, String)>,
    /// What it sends.
    pub body: Option<Value>,
    /// The permission that the token needs for it, as the dashboard names it.
    pub permission: Option<&'static str>,
}

impl Call {
    /// A call without query and body.
    #[must_use]
    pub fn new(method: Method, path: String, permission: Option<&'static str>) -> Call {
        Call { method, path, query: Vec::new(), body: None, permission }
    }

    /// The same with one more name and value in its query.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Call {
        self.query.push((name.to_owned(), value.into()));
        self
    }

    /// The same with something to send.
    #[must_use]
    pub fn sending(mut self, body: Value) -> Call {
        self.body = Some(body);
        self
    }
}
