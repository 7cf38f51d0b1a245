//! Rules of a zone: rulesets by phase, and page rules.

use serde_json::{Value, json};

use super::super::call::{Call, Method};
use super::{delete, get, of_zone, send};

/// A phase's rules; a refusal as not found (10003) means that it never had one. `phase`: the API's word.
#[must_use]
pub fn rules(zone: &str, phase: &str) -> Call {
    get(entrypoint(zone, phase), reading(phase))
}

/// Replaces all rules of a phase.
#[must_use]
pub fn replace_rules(zone: &str, phase: &str, rules: &[Value]) -> Call {
    send(Method::Put, entrypoint(zone, phase), writing(phase), json!({ "rules": rules }))
}

/// Puts a rule behind those of a ruleset.
#[must_use]
pub fn add_rule(zone: &str, phase: &str, ruleset: &str, rule: Value) -> Call {
    send(Method::Post, of_zone(zone, &["rulesets", ruleset, "rules"]), writing(phase), rule)
}

/// Changes a rule of a ruleset.
#[must_use]
pub fn change_rule(zone: &str, phase: &str, ruleset: &str, rule: &str, change: Value) -> Call {
    send(
        Method::Patch,
        of_zone(zone, &["rulesets", ruleset, "rules", rule]),
        writing(phase),
        change,
    )
}

/// Takes a rule out of a ruleset.
#[must_use]
pub fn delete_rule(zone: &str, phase: &str, ruleset: &str, rule: &str) -> Call {
    delete(of_zone(zone, &["rulesets", ruleset, "rules", rule]), writing(phase))
}

/// Page rules that run.
#[must_use]
pub fn page_rules(zone: &str) -> Call {
    // Without it the official schema says that the others are told.
    get(of_zone(zone, &["pagerules"]), "Page Rules Read").with("status", "active")
}

fn entrypoint(zone: &str, phase: &str) -> String {
    of_zone(zone, &["rulesets", "phases", phase, "entrypoint"])
}

fn reading(phase: &str) -> &'static str {
    match phase {
        "http_request_origin" => "Origin Rules Read",
        "http_config_settings" => "Config Rules Read",
        "http_request_cache_settings" => "Cache Rules Read",
        "http_custom_errors" => "Custom Error Rules Read",
        "http_request_transform" => "Transform Rules Read",
        "http_request_dynamic_redirect" => "Single Redirects Read",
        _ => "Account Rulesets Read",
    }
}

fn writing(phase: &str) -> &'static str {
    match phase {
        "http_request_origin" => "Origin Rules Write",
        "http_config_settings" => "Config Rules Write",
        "http_request_cache_settings" => "Cache Rules Write",
        "http_custom_errors" => "Custom Error Rules Write",
        "http_request_transform" => "Transform Rules Write",
        "http_request_dynamic_redirect" => "Single Redirects Write",
        _ => "Account Rulesets Write",
    }
}
