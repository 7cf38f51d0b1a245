//! Page rules, the older kind: some of them change how the edge asks the origin.

use serde_json::{Map, Value, json};

use crate::api::state::State;
use crate::api::{Asked, Operation, Reply, Scope};

const ALL: &str = "/zones/{zone:id}/pagerules";
const ONE: &str = "/zones/{zone:id}/pagerules/{rule:id}";
const READ: &[&str] = &["Page Rules Read"];
const WRITE: &[&str] = &["Page Rules Write"];

const fn row(
    method: &'static str,
    path: &'static str,
    permissions: &'static [&'static str],
    run: fn(&mut State, &Asked) -> Result<Reply, Reply>,
) -> Operation {
    Operation { method, path, permissions, scope: Scope::Zone, run }
}

/// The rows. The list and a new rule are also allowed by the zone's own permission.
pub(super) const OPERATIONS: &[Operation] = &[
    row("GET", ALL, &["Page Rules Read", "Zone Read"], list),
    row("POST", ALL, &["Page Rules Write", "Zone Write"], create),
    row("GET", ONE, READ, get),
    row("PUT", ONE, WRITE, replace),
    row("PATCH", ONE, WRITE, change),
    row("DELETE", ONE, WRITE, delete),
];

/// All on one page, the highest priority first.
fn list(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let zone = state.zone_of(asked)?;
    let mut rules: Vec<Value> = zone
        .page_rules
        .iter()
        .filter(|rule| asked.query("status").is_none_or(|status| rule["status"] == status))
        .cloned()
        .collect();
    rules.sort_by_key(|rule| rule["priority"].as_i64().unwrap_or(0));
    if asked.query("direction") != Some("asc") {
        rules.reverse();
    }
    Ok(Reply::ok(rules))
}

fn get(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let zone = state.zone_of(asked)?;
    Ok(Reply::ok(zone.page_rules[find(&zone.page_rules, asked)?].clone()))
}

fn create(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let mut rule = checked(asked.object()?)?;
    rule.insert("id".to_owned(), json!(state.new_id("page rule")));
    rule.insert("created_on".to_owned(), json!(asked.time()));
    rule.insert("modified_on".to_owned(), json!(asked.time()));
    let rule = Value::Object(rule);
    state.zone_of(asked)?.page_rules.push(rule.clone());
    Ok(Reply::ok(rule))
}

fn replace(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    set(state, asked, asked.object()?)
}

fn change(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let zone = state.zone_of(asked)?;
    let old = &zone.page_rules[find(&zone.page_rules, asked)?];
    let mut whole = old.as_object().cloned().unwrap_or_default();
    whole.extend(asked.object()?.clone());
    set(state, asked, &whole)
}

fn set(state: &mut State, asked: &Asked, body: &Map<String, Value>) -> Result<Reply, Reply> {
    let zone = state.zone_of(asked)?;
    let at = find(&zone.page_rules, asked)?;
    let mut rule = checked(body)?;
    let old = &zone.page_rules[at];
    rule.insert("id".to_owned(), old["id"].clone());
    rule.insert("created_on".to_owned(), old["created_on"].clone());
    rule.insert("modified_on".to_owned(), json!(asked.time()));
    zone.page_rules[at] = Value::Object(rule);
    Ok(Reply::ok(zone.page_rules[at].clone()))
}

fn delete(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let zone = state.zone_of(asked)?;
    let at = find(&zone.page_rules, asked)?;
    let gone = zone.page_rules.remove(at);
    Ok(Reply::ok(json!({"id": gone["id"]})))
}

fn find(rules: &[Value], asked: &Asked) -> Result<usize, Reply> {
    let id = asked.param("rule");
    rules
        .iter()
        .position(|rule| rule["id"] == id)
        .ok_or_else(|| Reply::fail(404, 1002, "Invalid Page Rule identifier"))
}

/// A rule that was sent, if it is one: targets, actions, priority, status.
fn checked(body: &Map<String, Value>) -> Result<Map<String, Value>, Reply> {
    let wrong =
        |what: &str| Err(Reply::fail(400, 1004, &format!("Page Rule validation failed: {what}")));
    let list = |name: &str| body.get(name).and_then(Value::as_array).filter(|all| !all.is_empty());
    let (Some(targets), Some(actions)) = (list("targets"), list("actions")) else {
        return wrong("targets and actions have to be lists with something in them");
    };
    let constraint = |target: &Value| {
        target["constraint"]["operator"] == "matches" && target["constraint"]["value"].is_string()
    };
    if !targets.iter().all(constraint) {
        return wrong("a target needs a constraint with operator matches and a value");
    }
    if !actions.iter().all(|action| action["id"].is_string()) {
        return wrong("an action needs an id");
    }
    let status = body.get("status").cloned().unwrap_or(json!("disabled"));
    if status != "active" && status != "disabled" {
        return wrong("the status is active or disabled");
    }
    let priority = body.get("priority").cloned().unwrap_or(json!(1));
    if !priority.is_i64() {
        return wrong("the priority is a whole number");
    }
    Ok(Map::from_iter([
        ("targets".to_owned(), json!(targets)),
        ("actions".to_owned(), json!(actions)),
        ("priority".to_owned(), priority),
        ("status".to_owned(), status),
    ]))
}
