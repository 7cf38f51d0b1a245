//! Health checks of a zone, on its shelf `healthchecks`. Nobody checks anything here: what a check found is
//! what the shelf says.

use serde_json::{Value, json};

use super::shelf::{find, is_plain, lay_over, take, zone};
use crate::api::envelope::Sizes;
use crate::api::state::State;
use crate::api::{Asked, Operation, Reply};

/// The shelf.
pub(in crate::api) const SHELF: &str = "healthchecks";
const READ: &[&str] = &["Health Checks Read"];
const WRITE: &[&str] = &["Health Checks Write"];
const ONE: &str = "/zones/{zone:id}/healthchecks/{check:id}";

/// The rows.
pub(super) const OPERATIONS: &[Operation] = &[
    zone("GET", "/zones/{zone:id}/healthchecks", READ, |state, asked| {
        let checks = state.zone_of(asked)?.shelf(SHELF).clone();
        Ok(Reply::page(&checks, asked, Sizes { usual: 25, least: 5, most: 1000 }))
    }),
    zone("POST", "/zones/{zone:id}/healthchecks", WRITE, create),
    zone("GET", ONE, READ, |state, asked| Ok(Reply::ok(check(state, asked)?.clone()))),
    zone("PUT", ONE, WRITE, |state, asked| change(state, asked, true)),
    zone("PATCH", ONE, WRITE, |state, asked| change(state, asked, false)),
    zone("DELETE", ONE, WRITE, |state, asked| {
        let shelf = state.zone_of(asked)?.shelf(SHELF);
        let taken = take(shelf, asked.param("check"), missing)?;
        Ok(Reply::ok(json!({"id": taken["id"]})))
    }),
];

const MEMBERS: &[&str] = &[
    "address",
    "check_regions",
    "consecutive_fails",
    "consecutive_successes",
    "description",
    "http_config",
    "interval",
    "name",
    "retries",
    "suspended",
    "tcp_config",
    "timeout",
    "type",
];

fn missing() -> Reply {
    Reply::fail(404, 1000, "healthcheck not found")
}

fn invalid(why: &str) -> Reply {
    Reply::fail(400, 1002, &format!("validation failed: {why}"))
}

fn check<'a>(state: &'a mut State, asked: &Asked) -> Result<&'a mut Value, Reply> {
    find(state.zone_of(asked)?.shelf(SHELF), asked.param("check"), missing)
}

/// One with nothing said.
pub(in crate::api) fn fresh() -> Value {
    json!({
        "address": "", "name": "", "description": "", "type": "HTTP", "check_regions": null,
        "consecutive_fails": 1, "consecutive_successes": 1, "interval": 60, "retries": 2,
        "timeout": 5, "suspended": false, "status": "unknown", "failure_reason": "",
    })
}

fn complete(plan: &str, asked: &Asked, mut check: Value) -> Result<Value, Reply> {
    lay_over(&mut check, asked.object()?, MEMBERS);
    if !check["name"].as_str().is_some_and(is_plain) {
        return Err(invalid("name: only letters, digits, hyphens and underscores"));
    }
    if check["address"].as_str().is_none_or(str::is_empty) {
        return Err(invalid("address: required"));
    }
    let kind = check["type"].as_str().unwrap_or_default().to_owned();
    let (config, other) = match kind.as_str() {
        "HTTP" | "HTTPS" => ("http_config", "tcp_config"),
        "TCP" => ("tcp_config", "http_config"),
        _ => return Err(invalid("type: HTTP, HTTPS or TCP")),
    };
    let least = match plan {
        "enterprise" => 10,
        "business" => 15,
        _ => 60,
    };
    if check["interval"].as_u64().is_none_or(|seconds| seconds < least) {
        return Err(invalid(&format!("interval: at least {least} on this plan")));
    }
    let mut whole = match kind.as_str() {
        "TCP" => json!({"method": "connection_established", "port": 80}),
        _ => json!({
            "method": "GET", "path": "/", "port": if kind == "HTTPS" { 443 } else { 80 },
            "expected_codes": ["200"], "expected_body": "", "follow_redirects": false,
            "allow_insecure": false, "header": null,
        }),
    };
    if let (Some(whole), Some(said)) = (whole.as_object_mut(), check[config].as_object()) {
        whole.extend(said.clone());
    }
    check[config] = whole;
    check[other] = Value::Null;
    if check["suspended"] == true {
        check["status"] = json!("suspended");
    } else if check["status"] == "suspended" {
        check["status"] = json!("unknown");
    }
    Ok(check)
}

fn create(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let plan = state.zone_of(asked)?.plan.clone();
    if plan == "free" {
        return Err(Reply::fail(403, 1003, "health checks are not available on this plan"));
    }
    let mut check = complete(&plan, asked, fresh())?;
    check["id"] = json!(state.new_id("health check"));
    check["created_on"] = json!(asked.time());
    check["modified_on"] = json!(asked.time());
    let shelf = state.zone_of(asked)?.shelf(SHELF);
    if shelf.iter().any(|other| other["name"] == check["name"]) {
        return Err(invalid("name: already in use"));
    }
    shelf.push(check.clone());
    Ok(Reply::ok(check))
}

fn change(state: &mut State, asked: &Asked, whole: bool) -> Result<Reply, Reply> {
    let plan = state.zone_of(asked)?.plan.clone();
    let old = check(state, asked)?;
    let mut new = complete(&plan, asked, if whole { fresh() } else { old.clone() })?;
    new["id"] = old["id"].clone();
    new["created_on"] = old["created_on"].clone();
    new["modified_on"] = json!(asked.time());
    old.clone_from(&new);
    Ok(Reply::ok(new))
}
