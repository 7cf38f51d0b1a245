//! The API token: a value that cannot be printed.
//!
//! It has no `Debug`, no `Display` and no serialization, and leaves this folder only as a header that is
//! marked as sensitive.

/// A token, as the environment gave it.
pub struct Token(String);

/// Why a text is no token. The text itself is never told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Nothing but blanks.
    #[error("it is empty")]
    Empty,
    /// Blanks, quotes, line breaks or other bytes that no token has.
    #[error("it has blanks, quotes or other characters that no token has")]
    Characters,
}

impl Token {
    /// Takes a token; blanks around it are taken off.
    ///
    /// # Errors
    /// When no token looks like this.
    pub fn new(text: &str) -> Result<Token, TokenError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TokenError::Empty);
        }
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~+/=".contains(&byte);
        if !text.bytes().all(fits) {
            return Err(TokenError::Characters);
        }
        Ok(Token(text.to_owned()))
    }

    /// The value of the `Authorization` header.
    pub(super) fn bearer(&self) -> String {
        format!("Bearer {}", self.0)
    }
}
