//! The audit log: what was changed in an account, newest first, on its shelf `audit_logs`. Every write that
//! succeeds is noted; a stage may lay earlier ones there.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::shelf::account;
use crate::api::envelope::{Body, Sizes};
use crate::api::grant::GrantKind;
use crate::api::state::State;
use crate::api::{Asked, Operation, Reply, ids};

/// The shelf.
pub(in crate::api) const SHELF: &str = "audit_logs";

/// The rows.
pub(super) const OPERATIONS: &[Operation] =
    &[account("GET", "/accounts/{account:id}/audit_logs", &["Account Settings Read"], list)];

fn list(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let time = |text: &str| {
        // A day alone is its beginning.
        let whole = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
        whole.parse::<Timestamp>().map_err(|_| Reply::fail(400, 1004, "since, before: RFC 3339"))
    };
    let since = asked.query("since").map(time).transpose()?;
    let before = asked.query("before").map(time).transpose()?;
    let is = |query: &str, value: &Value| asked.query(query).is_none_or(|wanted| value == wanted);
    let mut entries: Vec<(Option<Timestamp>, Value)> = state
        .account_of(asked)?
        .shelf(SHELF)
        .iter()
        .map(|entry| (entry["when"].as_str().and_then(|text| text.parse().ok()), entry.clone()))
        .filter(|(at, _)| since.is_none_or(|since| *at >= Some(since)))
        .filter(|(at, _)| before.is_none_or(|before| *at < Some(before)))
        .filter(|(_, entry)| is("id", &entry["id"]) && is("action.type", &entry["action"]["type"]))
        .filter(|(_, entry)| is("zone.name", &entry["zone"]["name"]))
        .filter(|(_, entry)| is("actor.email", &entry["actor"]["email"]))
        .collect();
    entries.sort_by_key(|(at, _)| *at);
    if asked.query("direction") != Some("asc") {
        entries.reverse();
    }
    let entries: Vec<Value> = entries.into_iter().map(|(_, entry)| entry).collect();
    Ok(Reply::page(&entries, asked, Sizes { usual: 100, least: 1, most: 1000 }))
}

/// What a write is about to change, where the log tells it: a setting, a record.
pub(in crate::api) fn before(state: &State, asked: &Asked) -> Value {
    let Some(zone) = state.zones.iter().find(|zone| zone.id == asked.param("zone")) else {
        return Value::Null;
    };
    if asked.method == "GET" {
        return Value::Null;
    }
    let last = asked.path.rsplit('/').next().unwrap_or_default();
    match area(asked) {
        "settings" => zone.settings.get(last).cloned().unwrap_or(Value::Null),
        "dns_records" => {
            zone.records.iter().find(|record| record["id"] == last).cloned().unwrap_or(Value::Null)
        }
        _ => Value::Null,
    }
}

/// What of a zone or an account a path is about: `settings`, `cfd_tunnel`.
fn area(asked: &Asked) -> &str {
    asked.path.split('/').nth(3).unwrap_or_default()
}

/// Notes a write that succeeded.
pub(in crate::api) fn note(state: &mut State, asked: &Asked, before: &Value, reply: &Reply) {
    if asked.method == "GET" || !(200..300).contains(&reply.status) {
        return;
    }
    let zone = state.zones.iter().find(|zone| zone.id == asked.param("zone"));
    let zone = zone.map(|zone| (json!({"id": zone.id, "name": zone.name}), zone.account.clone()));
    let (zone, owner) =
        zone.map_or((None, asked.param("account").to_owned()), |(zone, owner)| (Some(zone), owner));
    let after = match &reply.body {
        Body::Json(body) => body["result"].clone(),
        Body::Empty | Body::Text(..) => Value::Null,
    };
    let entry = entry(asked, zone, &owner, before, &after);
    if let Some(account) = state.accounts.iter_mut().find(|account| account.id == owner) {
        let shelf = account.shelf(SHELF);
        let id = ids::uuid(&format!("change {}", shelf.len()));
        shelf.push(entry);
        if let Some(entry) = shelf.last_mut() {
            entry["id"] = json!(id);
        }
    }
}

fn entry(asked: &Asked, zone: Option<Value>, owner: &str, before: &Value, after: &Value) -> Value {
    let verb = match asked.method.as_str() {
        "POST" => "create",
        "DELETE" => "delete",
        _ => "update",
    };
    let area = area(asked);
    let (action, resource) = match (area, verb) {
        ("settings", _) => ("change_setting".to_owned(), "zone.settings"),
        ("dns_records", "create") => ("rec_add".to_owned(), "DNS_record"),
        ("dns_records", "delete") => ("rec_del".to_owned(), "DNS_record"),
        ("dns_records", _) => ("rec_set".to_owned(), "DNS_record"),
        ("cfd_tunnel", verb) => (format!("tunnel_{verb}"), "tunnel"),
        ("purge_cache", _) => ("purge".to_owned(), "cache"),
        (area, verb) => (verb.to_owned(), area),
    };
    let plain = |value: &Value| match &value["value"] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let mut metadata = json!({});
    for name in ["name", "type", "content"] {
        if let Some(text) = after[name].as_str() {
            metadata[name] = json!(text);
        }
    }
    let mut entry = json!({
        "id": "", "action": {"type": action, "result": true, "info": ""},
        "actor": {
            "type": "user", "id": ids::hex("actor"), "email": "jane@example.test", "ip": "192.0.2.99",
        },
        "interface": "API", "owner": {"id": owner}, "when": asked.time(),
        "resource": {"type": resource, "id": after["id"].as_str().unwrap_or_default()},
        "oldValue": "", "newValue": "",
    });
    if area == "settings" {
        metadata = json!({"name": after["id"], "value": plain(after)});
        entry["oldValue"] = json!(plain(before));
        entry["newValue"] = json!(plain(after));
    } else if area == "dns_records" {
        entry["oldValueJson"] = before.clone();
        entry["newValueJson"] = after.clone();
    }
    if asked.grant.as_ref().is_some_and(|grant| grant.kind == GrantKind::Account) {
        entry["actor"] = json!({"type": "user", "id": ids::hex("account actor")});
    }
    if let Some(zone) = zone {
        metadata["zone_name"] = zone["name"].clone();
        entry["zone"] = zone;
    }
    entry["metadata"] = metadata;
    entry
}
