//! Purging the cache. Nothing is cached here; what was purged lies on the zone's shelf `purged`, in order.

use serde_json::{Value, json};

use super::shelf::zone;
use crate::api::state::State;
use crate::api::{Asked, Operation, Reply};

const KINDS: [&str; 5] = ["purge_everything", "files", "tags", "hosts", "prefixes"];

/// The rows.
pub(super) const OPERATIONS: &[Operation] =
    &[zone("POST", "/zones/{zone:id}/purge_cache", &["Cache Purge"], purge)];

fn invalid(why: &str) -> Reply {
    Reply::fail(400, 1012, why)
}

fn purge(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let body =
        asked.body.as_object().ok_or_else(|| invalid("Request must contain what to purge"))?;
    let said: Vec<&str> = KINDS.into_iter().filter(|kind| body.contains_key(*kind)).collect();
    let [kind] = said[..] else {
        return Err(invalid(
            "Request must contain one of \"purge_everything\", \"files\", \"tags\", \"hosts\" or \"prefixes\"",
        ));
    };
    let zone = state.zone_of(asked)?;
    let most = if kind == "files" && zone.plan == "enterprise" { 500 } else { 100 };
    let fine = match &body[kind] {
        Value::Bool(yes) => kind == "purge_everything" && *yes,
        Value::Array(items) => kind != "purge_everything" && (1..=most).contains(&items.len()),
        _ => false,
    };
    if !fine {
        return Err(invalid(&format!("{kind}: from 1 to {most} items, or true for everything")));
    }
    let entry = json!({"at": asked.time(), "what": asked.body});
    zone.shelf("purged").push(entry);
    Ok(Reply::ok(json!({"id": zone.id})))
}
