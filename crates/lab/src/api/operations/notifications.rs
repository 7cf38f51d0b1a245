//! Notifications: which alerts there are, policies, webhooks, and what was sent.
//!
//! Shelves of the account: `alerting_policies`, `alerting_webhooks`, `alerting_pagerduty`, `alerting_history`.
//! A new webhook is sent a test message, as the service does, if it is of the loopback; a webhook elsewhere
//! counts as one that does not answer. The message is waited for with everything else standing still, so its
//! receiver must not live on this thread. Codes of this area stand in: the service's own are not known.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::shelf::{account, find, lay_over, take};
use crate::api::envelope::Sizes;
use crate::api::state::State;
use crate::api::{Asked, Operation, Reply};

const POLICIES: &str = "alerting_policies";
const WEBHOOKS: &str = "alerting_webhooks";
const PAGERDUTY: &str = "alerting_pagerduty";
const HISTORY: &str = "alerting_history";
const READ: &[&str] = &["Notifications Read", "Account Settings Read"];
const WRITE: &[&str] = &["Notifications Write", "Account Settings Write"];
const ALL_HOOKS: &str = "/accounts/{account:id}/alerting/v3/destinations/webhooks";
const A_HOOK: &str = "/accounts/{account:id}/alerting/v3/destinations/webhooks/{hook:either}";
const ALL_POLICIES: &str = "/accounts/{account:id}/alerting/v3/policies";
const A_POLICY: &str = "/accounts/{account:id}/alerting/v3/policies/{policy:either}";
const PAGERS: &str = "/accounts/{account:id}/alerting/v3/destinations/pagerduty";
/// How long a webhook may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// The rows.
pub(super) const OPERATIONS: &[Operation] = &[
    account("GET", "/accounts/{account:id}/alerting/v3/available_alerts", READ, available),
    account("GET", "/accounts/{account:id}/alerting/v3/destinations/eligible", READ, eligible),
    account("GET", PAGERS, READ, |state, asked| whole(state, asked, PAGERDUTY)),
    account("DELETE", PAGERS, WRITE, |state, asked| {
        state.account_of(asked)?.shelf(PAGERDUTY).clear();
        Ok(Reply::ok(json!({})))
    }),
    account("GET", ALL_HOOKS, READ, |state, asked| whole(state, asked, WEBHOOKS)),
    account("POST", ALL_HOOKS, WRITE, create_hook),
    account("GET", A_HOOK, READ, |state, asked| {
        let shelf = state.account_of(asked)?.shelf(WEBHOOKS);
        Ok(Reply::ok(find(shelf, asked.param("hook"), no_hook)?.clone()))
    }),
    account("PUT", A_HOOK, WRITE, change_hook),
    account("DELETE", A_HOOK, WRITE, |state, asked| {
        let shelf = state.account_of(asked)?.shelf(WEBHOOKS);
        let gone = take(shelf, asked.param("hook"), no_hook)?;
        Ok(Reply::ok(json!({"id": gone["id"]})))
    }),
    account("GET", ALL_POLICIES, READ, |state, asked| whole(state, asked, POLICIES)),
    account("POST", ALL_POLICIES, WRITE, create_policy),
    account("GET", A_POLICY, READ, |state, asked| {
        let shelf = state.account_of(asked)?.shelf(POLICIES);
        Ok(Reply::ok(find(shelf, asked.param("policy"), no_policy)?.clone()))
    }),
    account("PUT", A_POLICY, WRITE, change_policy),
    account("DELETE", A_POLICY, WRITE, |state, asked| {
        let shelf = state.account_of(asked)?.shelf(POLICIES);
        let gone = take(shelf, asked.param("policy"), no_policy)?;
        Ok(Reply::ok(json!({"id": gone["id"]})))
    }),
    account("GET", "/accounts/{account:id}/alerting/v3/history", READ, history),
];

fn no_hook() -> Reply {
    Reply::fail(404, 17404, "webhook not found")
}

fn no_policy() -> Reply {
    Reply::fail(404, 17404, "policy not found")
}

fn invalid(why: &str) -> Reply {
    Reply::fail(400, 17400, why)
}

fn whole(state: &mut State, asked: &Asked, shelf: &str) -> Result<Reply, Reply> {
    Ok(Reply::whole(state.account_of(asked)?.shelf(shelf).clone()))
}

