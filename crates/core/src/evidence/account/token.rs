//! What the API says of a token; never the token itself.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What is known of the token.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TokenSeen {
    /// Whose it is.
    pub kind: TokenKind,
    /// `active`, `disabled`, `expired`.
    pub status: String,
    /// From then on.
    pub not_before: Option<Timestamp>,
    /// Until then.
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
