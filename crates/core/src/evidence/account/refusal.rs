//! How the API refuses, each way told apart: what to do about them differs.
//!
//! Judged by the HTTP status first, then by the code: code 10000 is "Authentication error" in one answer and
//! "This API Token is valid" in another.

use serde::{Deserialize, Serialize};

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiRefusal {
    /// Which.
    pub kind: RefusalKind,
    /// The HTTP status; none where no answer came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What the API said, the first error first; at most 8, messages at most 200 characters.
    #[serde(default)]
    pub errors: Vec<ApiError>,
    /// The answer's `cf-ray`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ray: Option<String>,
    /// The permission that would allow it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission: Option<String>,
    /// After how many seconds it may be asked again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u64>,
    /// What else is to be said, such as why no connection came about; a fragment.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
}

impl ApiRefusal {
    /// A refusal of which nothing else is known.
    #[must_use]
    pub fn of(kind: RefusalKind) -> ApiRefusal {
        ApiRefusal {
            kind,
            status: None,
            errors: Vec::new(),
            ray: None,
            permission: None,
            retry_after_s: None,
            why: String::new(),
        }
    }
}

/// One error of the envelope.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ApiError {
    /// Its number; codes exceed 65535. Some have none.
    pub code: Option<i64>,
    /// Its words.
    pub message: String,
}

/// The kinds of refusals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefusalKind {
    /// No credentials came with the question (9106).
    NoToken,
    /// The token is not of a token's form (6003).
    MalformedToken,
    /// Nobody knows this token (1000, 9109 "Invalid access token").
    UnknownToken,
    /// The token was disabled, or its time is over.
    EndedToken,
    /// The token is good, and may not do this (9109 "Unauthorized", 10000).
    OutOfScope,
    /// What stands for an id is none (7003).
    WrongId,
    /// There is no such thing (404, 81044, 10003).
    NotFound,
    /// It collides with what is there (409, 8105x).
    Conflict,
    /// The API does not take what was sent (other 4xx).
    Invalid,
    /// Too many questions (429).
    Limited,
    /// The API fails (5xx, or a page instead of an answer).
    Down,
    /// No answer came at all.
    Unreached,
    /// An answer came that is not the API's.
    Unreadable,
}
