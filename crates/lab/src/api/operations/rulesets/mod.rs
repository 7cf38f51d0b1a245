//! Rulesets of a zone: its entrypoints by phase, and their rules.
//!
//! A permission is for a phase, so the rows ask for none and each operation looks for its own. A write makes
//! the version one more and answers the whole ruleset.

mod check;

use serde_json::{Map, Value, json};

use self::check::{Position, rule, ruleset};
use crate::api::envelope::Body;
use crate::api::state::{State, Zone};
use crate::api::{Asked, Operation, Reply, Scope};

const LIST: &str = "/zones/{zone:id}/rulesets";
const ENTRYPOINT: &str = "/zones/{zone:id}/rulesets/phases/{phase}/entrypoint";
const ONE: &str = "/zones/{zone:id}/rulesets/{ruleset:id}";
const RULES: &str = "/zones/{zone:id}/rulesets/{ruleset:id}/rules";
const RULE: &str = "/zones/{zone:id}/rulesets/{ruleset:id}/rules/{rule:id}";

/// How many rulesets a page has.
const PAGE: usize = 50;

const fn row(
    method: &'static str,
    path: &'static str,
    run: fn(&mut State, &Asked) -> Result<Reply, Reply>,
) -> Operation {
    Operation { method, path, permissions: &[], scope: Scope::Zone, run }
}

/// The rows.
pub(super) const OPERATIONS: &[Operation] = &[
    row("GET", LIST, list),
    row("GET", ENTRYPOINT, entrypoint),
    row("PUT", ENTRYPOINT, put),
    row("GET", ONE, get),
    row("DELETE", ONE, delete),
    row("POST", RULES, add_rule),
    row("PATCH", RULE, change_rule),
    row("DELETE", RULE, delete_rule),
];

/// Phases, the area of their permission, and actions that they know.
pub(super) const PHASES: &[(&str, &str, &[&str])] = &[
    ("http_request_cache_settings", "Cache Rules", &["set_cache_settings"]),
    ("http_request_origin", "Origin Rules", &["route"]),
    ("http_config_settings", "Config Rules", &["set_config"]),
    ("http_custom_errors", "Custom Error Rules", &["serve_error"]),
    ("http_request_transform", "Transform Rules", &["rewrite"]),
    ("http_request_late_transform", "Transform Rules", &["rewrite"]),
    ("http_response_headers_transform", "Transform Rules", &["rewrite"]),
    ("http_request_dynamic_redirect", "Dynamic URL Redirects", &["redirect"]),
    (
        "http_request_firewall_custom",
        "Zone WAF",
        &["block", "challenge", "js_challenge", "managed_challenge", "log", "skip"],
    ),
];

/// Goes on if the token may read or write a phase.
fn allowed(asked: &Asked, phase: &str, what: &str) -> Result<(), Reply> {
    let (_, area, _) = PHASES
        .iter()
        .find(|(name, ..)| *name == phase)
        .ok_or_else(|| Reply::fail(400, 10014, &format!("unknown phase \"{phase}\"")))?;
    asked.needs(&format!("{area} {what}"))
}

/// Those whose phase the token may read, without their rules; the next page by its cursor.
fn list(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    if !PHASES.iter().any(|(_, area, _)| asked.may(&format!("{area} Read"))) {
        return Err(Reply::not_permitted());
    }
    let number = |name: &str, usual: usize| -> Result<usize, Reply> {
        let wrong = || Reply::fail(400, 10014, &format!("invalid {name}"));
        asked.query(name).map_or(Ok(usual), |text| {
            let digits = text.strip_prefix("after-").unwrap_or(text);
            digits.parse().map_err(|_| wrong())
        })
    };
    let (per_page, from) = (number("per_page", PAGE)?.clamp(1, PAGE), number("cursor", 0)?);
    let shown: Vec<Value> = state
        .zone_of(asked)?
        .rulesets
        .iter()
        .filter(|ruleset| allowed(asked, text(ruleset, "phase"), "Read").is_ok())
        .map(|ruleset| {
            let mut short = ruleset.as_object().cloned().unwrap_or_default();
            short.remove("rules");
            Value::Object(short)
        })
        .collect();
    let from = from.min(shown.len());
    let until = from.saturating_add(per_page).min(shown.len());
    let mut reply = Reply::ok(shown[from..until].to_vec());
    if let Body::Json(body) = &mut reply.body
        && until < shown.len()
    {
        body["result_info"] = json!({"cursors": {"after": format!("after-{until}")}});
    }
    Ok(reply)
}

