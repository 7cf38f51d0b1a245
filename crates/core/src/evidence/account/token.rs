//! What the API says of a token; never the token itself.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::lenient;

/// What is known of the token.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TokenSeen {
    /// Whose it is.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub kind: TokenKind,
    /// `active`, `disabled`, `expired`.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub status: String,
    /// From then on.
    #[serde(deserialize_with = "lenient::moment")]
    pub not_before: Option<Timestamp>,
    /// Until then.
    #[serde(deserialize_with = "lenient::moment")]
    pub expires_on: Option<Timestamp>,
}

/// Whose a token is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenKind {
    /// A user's.
    #[default]
    User,
    /// The account's own.
    Account,
}
