//! Every call that this program makes, one constructor each: path, query, what is sent, and permission.

use super::call::{Call, Method};

/// Whether a user's token is good.
#[must_use]
pub fn verify_user_token() -> Call {
    Call::new(Method::Get, "/user/tokens/verify".to_owned(), None)
}

/// Whether an account's token is good.
#[must_use]
pub fn verify_account_token(account: &str) -> Call {
    Call::new(Method::Get, format!("/accounts/{}/tokens/verify", part(account)), None)
}

/// A text as one part of a path: it cannot lead anywhere else, whatever is in it.
#[must_use]
pub fn part(text: &str) -> String {
    let mut part = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~*".contains(&byte) {
            part.push(char::from(byte));
        } else {
            part.push_str(&format!("%{byte:02X}"));
        }
    }
    // None of these is a name of anything, and a path would take them for a step.
    if matches!(part.as_str(), "" | "." | "..") { "-".to_owned() } else { part }
}
