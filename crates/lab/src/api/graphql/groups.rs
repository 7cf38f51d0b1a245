//! Counts in groups: rows that pass the filter, put together by the dimensions asked for.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::parse::Field;
use super::{LONGEST, MOST, OLDEST, SHELF, Wrong, unknown};
use crate::api::state::Zone;

/// Rows of one group, and its dimensions in the order asked for.
struct Group {
    key: Vec<Value>,
    count: u64,
    interval: u64,
}

/// Answers one field of the dataset.
pub(super) fn groups(zone: &Zone, now: Timestamp, field: &Field) -> Result<Value, Wrong> {
    let limit = field.args.get("limit").and_then(Value::as_u64).unwrap_or(0);
    if limit == 0 || limit > MOST {
        let message = format!("limit must be positive number and not greater than {MOST}");
        return Err(Wrong::query(message));
    }
    let filter = field.args.get("filter").cloned().unwrap_or(Value::Null);
    within_limits(zone, now, &filter)?;
    let dimensions: Vec<&Field> = field
        .fields
        .iter()
        .filter(|part| part.name == "dimensions")
        .flat_map(|part| &part.fields)
        .collect();
    let mut groups: Vec<Group> = Vec::new();
    for row in zone.shelves.get(SHELF).into_iter().flatten() {
        if !passes(row, &filter)? {
            continue;
        }
        let key: Vec<Value> =
            dimensions.iter().map(|field| dimension(row, field)).collect::<Result<_, _>>()?;
        let count = row["count"].as_u64().unwrap_or(1);
        let interval = row["interval"].as_u64().unwrap_or(1).saturating_mul(count);
        match groups.iter_mut().find(|group| group.key == key) {
            Some(group) => {
                group.count += count;
                group.interval += interval;
            }
            None => groups.push(Group { key, count, interval }),
        }
    }
    order(&mut groups, field, &dimensions)?;
    groups.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    groups.iter().map(|group| told(group, field)).collect::<Result<Vec<_>, _>>().map(Value::Array)
}

/// Refuses times that the plan does not allow.
fn within_limits(zone: &Zone, now: Timestamp, filter: &Value) -> Result<(), Wrong> {
    let bound = |names: [&str; 2]| {
        let text = names.iter().find_map(|name| filter.get(*name)).and_then(Value::as_str);
        text.and_then(|text| text.parse::<Timestamp>().ok())
    };
    let from = bound(["datetime_geq", "datetime_gt"]);
    let from =
        from.ok_or_else(|| Wrong::query("error parsing args: filter: a time is required"))?;
    let to = bound(["datetime_lt", "datetime_leq"]).unwrap_or(now);
    let span = to.as_second() - from.as_second();
    if span > LONGEST {
        return Err(Wrong::query(format!(
            "zone \"{}\" cannot request a time range wider than 1d, but your query spans {}h",
            zone.id,
            span / 3600
        )));
    }
    if now.as_second() - from.as_second() > OLDEST {
        return Err(Wrong::query(format!(
            "zone \"{}\" cannot request data older than 1w",
            zone.id
        )));
    }
    Ok(())
}

/// A row's value of a dimension; none: there is no such dimension.
fn value(row: &Value, name: &str) -> Option<Value> {
    let text = |name: &str, usual: &str| json!(row[name].as_str().unwrap_or(usual));
    let at =
        || row["at"].as_str().and_then(|text| text.parse::<Timestamp>().ok()).unwrap_or_default();
    let floor = |seconds: i64| {
        let begun = at().as_second().div_euclid(seconds) * seconds;
        json!(Timestamp::from_second(begun).unwrap_or_default().to_string())
    };
    Some(match name {
        "edgeResponseStatus" => json!(row["edge"].as_u64().unwrap_or(0)),
        "originResponseStatus" => json!(row["origin"].as_u64().unwrap_or(0)),
        "coloCode" => text("colo", "AMS"),
        "clientRequestHTTPHost" => text("host", ""),
        "clientRequestPath" => text("path", "/"),
        "clientRequestHTTPMethodName" => json!("GET"),
        "requestSource" => text("source", "eyeball"),
        "cacheStatus" => text("cache", "dynamic"),
        "originIP" => text("origin_ip", ""),
        "datetime" => floor(1),
        "datetimeMinute" => floor(60),
        "datetimeFiveMinutes" => floor(300),
        "datetimeFifteenMinutes" => floor(900),
        "datetimeHour" => floor(3600),
        "date" => json!(at().to_string().get(..10)),
        _ => return None,
    })
}