fn entrypoint(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let phase = asked.param("phase");
    allowed(asked, phase, "Read")?;
    let zone = state.zone_of(asked)?;
    let found = zone.rulesets.iter().find(|ruleset| ruleset["phase"] == phase);
    found.cloned().map(Reply::ok).ok_or_else(|| {
        let message = format!("could not find entrypoint ruleset in the \"{phase}\" phase");
        Reply::fail(404, 10003, &message)
    })
}

/// Replaces the rules of a phase; a rule that names its `id` or `ref` stays the same rule.
fn put(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let phase = asked.param("phase");
    allowed(asked, phase, "Write")?;
    let body = ruleset(asked.object()?)?;
    let zone = state.zone_of(asked)?;
    let at = zone.rulesets.iter().position(|ruleset| ruleset["phase"] == phase);
    let old = at.map(|at| zone.rulesets[at].clone()).unwrap_or_default();
    let before = old["rules"].as_array().cloned().unwrap_or_default();
    let mut rules = Vec::new();
    for sent in body.get("rules").and_then(Value::as_array).into_iter().flatten() {
        let sent = rule(sent, phase)?;
        let same = before.iter().find(|rule| {
            ["id", "ref"].iter().any(|key| sent.get(*key).is_some_and(|own| *own == rule[key]))
        });
        rules.push(kept(state, asked, same, sent));
    }
    let mut new = old.as_object().cloned().unwrap_or_default();
    let own = |key: &str| body.get(key).filter(|value| value.is_string()).cloned();
    if at.is_none() {
        new.insert("id".to_owned(), json!(state.new_id("ruleset")));
        new.insert("kind".to_owned(), json!("zone"));
        new.insert("phase".to_owned(), json!(phase));
    }
    let name = own("name").or_else(|| new.get("name").cloned()).unwrap_or(json!("default"));
    let words = own("description").or_else(|| new.get("description").cloned()).unwrap_or(json!(""));
    new.insert("name".to_owned(), name);
    new.insert("description".to_owned(), words);
    new.insert("rules".to_owned(), Value::Array(rules));
    let zone = state.zone_of(asked)?;
    let at = at.unwrap_or_else(|| {
        zone.rulesets.push(Value::Null);
        zone.rulesets.len() - 1
    });
    zone.rulesets[at] = Value::Object(new);
    Ok(touched(&mut zone.rulesets[at], asked))
}

fn get(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let (zone, at) = found(state, asked, "Read")?;
    Ok(Reply::ok(zone.rulesets[at].clone()))
}

fn delete(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let (zone, at) = found(state, asked, "Write")?;
    zone.rulesets.remove(at);
    Ok(Reply::nothing())
}

fn add_rule(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let (zone, at) = found(state, asked, "Write")?;
    let phase = text(&zone.rulesets[at], "phase").to_owned();
    let mut body = asked.object()?.clone();
    let position = Position::read(body.remove("position").as_ref())?;
    let sent = rule(&Value::Object(body), &phase)?;
    let new = kept(state, asked, None, sent);
    let (zone, at) = found(state, asked, "Write")?;
    let rules = rules_of(&mut zone.rulesets[at]);
    position.place(rules, new)?;
    Ok(touched(&mut zone.rulesets[at], asked))
}

