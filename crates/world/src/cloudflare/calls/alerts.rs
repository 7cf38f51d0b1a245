//! Notifications of an account: which there are, for whom, and by which way.

use serde_json::{Value, json};

use super::super::call::{Call, Method};
use super::{delete, get, of_account, send};

/// The kinds of alerts that the plan has.
#[must_use]
pub fn available_alerts(account: &str) -> Call {
    get(alerting(account, &["available_alerts"]), READ)
}

/// The ways that the plan has.
#[must_use]
pub fn eligible_destinations(account: &str) -> Call {
    get(alerting(account, &["destinations", "eligible"]), READ)
}

/// Policies: what is told to whom.
#[must_use]
pub fn alert_policies(account: &str) -> Call {
    get(alerting(account, &["policies"]), READ)
}

/// Makes a policy; it needs `name`, `alert_type`, `enabled` and `mechanisms`.
#[must_use]
pub fn create_alert_policy(account: &str, policy: Value) -> Call {
    send(Method::Post, alerting(account, &["policies"]), WRITE, policy)
}

/// Takes a policy away.
#[must_use]
pub fn delete_alert_policy(account: &str, policy: &str) -> Call {
    delete(alerting(account, &["policies", policy]), WRITE)
}

/// Webhooks that alerts can be sent to.
#[must_use]
pub fn webhooks(account: &str) -> Call {
    get(alerting(account, &["destinations", "webhooks"]), READ)
}

/// Makes a webhook; the API asks it at once, and wants a good answer. `secret` comes back in a header of each
/// alert.
#[must_use]
pub fn create_webhook(account: &str, name: &str, url: &str, secret: Option<&str>) -> Call {
    let mut body = json!({ "name": name, "url": url });
    if let Some(secret) = secret {
        body["secret"] = json!(secret);
    }
    send(Method::Post, alerting(account, &["destinations", "webhooks"]), WRITE, body)
}

/// Takes a webhook away.
#[must_use]
pub fn delete_webhook(account: &str, webhook: &str) -> Call {
    delete(alerting(account, &["destinations", "webhooks", webhook]), WRITE)
}

fn alerting(account: &str, rest: &[&str]) -> String {
    of_account(account, &[&["alerting", "v3"], rest].concat())
}

const READ: &str = "Notifications Read";
const WRITE: &str = "Notifications Write";
