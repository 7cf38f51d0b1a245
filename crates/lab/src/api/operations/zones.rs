//! Zones: the way from a name to an id, and whether a zone is paused.

use serde_json::{Value, json};

use crate::api::envelope::Sizes;
use crate::api::grant::{Grant, GrantKind};
use crate::api::state::{LONG_AGO, State, Zone};
use crate::api::{Asked, Operation, Reply, Scope, ids};

/// The rows.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        method: "GET",
        path: "/zones",
        permissions: &["Zone Read"],
        scope: Scope::Token,
        run: list,
    },
    Operation {
        method: "GET",
        path: "/zones/{zone:id}",
        permissions: OF_ZONES,
        scope: Scope::Zone,
        run: get,
    },
    Operation {
        method: "PATCH",
        path: "/zones/{zone:id}",
        permissions: &["Zone Write"],
        scope: Scope::Zone,
        run: patch,
    },
];

/// Any permission in a zone is enough to look at the zone itself.
const OF_ZONES: &[&str] = &[
    "Zone Read",
    "Zone Settings Read",
    "DNS Read",
    "SSL and Certificates Read",
    "Cache Rules Read",
    "Cache Purge",
    "Config Rules Read",
    "Custom Error Rules Read",
    "Firewall Services Read",
    "Health Checks Read",
    "Load Balancers Read",
    "Logs Read",
    "Origin Rules Read",
    "Page Rules Read",
    "Transform Rules Read",
    "Analytics Read",
];

fn list(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let grant = asked.grant.as_ref().ok_or_else(Reply::not_permitted)?;
    let wanted = |name: &str, is: &str| asked.query(name).is_none_or(|value| value == is);
    let account = |zone: &Zone| state.accounts.iter().find(|account| account.id == zone.account);
    let mut found: Vec<&Zone> = state
        .zones
        .iter()
        .filter(|zone| within(grant, zone))
        .filter(|zone| wanted("name", &zone.name) && wanted("status", &zone.status))
        .filter(|zone| wanted("account.id", &zone.account))
        .filter(|zone| wanted("account.name", account(zone).map_or("", |account| &account.name)))
        .collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    if asked.query("direction") == Some("desc") {
        found.reverse();
    }
    let zones: Vec<Value> = found.into_iter().map(|zone| told(state, zone)).collect();
    Ok(Reply::page(&zones, asked, Sizes { usual: 20, least: 5, most: 50 }))
}

/// Whether a token sees a zone.
fn within(grant: &Grant, zone: &Zone) -> bool {
    let owned = grant.kind != GrantKind::Account || grant.accounts.holds(&zone.account);
    owned && grant.zones.holds(&zone.id)
}

fn get(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let zone = state.zone_of(asked)?.clone();
    Ok(Reply::ok(told(state, &zone)))
}

/// Of all that could be changed, whether it is paused.
fn patch(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let zone = state.zone_of(asked)?;
    match asked.field("paused") {
        Some(Value::Bool(paused)) => zone.paused = *paused,
        _ => return Err(Reply::fail(400, 1016, "Only paused can be changed here")),
    }
    let zone = zone.clone();
    Ok(Reply::ok(told(state, &zone)))
}

/// A zone as the API tells it.
fn told(state: &State, zone: &Zone) -> Value {
    let account = state.accounts.iter().find(|account| account.id == zone.account);
    let plan = match zone.plan.as_str() {
        "pro" => "Pro Website",
        "business" => "Business Website",
        "enterprise" => "Enterprise Website",
        _ => "Free Website",
    };
    let servers = ["ada.ns.cloudflare.com", "bob.ns.cloudflare.com"];
    json!({
        "id": zone.id,
        "name": zone.name,
        "status": zone.status,
        "paused": zone.paused,
        "type": zone.kind,
        "development_mode": 0,
        "name_servers": servers,
        "original_name_servers": ["ns1.example.net", "ns2.example.net"],
        "original_registrar": null,
        "original_dnshost": null,
        "created_on": LONG_AGO,
        "modified_on": LONG_AGO,
        "activated_on": if zone.status == "active" { json!(LONG_AGO) } else { Value::Null },
        "account": {"id": zone.account, "name": account.map_or("", |account| &account.name)},
        "owner": {"id": null, "type": "user", "email": null},
        "permissions": ["#zone:read"],
        "plan": {
            "id": ids::hex(&format!("plan {}", zone.plan)),
            "name": plan, "price": 0, "currency": "USD", "frequency": "",
            "is_subscribed": true, "can_subscribe": false, "legacy_id": zone.plan,
            "legacy_discount": false, "externally_managed": false,
        },
        "meta": {
            "step": 2, "custom_certificate_quota": 0, "page_rule_quota": 3,
            "phishing_detected": false, "cdn_only": false, "dns_only": false,
            "foundation_dns": false,
        },
    })
}