/// Members that are not sent stay as they are.
fn change_rule(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let (zone, at) = found(state, asked, "Write")?;
    let phase = text(&zone.rulesets[at], "phase").to_owned();
    let rules = rules_of(&mut zone.rulesets[at]);
    let index = place_of(rules, asked.param("rule"))?;
    let old = rules[index].clone();
    let mut body = asked.object()?.clone();
    let position = body.remove("position");
    let mut whole = old.as_object().cloned().unwrap_or_default();
    whole.extend(body);
    let sent = rule(&Value::Object(whole), &phase)?;
    let new = kept(state, asked, Some(&old), sent);
    let (zone, at) = found(state, asked, "Write")?;
    let rules = rules_of(&mut zone.rulesets[at]);
    if position.is_some() {
        let position = Position::read(position.as_ref())?;
        let mut others = rules.clone();
        others.remove(index);
        position.place(&mut others, new)?;
        *rules = others;
    } else {
        rules[index] = new;
    }
    Ok(touched(&mut zone.rulesets[at], asked))
}

fn delete_rule(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let (zone, at) = found(state, asked, "Write")?;
    let rules = rules_of(&mut zone.rulesets[at]);
    let index = place_of(rules, asked.param("rule"))?;
    rules.remove(index);
    Ok(touched(&mut zone.rulesets[at], asked))
}

/// The ruleset that is asked for, if the token may do this with its phase.
fn found<'a>(
    state: &'a mut State,
    asked: &Asked,
    what: &str,
) -> Result<(&'a mut Zone, usize), Reply> {
    let zone = state.zone_of(asked)?;
    let id = asked.param("ruleset");
    let at = zone
        .rulesets
        .iter()
        .position(|ruleset| ruleset["id"] == id)
        .ok_or_else(|| Reply::fail(404, 10003, &format!("could not find ruleset {id}")))?;
    allowed(asked, text(&zone.rulesets[at], "phase"), what)?;
    Ok((zone, at))
}

fn place_of(rules: &[Value], id: &str) -> Result<usize, Reply> {
    rules
        .iter()
        .position(|rule| rule["id"] == id)
        .ok_or_else(|| Reply::fail(404, 10003, &format!("could not find rule {id}")))
}

fn rules_of(ruleset: &mut Value) -> &mut Vec<Value> {
    if !ruleset["rules"].is_array() {
        ruleset["rules"] = json!([]);
    }
    match &mut ruleset["rules"] {
        Value::Array(rules) => rules,
        _ => unreachable!("it was made a list above"),
    }
}

/// A rule as the service keeps it: the same id as before, and a version more if anything changed.
fn kept(state: &mut State, asked: &Asked, old: Option<&Value>, sent: Map<String, Value>) -> Value {
    let mut rule = sent;
    rule.entry("enabled").or_insert(json!(true));
    rule.entry("description").or_insert(json!(""));
    let id = match old {
        Some(old) => old["id"].clone(),
        None => json!(state.new_id("rule")),
    };
    rule.entry("ref").or_insert_with(|| id.clone());
    rule.insert("id".to_owned(), id);
    if let Some(old) = old {
        let mut before = old.as_object().cloned().unwrap_or_default();
        let (version, updated) = (before.remove("version"), before.remove("last_updated"));
        if before == rule {
            rule.extend(version.map(|version| ("version".to_owned(), version)));
            rule.extend(updated.map(|updated| ("last_updated".to_owned(), updated)));
            return Value::Object(rule);
        }
    }
    let version = old.map_or(1, |old| number(old) + 1);
    rule.insert("version".to_owned(), json!(version.to_string()));
    rule.insert("last_updated".to_owned(), json!(asked.time()));
    Value::Object(rule)
}

/// A version more, and the whole ruleset as the answer.
fn touched(ruleset: &mut Value, asked: &Asked) -> Reply {
    ruleset["version"] = json!((number(ruleset) + 1).to_string());
    ruleset["last_updated"] = json!(asked.time());
    Reply::ok(ruleset.clone())
}

/// The version; 0 where it has none yet.
fn number(of: &Value) -> u64 {
    of["version"].as_str().and_then(|version| version.parse().ok()).unwrap_or(0)
}

fn text<'a>(of: &'a Value, key: &str) -> &'a str {
    of[key].as_str().unwrap_or_default()
}