/// Product, type, name, and the least plan; plans by rank.
const ALERTS: [(&str, &str, &str, u8); 12] = [
    ("Origin Monitoring", "real_origin_monitoring", "Passive Origin Monitoring", 0),
    ("Origin Monitoring", "http_alert_origin_error", "Origin Error Rate Alert", 3),
    ("Origin Monitoring", "http_alert_edge_error", "Edge Error Rate Alert", 3),
    ("Health Checks", "health_check_status_notification", "Health Checks status notification", 1),
    ("Load Balancing", "load_balancing_health_alert", "Load Balancing Health Alert", 0),
    ("Cloudflare Tunnel", "tunnel_health_event", "Tunnel Health Alert", 0),
    ("Cloudflare Tunnel", "tunnel_update_event", "Tunnel Creation or Deletion Event", 0),
    ("Traffic Monitoring", "traffic_anomalies_alert", "Traffic Anomalies Alert", 3),
    ("Cloudflare Status", "incident_alert", "Incident Alert", 0),
    ("Cloudflare Status", "maintenance_event_notification", "Maintenance Notification", 0),
    ("SSL/TLS", "universal_ssl_event_type", "Universal SSL Alert", 0),
    (
        "SSL/TLS",
        "zone_aop_custom_certificate_expiration_type",
        "Zone-level Origin Pulls Expiration",
        0,
    ),
];

/// The rank of the best plan of an account's zones.
fn plan(state: &State, asked: &Asked) -> u8 {
    let own = state.zones.iter().filter(|zone| zone.account == asked.param("account"));
    let rank = |plan: &str| match plan {
        "enterprise" => 3,
        "business" => 2,
        "pro" => 1,
        _ => 0,
    };
    own.map(|zone| rank(&zone.plan)).max().unwrap_or(0)
}

fn available(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let plan = plan(state, asked);
    let mut products: Map<String, Value> = Map::new();
    for (product, kind, name, _) in ALERTS.iter().filter(|(.., least)| *least <= plan) {
        let alert = json!({
            "type": kind, "display_name": name, "description": name, "filter_options": [],
        });
        let list = products.entry((*product).to_owned()).or_insert_with(|| json!([]));
        if let Some(list) = list.as_array_mut() {
            list.push(alert);
        }
    }
    Ok(Reply::ok(products))
}

fn eligible(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let mechanism = |kind: &str, eligible: bool| json!([{"eligible": eligible, "ready": eligible, "type": kind}]);
    Ok(Reply::ok(json!({
        "email": mechanism("email", true),
        "webhooks": mechanism("webhook", true),
        "pagerduty": mechanism("pagerduty", plan(state, asked) >= 2),
    })))
}

/// Sends the test message: whether it was taken.
fn test(url: &str, secret: Option<&str>, account: &str, now: i64) -> Result<(), String> {
    let rest =
        url.strip_prefix("http://").ok_or("nobody beyond the loopback is sent anything here")?;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let address: SocketAddr = authority.parse().map_err(|_| "an address and a port are needed")?;
    if !address.ip().is_loopback() {
        return Err("nobody beyond the loopback is sent anything here".to_owned());
    }
    let text = json!({
        "name": "test", "text": "Hello World! This is a test message sent from https://cloudflare.com.",
        "data": {}, "ts": now, "account_id": account, "policy_id": "", "policy_name": "",
        "alert_type": "", "alert_correlation_id": "", "alert_event": "",
    })
    .to_string();
    let secret = secret.filter(|secret| !secret.contains(['\r', '\n']));
    let auth = secret.map(|secret| format!("cf-webhook-auth: {secret}\r\n")).unwrap_or_default();
    let head = format!(
        "POST /{path} HTTP/1.1\r\nHost: {authority}\r\nContent-Type: application/json\r\n{auth}\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        text.len()
    );
    let said = |error: std::io::Error| error.to_string();
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).map_err(said)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(said)?;
    stream.set_write_timeout(Some(PATIENCE)).map_err(said)?;
    stream.write_all(format!("{head}{text}").as_bytes()).map_err(said)?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).map_err(said)?;
    let status = line.split(' ').nth(1).unwrap_or_default();
    if status.starts_with('2') { Ok(()) } else { Err(format!("it answered {status:?}")) }
}

