//! One example of every call, as the contract test asks them.

use serde_json::json;

use super::super::call::Call;
use super::*;

/// An example of a call.
#[derive(Debug, Clone)]
pub struct Example {
    /// The constructor's name.
    pub name: &'static str,
    /// The call.
    pub call: Call,
    /// Whether the official schema, as it is kept here, has it.
    pub in_schema: bool,
}

const ZONE: &str = "023e105f4ecef8ad9ca31a8372d0c353";
const ACCOUNT: &str = "01a7362d577a6c3019a474fd6f485823";
const ID: &str = "372e67954025e0ba6aaa6d586b9e0b59";
const UUID: &str = "f70ff985-a4ef-4643-bbbc-4a0ed4fc8415";
const PHASE: &str = "http_config_settings";

/// One of each; nothing in them exists.
#[must_use]
pub fn examples() -> Vec<Example> {
    let mut all = vec![
        yes("verify_user_token", verify_user_token()),
        yes("verify_account_token", verify_account_token(ACCOUNT)),
        yes("ips", ips()),
        // Not in the schema of 2024 that can be had.
        no("audit_logs", audit_logs(ACCOUNT, "2026-11-20T03:00:00Z", "2026-11-20T04:00:00Z")),
    ];
    all.extend(of_the_zone());
    all.extend(of_rules());
    all.extend(of_pools_and_tunnels());
    all.extend(of_certificates_and_alerts());
    all
}

fn of_the_zone() -> Vec<Example> {
    let check = json!({
        "name": "shop", "address": "www.example.com", "type": "HTTPS", "interval": 60, "retries": 2,
        "http_config": { "method": "GET", "path": "/", "port": 443, "expected_codes": ["200"] },
    });
    let record = json!({
        "type": "A", "name": "shop.example.com", "content": "203.0.113.7", "ttl": 1,
        "proxied": true,
    });
    let urls = ["https://www.example.com/a".to_owned()];
    vec![
        yes("zones_named", zones_named("example.com")),
        yes("setting", setting(ZONE, "ssl")),
        yes("setting", setting(ZONE, "ssl_automatic_mode")),
        yes("setting", setting(ZONE, "origin_max_http_version")),
        yes("setting", setting(ZONE, "development_mode")),
        yes("set_setting", set_setting(ZONE, "ssl", &json!("full"))),
        yes("set_setting", set_setting(ZONE, "ssl_automatic_mode", &json!("custom"))),
        yes("health_checks", health_checks(ZONE)),
        yes("health_check", health_check(ZONE, ID)),
        yes("create_health_check", create_health_check(ZONE, check.clone())),
        yes("replace_health_check", replace_health_check(ZONE, ID, check)),
        yes("delete_health_check", delete_health_check(ZONE, ID)),
        yes("purge_files", purge_files(ZONE, &urls)),
        yes("purge_everything", purge_everything(ZONE)),
        yes("access_rules", access_rules(ZONE)),
        yes(
            "create_access_rule",
            create_access_rule(ZONE, "whitelist", "ip", "203.0.113.7", "ours"),
        ),
        yes("delete_access_rule", delete_access_rule(ZONE, "92f17202ed8bd63d69a66b86a49a8f6b")),
        yes("records", records(ZONE)),
        yes("records_named", records_named(ZONE, "shop.example.com")),
        yes("create_record", create_record(ZONE, record.clone())),
        yes("change_record", change_record(ZONE, ID, record.clone())),
        yes("delete_record", delete_record(ZONE, ID)),
        no("replace_records", replace_records(ZONE, &[ID.to_owned()], &[record])),
    ]
}

