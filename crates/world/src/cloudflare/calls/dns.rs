//! DNS records of a zone.

use serde_json::{Value, json};

use super::super::call::{Call, Method};
use super::{delete, get, of_zone, send};

/// Records of a name, whatever their type.
#[must_use]
pub fn records_named(zone: &str, name: &str) -> Call {
    records(zone).with("name", name)
}

/// All records of a zone, up to 1000 a page.
#[must_use]
pub fn records(zone: &str) -> Call {
    get(of_zone(zone, &["dns_records"]), "DNS Read").with("per_page", "1000")
}

/// Makes a record; it needs `type`, `name`, `content` and `ttl` (1: automatic).
#[must_use]
pub fn create_record(zone: &str, record: Value) -> Call {
    send(Method::Post, of_zone(zone, &["dns_records"]), "DNS Write", record)
}

/// Changes a record; `type`, `name`, `content` and `ttl` belong to it even where they stay. The type cannot
/// change.
#[must_use]
pub fn change_record(zone: &str, record: &str, change: Value) -> Call {
    send(Method::Patch, of_zone(zone, &["dns_records", record]), "DNS Write", change)
}

/// Takes a record away.
#[must_use]
pub fn delete_record(zone: &str, record: &str) -> Call {
    delete(of_zone(zone, &["dns_records", record]), "DNS Write")
}

/// Takes records away and makes others, all or none: the way to another type.
#[must_use]
pub fn replace_records(zone: &str, away: &[String], new: &[Value]) -> Call {
    let away: Vec<Value> = away.iter().map(|id| json!({ "id": id })).collect();
    let body = json!({ "deletes": away, "posts": new });
    send(Method::Post, of_zone(zone, &["dns_records", "batch"]), "DNS Write", body)
}