/// A webhook after its test; the secret goes no further.
fn tested(asked: &Asked, mut hook: Value) -> Result<Value, Reply> {
    let name = asked.text("name").filter(|name| !name.is_empty());
    let (Some(name), Some(url)) = (name, asked.text("url")) else {
        return Err(invalid("name and url are needed"));
    };
    test(url, asked.text("secret"), asked.param("account"), asked.now.as_second())
        .map_err(|why| invalid(&format!("webhook test failed: {why}")))?;
    hook["name"] = json!(name);
    hook["url"] = json!(url);
    hook["type"] = json!("generic");
    hook["last_success"] = json!(asked.time());
    Ok(hook)
}

fn create_hook(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let mut hook = tested(asked, json!({"last_failure": null, "created_at": asked.time()}))?;
    let id = state.new_id("webhook");
    hook["id"] = json!(id);
    state.account_of(asked)?.shelf(WEBHOOKS).push(hook);
    Ok(Reply::created(json!({"id": id})))
}

fn change_hook(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let hook = find(state.account_of(asked)?.shelf(WEBHOOKS), asked.param("hook"), no_hook)?;
    *hook = tested(asked, hook.clone())?;
    Ok(Reply::ok(json!({"id": hook["id"]})))
}

const OF_POLICY: &[&str] =
    &["name", "description", "alert_type", "enabled", "mechanisms", "filters", "alert_interval"];
/// All kinds that the official SDK knows.
const KINDS: &str = include_str!("../../../api/alert-types.json");

fn complete(state: &mut State, asked: &Asked, mut policy: Value) -> Result<Value, Reply> {
    lay_over(&mut policy, asked.object()?, OF_POLICY);
    if policy["name"].as_str().is_none_or(str::is_empty) || !policy["enabled"].is_boolean() {
        return Err(invalid("name and enabled are needed"));
    }
    let kinds: Vec<&str> = serde_json::from_str(KINDS).unwrap_or_default();
    let kind = policy["alert_type"].as_str().unwrap_or_default();
    if !kinds.contains(&kind) {
        return Err(invalid("invalid alert_type"));
    }
    let plan = plan(state, asked);
    if ALERTS.iter().any(|(_, known, _, least)| *known == kind && *least > plan) {
        return Err(invalid("alert_type is not available to this account"));
    }
    let hooks = state.account_of(asked)?.shelf(WEBHOOKS);
    let mechanisms =
        policy["mechanisms"].as_object().ok_or_else(|| invalid("mechanisms are needed"))?;
    let wanted = mechanisms.get("webhooks").and_then(Value::as_array).into_iter().flatten();
    for one in wanted {
        if !hooks.iter().any(|hook| hook["id"] == one["id"]) {
            return Err(invalid("mechanisms.webhooks: no such webhook"));
        }
    }
    policy["modified"] = json!(asked.time());
    Ok(policy)
}

fn create_policy(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let fresh = json!({"description": "", "filters": {}, "created": asked.time()});
    let mut policy = complete(state, asked, fresh)?;
    let id = state.new_id("policy");
    policy["id"] = json!(id);
    state.account_of(asked)?.shelf(POLICIES).push(policy);
    Ok(Reply::ok(json!({"id": id})))
}

fn change_policy(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let id = asked.param("policy");
    let old = find(state.account_of(asked)?.shelf(POLICIES), id, no_policy)?.clone();
    let new = complete(state, asked, old)?;
    *find(state.account_of(asked)?.shelf(POLICIES), id, no_policy)? = new;
    Ok(Reply::ok(json!({"id": id})))
}

fn history(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let time = |value: &Value| value.as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    let bound =
        |name: &str| asked.query(name).and_then(|text| text.parse::<jiff::Timestamp>().ok());
    let (since, before) = (bound("since"), bound("before"));
    let mut sent: Vec<Value> = state.account_of(asked)?.shelf(HISTORY).clone();
    sent.retain(|one| {
        let at = time(&one["sent"]);
        since.is_none_or(|since| at >= Some(since)) && before.is_none_or(|before| at < Some(before))
    });
    Ok(Reply::page(&sent, asked, Sizes { usual: 25, least: 5, most: 1000 }))
}
