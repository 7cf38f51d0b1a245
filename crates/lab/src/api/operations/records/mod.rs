//! DNS records: list, create, get, change, replace, delete, and many at once.
//!
//! What a record may look like is in `check`, which records a list shows in `choose`.

mod check;
mod choose;

use serde_json::{Map, Value, json};

use self::check::{Draft, clash};
use crate::api::envelope::Sizes;
use crate::api::state::State;
use crate::api::{Asked, Changed, Operation, Reply, Scope};

/// Types that the edge can stand in front of.
pub(in crate::api) const PROXIABLE: &[&str] = &["A", "AAAA", "CNAME"];

const READ: &[&str] = &["DNS Read"];
const WRITE: &[&str] = &["DNS Write"];
const ALL: &str = "/zones/{zone:id}/dns_records";
const ONE: &str = "/zones/{zone:id}/dns_records/{record:id}";

const fn row(
    method: &'static str,
    path: &'static str,
    permissions: &'static [&'static str],
    run: fn(&mut State, &Asked) -> Result<Reply, Reply>,
) -> Operation {
    Operation { method, path, permissions, scope: Scope::Zone, run }
}

/// The rows.
pub(super) const OPERATIONS: &[Operation] = &[
    row("GET", ALL, READ, list),
    row("POST", ALL, WRITE, create),
    row("GET", ONE, READ, get),
    row("PUT", ONE, WRITE, replace),
    row("PATCH", ONE, WRITE, change),
    row("DELETE", ONE, WRITE, delete),
    row("POST", "/zones/{zone:id}/dns_records/batch", WRITE, batch),
];

fn list(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let zone = state.zone_of(asked)?;
    let found = choose::choose(&zone.records, asked);
    Ok(Reply::page(&found, asked, Sizes { usual: 100, least: 1, most: 5_000_000 }))
}

fn get(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let zone = state.zone_of(asked)?;
    Ok(Reply::ok(zone.records[find(&zone.records, asked.param("record"))?].clone()))
}

fn create(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    one(state, asked, |work| work.post(asked.object()?))
}

fn replace(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    one(state, asked, |work| work.put(asked.param("record"), asked.object()?))
}

fn change(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    one(state, asked, |work| work.patch(asked.param("record"), asked.object()?))
}

fn delete(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    one(state, asked, |work| {
        let gone = work.delete(asked.param("record"))?;
        Ok(json!({"id": gone["id"]}))
    })
}

/// Deletes, patches, puts, posts, in this order; all of them or none.
fn batch(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let list = |name: &str| -> Result<Option<Vec<Map<String, Value>>>, Reply> {
        let Some(value) = asked.field(name) else { return Ok(None) };
        let wrong = || Reply::fail(400, 9207, &format!("{name} has to be a list of records"));
        let items = value.as_array().ok_or_else(wrong)?;
        items
            .iter()
            .map(|item| item.as_object().cloned().ok_or_else(wrong))
            .collect::<Result<Vec<_>, _>>()
            .map(Some)
    };
    let id = |record: &Map<String, Value>| -> Result<String, Reply> {
        let id = record.get("id").and_then(Value::as_str).unwrap_or_default();
        if id.is_empty() { Err(missing()) } else { Ok(id.to_owned()) }
    };
    asked.object()?;
    let (deletes, patches) = (list("deletes")?, list("patches")?);
    let (puts, posts) = (list("puts")?, list("posts")?);
    one(state, asked, |work| {
        let deletes = each(deletes, |record| work.delete(&id(record)?))?;
        let patches = each(patches, |record| work.patch(&id(record)?, record))?;
        let puts = each(puts, |record| work.put(&id(record)?, record))?;
        let posts = each(posts, |record| work.post(record))?;
        Ok(json!({"deletes": deletes, "patches": patches, "puts": puts, "posts": posts}))
    })
}

/// Null for a list that was not sent.
fn each(
    items: Option<Vec<Map<String, Value>>>,
    mut run: impl FnMut(&Map<String, Value>) -> Result<Value, Reply>,
) -> Result<Value, Reply> {
    let Some(items) = items else { return Ok(Value::Null) };
    items.iter().map(&mut run).collect::<Result<Vec<Value>, Reply>>().map(Value::Array)
}

/// Works on a copy of the zone's records, which becomes theirs if all of it succeeds.
fn one(
    state: &mut State,
    asked: &Asked,
    run: impl FnOnce(&mut Work) -> Result<Value, Reply>,
) -> Result<Reply, Reply> {
    let zone = state.zone_of(asked)?;
    let mut work = Work {
        zone: zone.name.clone(),
        least_ttl: if zone.plan == "enterprise" { 30 } else { 60 },
        records: zone.records.clone(),
        now: asked.time(),
        ids: Vec::new(),
    };
    // Ids of records that may be made, since making one needs the state.
    let most = 1 + asked.field("posts").and_then(Value::as_array).map_or(0, Vec::len);
    work.ids = (0..most).map(|_| state.new_id("record")).collect();
    let result = run(&mut work)?;
    let zone = state.zone_of(asked)?;
    zone.records = work.records;
    let zone = zone.name.clone();
    state.tell(Changed::Records { zone });
    Ok(Reply::ok(result))
}

/// Records being changed.
struct Work {
    zone: String,
    least_ttl: u64,
    records: Vec<Value>,
    now: String,
    ids: Vec<String>,
}

impl Work {
    fn post(&mut self, body: &Map<String, Value>) -> Result<Value, Reply> {
        let draft = Draft::whole(body, &self.zone, self.least_ttl)?;
        clash(&self.records, &draft, None)?;
        let id = self.ids.pop().unwrap_or_default();
        let record = draft.told(&id, &self.now, &self.now);
        self.records.push(record.clone());
        Ok(record)
    }

    fn put(&mut self, id: &str, body: &Map<String, Value>) -> Result<Value, Reply> {
        let at = find(&self.records, id)?;
        let draft = Draft::whole(body, &self.zone, self.least_ttl)?;
        self.set(at, &draft)
    }

    fn patch(&mut self, id: &str, body: &Map<String, Value>) -> Result<Value, Reply> {
        let at = find(&self.records, id)?;
        let mut whole = self.records[at].as_object().cloned().unwrap_or_default();
        whole.extend(body.clone());
        let draft = Draft::whole(&whole, &self.zone, self.least_ttl)?;
        self.set(at, &draft)
    }

    fn set(&mut self, at: usize, draft: &Draft) -> Result<Value, Reply> {
        let old = &self.records[at];
        if old["type"] != draft.kind {
            return Err(Reply::fail(
                400,
                1004,
                "DNS Validation Error: the type of a record cannot be changed",
            ));
        }
        clash(&self.records, draft, Some(at))?;
        let created = old["created_on"].as_str().unwrap_or_default().to_owned();
        let id = old["id"].as_str().unwrap_or_default().to_owned();
        self.records[at] = draft.told(&id, &created, &self.now);
        Ok(self.records[at].clone())
    }

    fn delete(&mut self, id: &str) -> Result<Value, Reply> {
        let at = find(&self.records, id)?;
        Ok(self.records.remove(at))
    }
}

fn find(records: &[Value], id: &str) -> Result<usize, Reply> {
    records.iter().position(|record| record["id"] == id).ok_or_else(missing)
}

fn missing() -> Reply {
    Reply::fail(404, 81044, "Record does not exist.")
}
