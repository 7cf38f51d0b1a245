//! Load balancing: monitors and pools of an account, how a pool's origins are, and balancers of a zone.
//!
//! How a pool is lies on the shelf `pool_health`, by its id; a pool that nobody has said anything of is well.

use serde_json::{Map, Value, json};

use super::shelf::{account, find, is_plain, lay_over, take, zone};
use crate::api::state::State;
use crate::api::{Asked, Operation, Reply};

const MONITORS: &str = "monitors";
/// The shelf of pools.
pub(in crate::api) const POOLS: &str = "pools";
/// The shelf of their health.
pub(in crate::api) const HEALTH: &str = "pool_health";
/// The shelf of balancers, of a zone.
pub(in crate::api) const BALANCERS: &str = "load_balancers";
const READ: &[&str] = &["Load Balancing: Monitors and Pools Read"];
const WRITE: &[&str] = &["Load Balancing: Monitors and Pools Write"];
const LB_READ: &[&str] = &["Load Balancers Read"];
const LB_WRITE: &[&str] = &["Load Balancers Write"];
const A_MONITOR: &str = "/accounts/{account:id}/load_balancers/monitors/{monitor:id}";
const A_POOL: &str = "/accounts/{account:id}/load_balancers/pools/{pool:id}";
const A_BALANCER: &str = "/zones/{zone:id}/load_balancers/{balancer:id}";

/// The rows.
pub(super) const OPERATIONS: &[Operation] = &[
    account("GET", "/accounts/{account:id}/load_balancers/monitors", READ, |state, asked| {
        Ok(Reply::whole(state.account_of(asked)?.shelf(MONITORS).clone()))
    }),
    account("POST", "/accounts/{account:id}/load_balancers/monitors", WRITE, create_monitor),
    account("GET", A_MONITOR, READ, |state, asked| Ok(Reply::ok(monitor(state, asked)?.clone()))),
    account("PUT", A_MONITOR, WRITE, |state, asked| change_monitor(state, asked, true)),
    account("PATCH", A_MONITOR, WRITE, |state, asked| change_monitor(state, asked, false)),
    account("DELETE", A_MONITOR, WRITE, delete_monitor),
    account("GET", "/accounts/{account:id}/load_balancers/pools", READ, list_pools),
    account("POST", "/accounts/{account:id}/load_balancers/pools", WRITE, create_pool),
    account("GET", A_POOL, READ, |state, asked| Ok(Reply::ok(pool(state, asked)?.clone()))),
    account("PUT", A_POOL, WRITE, |state, asked| change_pool(state, asked, true)),
    account("PATCH", A_POOL, WRITE, |state, asked| change_pool(state, asked, false)),
    account("DELETE", A_POOL, WRITE, delete_pool),
    account("GET", "/accounts/{account:id}/load_balancers/pools/{pool:id}/health", READ, health),
    zone("GET", "/zones/{zone:id}/load_balancers", LB_READ, |state, asked| {
        Ok(Reply::whole(state.zone_of(asked)?.shelf(BALANCERS).clone()))
    }),
    zone("POST", "/zones/{zone:id}/load_balancers", LB_WRITE, create_balancer),
    zone("GET", A_BALANCER, LB_READ, |state, asked| Ok(Reply::ok(balancer(state, asked)?.clone()))),
    zone("PUT", A_BALANCER, LB_WRITE, |state, asked| change_balancer(state, asked, true)),
    zone("PATCH", A_BALANCER, LB_WRITE, |state, asked| change_balancer(state, asked, false)),
    zone("DELETE", A_BALANCER, LB_WRITE, |state, asked| {
        let shelf = state.zone_of(asked)?.shelf(BALANCERS);
        let taken = take(shelf, asked.param("balancer"), missing)?;
        Ok(Reply::ok(json!({"id": taken["id"]})))
    }),
];

// The codes of this area: 1001 is seen with 404, 1002 with 400; the rest stands in.
fn missing() -> Reply {
    Reply::fail(404, 1001, "object could not be found")
}

fn invalid(why: &str) -> Reply {
    Reply::fail(400, 1002, &format!("{why}: validation failed"))
}

fn in_use(by: &str) -> Reply {
    Reply::fail(412, 1005, &format!("cannot be deleted while used by a {by}: precondition failed"))
}

const OF_MONITOR: &[&str] = &[
    "type",
    "description",
    "method",
    "path",
    "header",
    "port",
    "timeout",
    "retries",
    "interval",
    "consecutive_up",
    "consecutive_down",
    "expected_body",
    "expected_codes",
    "follow_redirects",
    "allow_insecure",
    "probe_zone",
];

fn fresh_monitor() -> Value {
    json!({
        "type": "http", "description": "", "method": "GET", "path": "/", "header": {}, "port": 0,
        "timeout": 5, "retries": 2, "interval": 60, "consecutive_up": 0, "consecutive_down": 0,
        "expected_body": "", "expected_codes": "", "follow_redirects": false,
        "allow_insecure": false, "probe_zone": "",
    })
}

