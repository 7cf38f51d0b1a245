//! The API token: a value that cannot be printed.
//!
//! It has no `Debug`, no `Display`, no serialization and no copies, and leaves this folder only as a header
//! that is marked as sensitive. Its memory is wiped when it goes.

use reqwest::header::HeaderValue;
use zeroize::Zeroizing;

/// A token, as the environment gave it.
pub struct Token(Zeroizing<String>);

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
        Ok(Token(Zeroizing::new(text.to_owned())))
    }

    /// The value of the `Authorization` header; none: it fits into no header, which [`Token::new`] excludes.
    pub(super) fn header(&self) -> Option<HeaderValue> {
        let text = Zeroizing::new(format!("Bearer {}", self.0.as_str()));
        let mut value = HeaderValue::from_str(&text).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// What must be taken out of all that an answer says.
    pub(super) fn secret(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::{Debug, Display};
    use std::marker::PhantomData;

    use serde::Serialize;

    use super::*;

    /// What a type can do: its own functions win over the trait's, where the type fulfils what they ask.
    struct Can<T>(PhantomData<T>);

    trait Cannot {
        fn debug() -> bool {
            false
        }
        fn display() -> bool {
            false
        }
        fn serialize() -> bool {
            false
        }
        fn copy() -> bool {
            false
        }
    }

    impl<T> Cannot for Can<T> {}

    impl<T: Debug> Can<T> {
        fn debug() -> bool {
            true
        }
    }

    impl<T: Display> Can<T> {
        fn display() -> bool {
            true
        }
    }

    impl<T: Serialize> Can<T> {
        fn serialize() -> bool {
            true
        }
    }

    impl<T: Clone> Can<T> {
        fn copy() -> bool {
            true
        }
    }

    #[test]
    fn a_token_can_be_neither_printed_nor_written_nor_copied() {
        assert!(!Can::<Token>::debug() && !Can::<Token>::display());
        assert!(!Can::<Token>::serialize() && !Can::<Token>::copy());
        // A text can: so the test would see it.
        assert!(Can::<String>::debug() && Can::<String>::display());
        assert!(Can::<String>::serialize() && Can::<String>::copy());
    }

    #[test]
    fn blanks_around_a_token_are_taken_off() {
        let token = Token::new(" made-up_token.0\n").ok().unwrap();
        assert_eq!(token.secret(), "made-up_token.0");
    }

    #[test]
    fn what_no_token_has_is_refused_without_telling_it() {
        for (text, error) in [
            ("", TokenError::Empty),
            ("  \n", TokenError::Empty),
            ("\"made-up\"", TokenError::Characters),
            ("made up", TokenError::Characters),
            ("made\r\nup", TokenError::Characters),
            ("Bearer made-up", TokenError::Characters),
            ("mädeup", TokenError::Characters),
        ] {
            let refused = Token::new(text).err().unwrap();
            assert_eq!(refused, error, "{text:?}");
            assert!(!refused.to_string().contains("made"));
        }
    }

    #[test]
    fn its_header_does_not_show_it_either() {
        let header = Token::new("made-up").ok().unwrap().header().unwrap();
        assert!(header.is_sensitive());
        assert!(!format!("{header:?}").contains("made-up"));
    }
}
