//! GraphQL, as far as the counts of requests go: aliases, variables, filters, groups by dimensions, order.
//!
//! What is counted lies on the zone's shelf `counts`, one object for so many requests that were alike:
//! `{"at", "host", "path", "edge", "origin", "colo", "count", "interval"}` ([`Zone::counted`]). Not here:
//! fragments, directives, other datasets, budgets.
//!
//! [`Zone::counted`]: super::Zone::counted

mod groups;
mod parse;

use serde_json::{Map, Value, json};

use self::groups::groups;
use self::parse::Field;
use super::asked::{Asked, time};
use super::envelope::Reply;
use super::state::{State, Zone};

/// The shelf of what is counted.
pub(super) const SHELF: &str = "counts";
/// Longest time of one query, in seconds; what zones of the free plan have.
const LONGEST: i64 = 86_400;
/// How far back one may ask, in seconds.
const OLDEST: i64 = 7 * 86_400;
/// Most groups of one answer.
const MOST: u64 = 10_000;
/// The dataset.
const DATASET: &str = "httpRequestsAdaptiveGroups";

/// What is wrong with a query.
#[derive(Debug)]
struct Wrong {
    status: u16,
    message: String,
    path: Vec<String>,
}

impl Wrong {
    /// A query that is not understood.
    fn query(message: impl Into<String>) -> Wrong {
        Wrong { status: 400, message: message.into(), path: Vec::new() }
    }

    /// What the token may not see.
    fn forbidden(message: impl Into<String>) -> Wrong {
        Wrong { status: 403, message: message.into(), path: Vec::new() }
    }

    fn at(mut self, path: &[&str]) -> Wrong {
        self.path = path.iter().map(|part| (*part).to_owned()).collect();
        self
    }
}

/// Answers a query.
pub(super) fn answer(state: &State, asked: &Asked) -> Reply {
    match data(state, asked) {
        Ok(data) => Reply::bare(200, json!({"data": data, "errors": null})),
        Err(wrong) => {
            let mut error = json!({
                "message": wrong.message, "path": wrong.path,
                "extensions": {"timestamp": time(asked.now)},
            });
            if wrong.status == 403 {
                error["extensions"]["code"] = json!("authz");
            }
            Reply::bare(wrong.status, json!({"data": null, "errors": [error]}))
        }
    }
}

fn data(state: &State, asked: &Asked) -> Result<Value, Wrong> {
    let text = asked.text("query").ok_or_else(|| Wrong::query("error parsing query: empty"))?;
    let none = Map::new();
    let variables = asked.field("variables").and_then(Value::as_object).unwrap_or(&none);
    let fields = parse::parse(text, variables).map_err(Wrong::query)?;
    let mut data = Map::new();
    for field in &fields {
        if field.name != "viewer" {
            return Err(unknown(field));
        }
        let mut viewer = Map::new();
        for part in &field.fields {
            let told = match part.name.as_str() {
                "__typename" => json!("viewer"),
                "zones" => zones(state, asked, part)?,
                _ => return Err(unknown(part).at(&["viewer"])),
            };
            viewer.insert(part.key.clone(), told);
        }
        data.insert(field.key.clone(), Value::Object(viewer));
    }
    Ok(Value::Object(data))
}

fn unknown(field: &Field) -> Wrong {
    Wrong::query(format!("unknown field \"{}\"", field.name))
}

/// A zone that nobody knows is refused; one out of the token's reach is left out.
fn zones(state: &State, asked: &Asked, field: &Field) -> Result<Value, Wrong> {
    let filter = field.args.get("filter").and_then(Value::as_object);
    let tags: Vec<&str> =
        match filter.and_then(|filter| filter.get("zoneTag").or(filter.get("zoneTag_in"))) {
            Some(Value::String(tag)) => vec![tag],
            Some(Value::Array(tags)) => tags.iter().filter_map(Value::as_str).collect(),
            _ => {
                return Err(Wrong::query("error parsing args: filter: zoneTag is required")
                    .at(&["viewer", "zones"]));
            }
        };
    if tags.len() > 10 {
        return Err(Wrong::query("number of zones can't be more than 10").at(&["viewer", "zones"]));
    }
    if !asked.may("Analytics Read") {
        let message = "does not have access to the path. Refer to this page for more details: token permissions";
        return Err(Wrong::forbidden(message).at(&["viewer", "zones"]));
    }
    let mut told = Vec::new();
    for tag in tags {
        let zone = state.zones.iter().find(|zone| zone.id == tag);
        let zone = zone.ok_or_else(|| {
            Wrong::forbidden(format!("zones [\"{tag}\"] are not authorized"))
                .at(&["viewer", "zones"])
        })?;
        if asked.grant.as_ref().is_some_and(|grant| grant.zones.holds(tag)) {
            told.push(zone_told(zone, asked, field).map_err(|wrong| {
                let path = ["viewer", "zones", "0"].map(str::to_owned);
                Wrong { path: path.into_iter().chain(wrong.path).collect(), ..wrong }
            })?);
        }
    }
    Ok(json!(told))
}

fn zone_told(zone: &Zone, asked: &Asked, field: &Field) -> Result<Value, Wrong> {
    let mut told = Map::new();
    for part in &field.fields {
        let value = match part.name.as_str() {
            "__typename" => json!("zone"),
            "zoneTag" => json!(zone.id),
            "settings" => settings(part)?,
            DATASET => groups(zone, asked.now, part).map_err(|wrong| wrong.at(&[&part.key]))?,
            _ => return Err(unknown(part)),
        };
        told.insert(part.key.clone(), value);
    }
    Ok(Value::Object(told))
}

/// What the limits are.
fn settings(field: &Field) -> Result<Value, Wrong> {
    let mut told = Map::new();
    for dataset in &field.fields {
        if dataset.name != DATASET {
            return Err(unknown(dataset));
        }
        let mut limits = Map::new();
        for limit in &dataset.fields {
            let value = match limit.name.as_str() {
                "enabled" => json!(true),
                "maxDuration" => json!(LONGEST),
                "notOlderThan" => json!(OLDEST),
                "maxPageSize" => json!(MOST),
                "maxNumberOfFields" => json!(30),
                _ => return Err(unknown(limit)),
            };
            limits.insert(limit.key.clone(), value);
        }
        told.insert(dataset.key.clone(), Value::Object(limits));
    }
    Ok(Value::Object(told))
}