fn checked_monitor(monitor: &Value) -> Result<(), Reply> {
    let kinds = ["http", "https", "tcp", "udp_icmp", "icmp_ping", "smtp"];
    let kind = monitor["type"].as_str().unwrap_or_default();
    if !kinds.contains(&kind) {
        return Err(invalid("type"));
    }
    if kind.starts_with("http") && monitor["expected_codes"].as_str().is_none_or(str::is_empty) {
        return Err(invalid("expected_codes"));
    }
    Ok(())
}

fn create_monitor(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let mut monitor = fresh_monitor();
    lay_over(&mut monitor, asked.object()?, OF_MONITOR);
    checked_monitor(&monitor)?;
    monitor["id"] = json!(state.new_id("monitor"));
    monitor["created_on"] = json!(asked.time());
    monitor["modified_on"] = json!(asked.time());
    state.account_of(asked)?.shelf(MONITORS).push(monitor.clone());
    Ok(Reply::ok(monitor))
}

fn monitor<'a>(state: &'a mut State, asked: &Asked) -> Result<&'a mut Value, Reply> {
    find(state.account_of(asked)?.shelf(MONITORS), asked.param("monitor"), missing)
}

fn change_monitor(state: &mut State, asked: &Asked, whole: bool) -> Result<Reply, Reply> {
    let old = monitor(state, asked)?;
    let mut new = if whole { fresh_monitor() } else { old.clone() };
    lay_over(&mut new, asked.object()?, OF_MONITOR);
    checked_monitor(&new)?;
    put(old, new, asked);
    Ok(Reply::ok(old.clone()))
}

/// Puts a new state of a thing in place of the old one; its id and its beginning stay.
fn put(old: &mut Value, mut new: Value, asked: &Asked) {
    new["id"] = old["id"].clone();
    new["created_on"] = old["created_on"].clone();
    new["modified_on"] = json!(asked.time());
    *old = new;
}

fn delete_monitor(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let id = asked.param("monitor");
    let account = state.account_of(asked)?;
    if account.shelf(POOLS).iter().any(|pool| pool["monitor"] == id) {
        return Err(in_use("pool"));
    }
    take(account.shelf(MONITORS), id, missing)?;
    Ok(Reply::ok(json!({"id": id})))
}

const OF_POOL: &[&str] = &[
    "name",
    "description",
    "enabled",
    "minimum_origins",
    "monitor",
    "origins",
    "check_regions",
    "latitude",
    "longitude",
    "load_shedding",
    "origin_steering",
    "notification_email",
    "notification_filter",
];

fn fresh_pool() -> Value {
    json!({
        "name": "", "description": "", "enabled": true, "minimum_origins": 1, "origins": [],
        "check_regions": null, "notification_email": "", "networks": ["cloudflare"],
    })
}

fn list_pools(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let pools = state.account_of(asked)?.shelf(POOLS).iter();
    let wanted = |pool: &&Value| asked.query("monitor").is_none_or(|id| pool["monitor"] == id);
    Ok(Reply::whole(pools.filter(wanted).cloned().collect()))
}

fn create_pool(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let new = complete_pool(state, asked, fresh_pool())?;
    let mut pool = new;
    pool["id"] = json!(state.new_id("pool"));
    pool["created_on"] = json!(asked.time());
    pool["modified_on"] = json!(asked.time());
    state.account_of(asked)?.shelf(POOLS).push(pool.clone());
    Ok(Reply::ok(pool))
}

fn complete_pool(state: &mut State, asked: &Asked, mut pool: Value) -> Result<Value, Reply> {
    lay_over(&mut pool, asked.object()?, OF_POOL);
    let account = state.account_of(asked)?;
    let name = pool["name"].as_str().unwrap_or_default().to_owned();
    let own = asked.param("pool");
    let taken =
        account.shelf(POOLS).iter().any(|other| other["name"] == name && other["id"] != own);
    if !is_plain(&name) || taken {
        return Err(invalid("name"));
    }
    if let Some(monitor) = pool["monitor"].as_str().filter(|id| !id.is_empty())
        && !account.shelf(MONITORS).iter().any(|known| known["id"] == monitor)
    {
        return Err(invalid("monitor"));
    }
    let Some(origins) = pool["origins"].as_array_mut().filter(|origins| !origins.is_empty()) else {
        return Err(invalid("origins"));
    };
    for origin in origins {
        let text = |name: &str| origin[name].as_str().is_some_and(|text| !text.is_empty());
        if !text("name") || !text("address") {
            return Err(invalid("origins"));
        }
        let mut whole = Map::new();
        whole.insert("enabled".to_owned(), json!(true));
        whole.insert("weight".to_owned(), json!(1));
        whole.extend(origin.as_object().cloned().unwrap_or_default());
        *origin = Value::Object(whole);
    }
    Ok(pool)
}

fn pool<'a>(state: &'a mut State, asked: &Asked) -> Result<&'a mut Value, Reply> {
    find(state.account_of(asked)?.shelf(POOLS), asked.param("pool"), missing)
}

