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
    /// The API fails (5xx, an edge's page among them).
    Down,
    /// No answer came, or not the whole of it.
    Unreached,
    /// An answer came that is not the API's: a page of somebody in between, a redirect, another service.
    Unreadable,
}

impl RefusalKind {
    /// What a failure in the envelope means, and what else is to be said of it.
    ///
    /// `errors`: what the API said; `all`: the same, each followed by what is behind it. What is behind an
    /// error has numbers of its own, which mean other things there.
    pub(super) fn judge(
        status: u16,
        errors: &[ApiError],
        all: &[ApiError],
    ) -> (RefusalKind, &'static str) {
        match status {
            429 => return (RefusalKind::Limited, ""),
            408 | 500.. => return (RefusalKind::Down, ""),
            _ => {}
        }
        let by_code = errors.iter().find_map(|error| by_code(status, error, all));
        let kind = by_code.unwrap_or(match status {
            401 => RefusalKind::UnknownToken,
            403 => RefusalKind::OutOfScope,
            404 => RefusalKind::NotFound,
            409 => RefusalKind::Conflict,
            _ => RefusalKind::Invalid,
        });
        let from_here = |error: &ApiError| error.message.contains("from location");
        if kind == RefusalKind::OutOfScope && errors.iter().any(from_here) {
            return (kind, "the token may not be used from this address");
        }
        (kind, "")
    }

    /// What GraphQL's own errors mean; older answers have status 200 whatever happened.
    pub(super) fn of_graphql(status: u16, message: &str) -> RefusalKind {
        let said = message.to_ascii_lowercase();
        let any = |parts: &[&str]| parts.iter().any(|part| said.contains(part));
        match status {
            // Before the token's own words: "too many queries in progress" is a 503.
            _ if any(&[
                "rate limit",
                "budget depleted",
                "excessive resources",
                "too many queries",
            ]) =>
            {
                RefusalKind::Limited
            }
            429 => RefusalKind::Limited,
            408 | 500.. => RefusalKind::Down,
            _ if any(&["not authorized", "does not have access", "access denied"]) => {
                RefusalKind::OutOfScope
            }
            401 => RefusalKind::UnknownToken,
            403 => RefusalKind::OutOfScope,
            _ if any(&["unauthorized", "authentication"]) => RefusalKind::UnknownToken,
            _ if any(&["internal server error", "internal error"]) => RefusalKind::Down,
            _ => RefusalKind::Invalid,
        }
    }
}

/// What the API's own numbers mean, as far as they say more than the status.
fn by_code(status: u16, error: &ApiError, all: &[ApiError]) -> Option<RefusalKind> {
    let has = |code| all.iter().any(|error| error.code == Some(code));
    let says = |part: &str| error.message.to_ascii_lowercase().contains(part);
    Some(match error.code? {
        9106 => RefusalKind::NoToken,
        // 6105: the media type. The others are about the form of what names the asker.
        6003 if !has(6105) => RefusalKind::MalformedToken,
        1000 if status == 401 || says("token") => RefusalKind::UnknownToken,
        9109 if says("invalid access token") => RefusalKind::UnknownToken,
        9109 | 10000 => RefusalKind::OutOfScope,
        7000 | 7003 => RefusalKind::WrongId,
        81044 | 10003 => RefusalKind::NotFound,
        81050..=81059 => RefusalKind::Conflict,
        _ => return None,
    })
}