fn dimension(row: &Value, field: &Field) -> Result<Value, Wrong> {
    value(row, &field.name).ok_or_else(|| unknown(field))
}

/// Whether a row passes: `name`, or `name_geq` and the like, `AND` and `OR`.
fn passes(row: &Value, filter: &Value) -> Result<bool, Wrong> {
    for (key, wanted) in filter.as_object().into_iter().flatten() {
        let all = || wanted.as_array().into_iter().flatten();
        let holds = match key.as_str() {
            "AND" => all()
                .map(|one| passes(row, one))
                .collect::<Result<Vec<_>, _>>()?
                .iter()
                .all(|one| *one),
            "OR" => all()
                .map(|one| passes(row, one))
                .collect::<Result<Vec<_>, _>>()?
                .iter()
                .any(|one| *one),
            _ => {
                let (name, how) = key.rsplit_once('_').unwrap_or((key, "eq"));
                let wrong =
                    || Wrong::query(format!("error parsing args: filter: unknown field \"{key}\""));
                let value = value(row, name).ok_or_else(wrong)?;
                let order = compare(name, &value, wanted);
                match how {
                    "eq" => order.is_eq(),
                    "neq" => order.is_ne(),
                    "geq" => order.is_ge(),
                    "gt" => order.is_gt(),
                    "leq" => order.is_le(),
                    "lt" => order.is_lt(),
                    "in" => all().any(|one| compare(name, &value, one).is_eq()),
                    "notin" => !all().any(|one| compare(name, &value, one).is_eq()),
                    _ => return Err(wrong()),
                }
            }
        };
        if !holds {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Times as times, numbers as numbers, all else as texts.
fn compare(name: &str, a: &Value, b: &Value) -> std::cmp::Ordering {
    let time = |value: &Value| value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
    if name.starts_with("datetime") {
        return time(a).cmp(&time(b));
    }
    match (a.as_u64(), b.as_u64()) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => a.as_str().cmp(&b.as_str()),
    }
}

/// `count_DESC`, `datetimeMinute_ASC`: the first counts most.
fn order(groups: &mut [Group], field: &Field, dimensions: &[&Field]) -> Result<(), Wrong> {
    let words: Vec<&str> = match field.args.get("orderBy") {
        Some(Value::Array(words)) => words.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(word)) => vec![word],
        _ => Vec::new(),
    };
    for word in words.into_iter().rev() {
        let (name, down) = match word.rsplit_once('_') {
            Some((name, "DESC")) => (name, true),
            Some((name, "ASC")) => (name, false),
            _ => return Err(Wrong::query(format!("error parsing args: orderBy: {word}"))),
        };
        let at = dimensions.iter().position(|field| field.name == name);
        if name != "count" && at.is_none() {
            return Err(Wrong::query(format!(
                "error parsing args: orderBy: unknown field \"{name}\""
            )));
        }
        groups.sort_by(|a, b| {
            let order = match at {
                Some(at) => compare(name, &a.key[at], &b.key[at]),
                None => a.count.cmp(&b.count),
            };
            if down { order.reverse() } else { order }
        });
    }
    Ok(())
}

fn told(group: &Group, field: &Field) -> Result<Value, Wrong> {
    let mut told = Map::new();
    let mut values = group.key.iter();
    for part in &field.fields {
        let value = match part.name.as_str() {
            "count" => json!(group.count),
            "avg" | "sum" => {
                let mut sums = Map::new();
                for sum in &part.fields {
                    let value = match (part.name.as_str(), sum.name.as_str()) {
                        ("avg", "sampleInterval") => json!(group.interval / group.count.max(1)),
                        ("sum", "visits") => json!(group.count),
                        _ => return Err(unknown(sum)),
                    };
                    sums.insert(sum.key.clone(), value);
                }
                Value::Object(sums)
            }
            "dimensions" => {
                let named = part.fields.iter().map(|field| field.key.clone());
                Value::Object(named.zip(values.by_ref().cloned()).collect())
            }
            _ => return Err(unknown(part)),
        };
        told.insert(part.key.clone(), value);
    }
    Ok(Value::Object(told))
}