fn change_pool(state: &mut State, asked: &Asked, whole: bool) -> Result<Reply, Reply> {
    let old = pool(state, asked)?.clone();
    let new = complete_pool(state, asked, if whole { fresh_pool() } else { old })?;
    let pool = pool(state, asked)?;
    put(pool, new, asked);
    Ok(Reply::ok(pool.clone()))
}

fn delete_pool(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let id = asked.param("pool");
    let mut balancers = state.zones.iter_mut().flat_map(|zone| zone.shelf(BALANCERS).clone());
    if balancers.any(|balancer| pools_of(&balancer).contains(&id)) {
        return Err(in_use("load balancer"));
    }
    drop(balancers);
    let account = state.account_of(asked)?;
    take(account.shelf(POOLS), id, missing)?;
    account.shelf(HEALTH).retain(|health| health["id"] != id);
    Ok(Reply::ok(json!({"id": id})))
}

fn pools_of(balancer: &Value) -> Vec<&str> {
    let all = balancer["default_pools"].as_array().into_iter().flatten();
    all.chain([&balancer["fallback_pool"]]).filter_map(Value::as_str).collect()
}

/// By place and then by address, whatever the schema says.
fn health(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let pool = pool(state, asked)?.clone();
    let account = state.account_of(asked)?;
    let said = account.shelf(HEALTH).iter().find(|health| health["id"] == pool["id"]);
    let places = said.map_or_else(
        || json!({"Amsterdam, NL": place(&pool, None)}),
        |health| health["pop_health"].clone(),
    );
    Ok(Reply::ok(json!({"pool_id": pool["id"], "pop_health": places})))
}

/// How a pool looks from one place where all its origins are alike; the failure, if they fail.
pub(in crate::api) fn place(pool: &Value, failure: Option<&str>) -> Value {
    let origins = pool["origins"].as_array().into_iter().flatten();
    let origins: Vec<Value> = origins
        .map(|origin| {
            let address = origin["address"].as_str().unwrap_or_default();
            let code = if failure.is_none() { 200 } else { 0 };
            json!({address: {
                "healthy": failure.is_none(), "rtt": "12.1ms", "response_code": code,
                "failure_reason": failure.unwrap_or("No failures"),
            }})
        })
        .collect();
    json!({"healthy": failure.is_none(), "origins": origins})
}

const OF_BALANCER: &[&str] = &[
    "name",
    "description",
    "enabled",
    "ttl",
    "fallback_pool",
    "default_pools",
    "region_pools",
    "country_pools",
    "pop_pools",
    "proxied",
    "steering_policy",
    "session_affinity",
    "session_affinity_ttl",
    "session_affinity_attributes",
    "rules",
    "random_steering",
    "adaptive_routing",
    "location_strategy",
    "networks",
];

fn fresh_balancer() -> Value {
    json!({
        "name": "", "description": "", "enabled": true, "ttl": 30, "fallback_pool": "",
        "default_pools": [], "region_pools": {}, "country_pools": {}, "pop_pools": {},
        "proxied": false, "steering_policy": "", "session_affinity": "none",
        "session_affinity_attributes": {}, "rules": [],
        "adaptive_routing": {"failover_across_pools": false},
    })
}

fn complete_balancer(state: &mut State, asked: &Asked, mut new: Value) -> Result<Value, Reply> {
    lay_over(&mut new, asked.object()?, OF_BALANCER);
    let zone = state.zone_of(asked)?;
    let name = new["name"].as_str().unwrap_or_default();
    if name != zone.name && !name.ends_with(&format!(".{}", zone.name)) {
        return Err(invalid("name"));
    }
    new["zone_name"] = json!(zone.name);
    let account = zone.account.clone();
    let known: Vec<String> = state
        .accounts
        .iter_mut()
        .filter(|other| other.id == account)
        .flat_map(|account| account.shelf(POOLS).clone())
        .filter_map(|pool| pool["id"].as_str().map(str::to_owned))
        .collect();
    let wanted = pools_of(&new);
    if wanted.len() < 2 || !wanted.iter().all(|id| known.iter().any(|known| known == id)) {
        return Err(invalid("default_pools"));
    }
    Ok(new)
}

fn create_balancer(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let mut new = complete_balancer(state, asked, fresh_balancer())?;
    new["id"] = json!(state.new_id("load balancer"));
    new["created_on"] = json!(asked.time());
    new["modified_on"] = json!(asked.time());
    state.zone_of(asked)?.shelf(BALANCERS).push(new.clone());
    Ok(Reply::ok(new))
}

fn balancer<'a>(state: &'a mut State, asked: &Asked) -> Result<&'a mut Value, Reply> {
    find(state.zone_of(asked)?.shelf(BALANCERS), asked.param("balancer"), missing)
}

fn change_balancer(state: &mut State, asked: &Asked, whole: bool) -> Result<Reply, Reply> {
    let old = balancer(state, asked)?.clone();
    let new = complete_balancer(state, asked, if whole { fresh_balancer() } else { old })?;
    let balancer = balancer(state, asked)?;
    put(balancer, new, asked);
    Ok(Reply::ok(balancer.clone()))
}
