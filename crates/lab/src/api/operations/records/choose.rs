//! Which records a list shows, and in which order.

use std::cmp::Ordering;

use serde_json::Value;

use crate::api::Asked;

/// Members that can be compared, and how: `name`, `name.exact`, `name.contains` ….
const COMPARED: &[&str] = &["name", "content", "comment"];

/// Those that are asked for. `name=contains:x` and lists with commas are no longer understood, so they
/// are names that nothing has.
pub(super) fn choose(records: &[Value], asked: &Asked) -> Vec<Value> {
    let any = asked.query("match") == Some("any");
    let search = asked.query("search").map(str::to_ascii_lowercase);
    let mut found: Vec<Value> = records
        .iter()
        .filter(|record| {
            let mut met = asked.query.iter().filter_map(|(key, value)| meets(record, key, value));
            // Without a condition, all are shown.
            let fits = if any {
                met.next().is_none_or(|first| first || met.any(|met| met))
            } else {
                met.all(|met| met)
            };
            fits && search.as_deref().is_none_or(|search| {
                let has = |key: &str| {
                    record[key]
                        .as_str()
                        .is_some_and(|text| text.to_ascii_lowercase().contains(search))
                };
                has("name") || has("content") || has("comment")
            })
        })
        .cloned()
        .collect();
    let order = asked.query("order").unwrap_or("name");
    found.sort_by(|a, b| compare(&a[order], &b[order]).then(compare(&a["id"], &b["id"])));
    if asked.query("direction") == Some("desc") {
        found.reverse();
    }
    found
}

/// Whether a record meets a condition of the query; none: it is no condition.
fn meets(record: &Value, key: &str, value: &str) -> Option<bool> {
    if key == "type" {
        return Some(record["type"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case(value)));
    }
    if key == "proxied" {
        return Some(record["proxied"] == (value == "true"));
    }
    let (member, how) = key.split_once('.').unwrap_or((key, "exact"));
    if !COMPARED.contains(&member) {
        return None;
    }
    let text = record[member].as_str().map(str::to_ascii_lowercase);
    if how == "present" || how == "absent" {
        return Some(text.is_some() == (how == "present"));
    }
    let (text, value) = (text.unwrap_or_default(), value.to_ascii_lowercase());
    Some(match how {
        "exact" => text == value,
        "contains" => text.contains(&value),
        "startswith" => text.starts_with(&value),
        "endswith" => text.ends_with(&value),
        _ => return None,
    })
}

fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        _ => a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(Ordering::Equal),
    }
}