fn of_rules() -> Vec<Example> {
    let rule = json!({
        "action": "set_config", "action_parameters": { "ssl": "strict" },
        "expression": "(http.host eq \"shop.example.com\")", "description": "ours", "enabled": true,
    });
    let cache = json!({
        "action": "set_cache_settings", "action_parameters": { "cache": false },
        "expression": "(starts_with(http.request.uri.path, \"/api/\"))", "enabled": true,
    });
    let cache_phase = "http_request_cache_settings";
    vec![
        yes("rules", rules(ZONE, PHASE)),
        yes("rules", rules(ZONE, "http_request_origin")),
        yes("rules", rules(ZONE, cache_phase)),
        yes("replace_rules", replace_rules(ZONE, PHASE, std::slice::from_ref(&rule))),
        yes("replace_rules", replace_rules(ZONE, cache_phase, std::slice::from_ref(&cache))),
        yes("add_rule", add_rule(ZONE, PHASE, ID, rule.clone())),
        yes("change_rule", change_rule(ZONE, PHASE, ID, ID, rule)),
        yes("delete_rule", delete_rule(ZONE, PHASE, ID, ID)),
        yes("page_rules", page_rules(ZONE)),
    ]
}

fn of_pools_and_tunnels() -> Vec<Example> {
    let config = json!({
        "ingress": [
            { "hostname": "shop.example.com", "service": "http://localhost:8000" },
            { "service": "http_status:404" },
        ],
    });
    let pool = json!({ "enabled": true });
    vec![
        yes("load_balancers", load_balancers(ZONE)),
        yes("pools", pools(ACCOUNT)),
        yes("pool_health", pool_health(ACCOUNT, ID)),
        yes("change_pool", change_pool(ACCOUNT, ID, pool)),
        yes("tunnels", tunnels(ACCOUNT)),
        yes("tunnel", tunnel(ACCOUNT, UUID)),
        yes("tunnel_connectors", tunnel_connectors(ACCOUNT, UUID)),
        yes("tunnel_configuration", tunnel_configuration(ACCOUNT, UUID)),
        yes("replace_tunnel_configuration", replace_tunnel_configuration(ACCOUNT, UUID, &config)),
        yes("tunnel_token", tunnel_token(ACCOUNT, UUID)),
        yes("create_tunnel", create_tunnel(ACCOUNT, "shop")),
        yes("drop_tunnel_connections", drop_tunnel_connections(ACCOUNT, UUID)),
        yes("delete_tunnel", delete_tunnel(ACCOUNT, UUID)),
    ]
}

fn of_certificates_and_alerts() -> Vec<Example> {
    let csr = "-----BEGIN CERTIFICATE REQUEST-----\nMIIC\n-----END CERTIFICATE REQUEST-----\n";
    let hosts = ["example.com".to_owned(), "*.example.com".to_owned()];
    // The service's have 48 digits; the schema allows 32.
    let serial = "32857853390226868021284920573277";
    let policy = json!({
        "name": "ours", "alert_type": "tunnel_health_event", "enabled": true,
        "mechanisms": { "webhooks": [{ "id": UUID }] }, "filters": { "tunnel_id": [UUID] },
    });
    let hook = "https://hooks.example.com/rayfix";
    vec![
        yes("origin_pulls", origin_pulls(ZONE)),
        yes("set_origin_pulls", set_origin_pulls(ZONE, true)),
        yes("origin_pulls_of_host", origin_pulls_of_host(ZONE, "shop.example.com")),
        no("trust_store", trust_store(ZONE)),
        yes("certificates", certificates(ZONE)),
        yes("create_certificate", create_certificate(csr, &hosts, "origin-ecc", 90)),
        yes("revoke_certificate", revoke_certificate(serial)),
        yes("available_alerts", available_alerts(ACCOUNT)),
        yes("eligible_destinations", eligible_destinations(ACCOUNT)),
        yes("alert_policies", alert_policies(ACCOUNT)),
        yes("create_alert_policy", create_alert_policy(ACCOUNT, policy)),
        yes("delete_alert_policy", delete_alert_policy(ACCOUNT, UUID)),
        yes("webhooks", webhooks(ACCOUNT)),
        yes("create_webhook", create_webhook(ACCOUNT, "ours", hook, Some("made-up"))),
        yes("delete_webhook", delete_webhook(ACCOUNT, UUID)),
    ]
}

fn yes(name: &'static str, call: Call) -> Example {
    Example { name, call, in_schema: true }
}

fn no(name: &'static str, call: Call) -> Example {
    Example { name, call, in_schema: false }
}
