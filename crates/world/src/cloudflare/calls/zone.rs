//! The zone: itself, its settings, its health checks, its cache, and whom it lets in.

use serde_json::{Value, json};

use super::super::call::{Call, Method};
use super::{delete, get, of_zone, send};

/// The zone of a name; an empty list: there is none, or none that the token may see.
#[must_use]
pub fn zones_named(name: &str) -> Call {
    get("/zones".to_owned(), "Zone Read").with("name", name)
}

/// A setting: `ssl`, `ssl_automatic_mode`.
#[must_use]
pub fn setting(zone: &str, name: &str) -> Call {
    get(of_zone(zone, &["settings", name]), "Zone Settings Read")
}

/// Changes a setting.
#[must_use]
pub fn set_setting(zone: &str, name: &str, value: &Value) -> Call {
    let path = of_zone(zone, &["settings", name]);
    send(Method::Patch, path, "Zone Settings Write", json!({ "value": value }))
}

/// Health checks.
#[must_use]
pub fn health_checks(zone: &str) -> Call {
    get(of_zone(zone, &["healthchecks"]), "Health Checks Read")
}

/// One health check.
#[must_use]
pub fn health_check(zone: &str, check: &str) -> Call {
    get(of_zone(zone, &["healthchecks", check]), "Health Checks Read")
}

/// Makes a health check; it needs a `name` and an `address`.
#[must_use]
pub fn create_health_check(zone: &str, check: Value) -> Call {
    send(Method::Post, of_zone(zone, &["healthchecks"]), "Health Checks Write", check)
}

/// Replaces a health check.
#[must_use]
pub fn replace_health_check(zone: &str, check: &str, new: Value) -> Call {
    send(Method::Put, of_zone(zone, &["healthchecks", check]), "Health Checks Write", new)
}

/// Takes a health check away.
#[must_use]
pub fn delete_health_check(zone: &str, check: &str) -> Call {
    delete(of_zone(zone, &["healthchecks", check]), "Health Checks Write")
}

/// Empties the cache of some URLs, at most 100.
#[must_use]
pub fn purge_files(zone: &str, urls: &[String]) -> Call {
    send(Method::Post, of_zone(zone, &["purge_cache"]), "Cache Purge", json!({ "files": urls }))
}

/// Empties the whole cache.
#[must_use]
pub fn purge_everything(zone: &str) -> Call {
    let body = json!({ "purge_everything": true });
    send(Method::Post, of_zone(zone, &["purge_cache"]), "Cache Purge", body)
}

/// Who is let in or kept out, by address.
#[must_use]
pub fn access_rules(zone: &str) -> Call {
    get(of_zone(zone, &["firewall", "access_rules", "rules"]), "Firewall Services Read")
}

/// Lets in, or keeps out. `mode`: `block`, `whitelist` and others; `target`: `ip`, `ip_range`, `asn`,
/// `country`.
#[must_use]
pub fn create_access_rule(zone: &str, mode: &str, target: &str, value: &str, notes: &str) -> Call {
    let path = of_zone(zone, &["firewall", "access_rules", "rules"]);
    let configuration = json!({ "target": target, "value": value });
    let body = json!({ "mode": mode, "configuration": configuration, "notes": notes });
    send(Method::Post, path, "Firewall Services Write", body)
}

/// Takes such a rule away.
#[must_use]
pub fn delete_access_rule(zone: &str, rule: &str) -> Call {
    let path = of_zone(zone, &["firewall", "access_rules", "rules", rule]);
    delete(path, "Firewall Services Write")
}
