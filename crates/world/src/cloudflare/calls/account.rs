//! Who asks, and what was done in the account.

use super::super::call::{Call, Method};
use super::{get, of_account};

/// Whether a user's token is good.
#[must_use]
pub fn verify_user_token() -> Call {
    Call::new(Method::Get, "/user/tokens/verify".to_owned(), None)
}

/// Whether an account's token is good.
#[must_use]
pub fn verify_account_token(account: &str) -> Call {
    Call::new(Method::Get, of_account(account, &["tokens", "verify"]), None)
}

/// Cloudflare's addresses; nobody needs a token for it.
#[must_use]
pub fn ips() -> Call {
    Call::new(Method::Get, "/ips".to_owned(), None)
}

/// What was changed in the account, newest first. `since` and `before`: RFC 3339.
#[must_use]
pub fn audit_logs(account: &str, since: &str, before: &str) -> Call {
    get(of_account(account, &["audit_logs"]), "Account Settings Read")
        .with("since", since)
        .with("before", before)
        .with("direction", "desc")
        .with("per_page", "100")
}
