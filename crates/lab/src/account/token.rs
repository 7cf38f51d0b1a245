//! The text of a stage's token: made anew for each stage, and never printed.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::{BuildHasher, Hasher};

/// A token's text. It has no prefix, as those made before 2026 have none.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// Forty letters and digits by chance.
    #[must_use]
    pub fn by_chance() -> Token {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let mut text = String::new();
        while text.len() < 40 {
            // Each state of the standard hasher is seeded afresh, which is all the chance that is needed.
            let mut number = RandomState::new().build_hasher().finish();
            for _ in 0..8 {
                let at = usize::try_from(number % LETTERS.len() as u64).unwrap_or_default();
                text.push(char::from(LETTERS[at]));
                number /= LETTERS.len() as u64;
            }
        }
        Token(text)
    }

    /// The text, for an environment or a header.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_tokens_differ_and_neither_is_printed() {
        let (one, other) = (Token::by_chance(), Token::by_chance());
        assert_eq!(one.reveal().len(), 40);
        assert!(one.reveal().bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert_ne!(one.reveal(), other.reveal());
        assert!(!format!("{one:?}").contains(one.reveal()));
    }
}
