//! What a record has to look like, and which records cannot stand beside each other.

use std::net::{Ipv4Addr, Ipv6Addr};

use serde_json::{Map, Value, json};

use super::PROXIABLE;
use crate::api::Reply;

/// Types that are known.
const TYPES: &[&str] = &[
    "A",
    "AAAA",
    "CAA",
    "CERT",
    "CNAME",
    "DNSKEY",
    "DS",
    "HTTPS",
    "LOC",
    "MX",
    "NAPTR",
    "NS",
    "OPENPGPKEY",
    "PTR",
    "SMIMEA",
    "SRV",
    "SSHFP",
    "SVCB",
    "TLSA",
    "TXT",
    "URI",
];
/// Members that a record keeps as they were sent.
const KEPT: &[&str] = &["comment", "data", "priority", "settings", "tags"];

/// A record that looks as it has to.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) kind: String,
    name: String,
    content: String,
    ttl: u64,
    proxied: bool,
    rest: Map<String, Value>,
}

impl Draft {
    /// Reads a whole record.
    pub(super) fn whole(
        body: &Map<String, Value>,
        zone: &str,
        least_ttl: u64,
    ) -> Result<Draft, Reply> {
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        let kind = text("type")
            .filter(|kind| TYPES.contains(kind))
            .ok_or_else(|| invalid(9009, "The record type is invalid."))?;
        let name = text("name")
            .and_then(|name| full_name(name, zone))
            .ok_or_else(|| invalid(9000, "DNS name is invalid."))?;
        let content = content(kind, body)?;
        if kind == "CNAME" && content == name {
            return Err(invalid(9039, "CNAME content cannot reference itself."));
        }
        let ttl = match body.get("ttl") {
            None | Some(Value::Null) => 1,
            Some(ttl) => ttl
                .as_f64()
                .filter(|ttl| *ttl == 1.0 || (least_ttl as f64..=86_400.0).contains(ttl))
                .map(|ttl| ttl as u64)
                .ok_or_else(|| {
                    let text =
                        format!("Invalid TTL. Must be between {least_ttl} and 86400 seconds, or 1 for Automatic.");
                    invalid(9021, &text)
                })?,
        };
        let proxied = match body.get("proxied") {
            None | Some(Value::Null) => false,
            Some(Value::Bool(proxied)) => *proxied,
            Some(_) => return Err(invalid(9003, "Invalid 'proxied' value, must be a boolean.")),
        };
        if proxied && !PROXIABLE.contains(&kind) {
            return Err(invalid(9004, "This record type cannot be proxied."));
        }
        let priority = body.get("priority").and_then(Value::as_u64);
        if kind == "MX" && priority.is_none_or(|priority| priority > 65_535) {
            return Err(invalid(1004, "DNS Validation Error: an MX record needs a priority"));
        }
        let rest = KEPT
            .iter()
            .filter_map(|key| Some(((*key).to_owned(), body.get(*key)?.clone())))
            .filter(|(_, value)| !value.is_null())
            .collect();
        // The edge decides how long its own addresses are kept.
        let ttl = if proxied { 1 } else { ttl };
        Ok(Draft { kind: kind.to_owned(), name, content, ttl, proxied, rest })
    }

    /// As the API tells it.
    pub(super) fn told(&self, id: &str, created: &str, modified: &str) -> Value {
        let mut record = json!({
            "id": id, "type": self.kind, "name": self.name, "content": self.content,
            "ttl": self.ttl, "proxied": self.proxied,
            "proxiable": PROXIABLE.contains(&self.kind.as_str()),
            "settings": {}, "meta": {}, "tags": [],
            "created_on": created, "modified_on": modified,
        });
        if let Value::Object(members) = &mut record {
            members.extend(self.rest.clone());
        }
        record
    }
}

/// Refuses what cannot stand beside the records there; `at` is the record that it takes the place of.
pub(super) fn clash(records: &[Value], draft: &Draft, at: Option<usize>) -> Result<(), Reply> {
    let others = records.iter().enumerate().filter(|(index, _)| Some(*index) != at);
    for (_, other) in others.filter(|(_, other)| other["name"] == draft.name.as_str()) {
        let kind = other["type"].as_str().unwrap_or_default();
        if kind == draft.kind && other["content"] == draft.content.as_str() {
            let same = other["proxied"] == draft.proxied && other["ttl"] == draft.ttl;
            return Err(if same {
                Reply::fail(400, 81058, "An identical record already exists.")
            } else {
                Reply::fail(400, 81057, "The record already exists.")
            });
        }
        let address = |kind: &str| PROXIABLE.contains(&kind);
        if draft.kind == "CNAME" && address(kind) {
            let message = "An A, AAAA, or CNAME record with that host already exists.";
            return Err(Reply::fail(400, 81053, message));
        }
        if kind == "CNAME" && address(&draft.kind) {
            let message = "A CNAME record with that host already exists.";
            return Err(Reply::fail(400, 81054, message));
        }
    }
    Ok(())
}

/// The content; records whose content is in parts have it made of these.
fn content(kind: &str, body: &Map<String, Value>) -> Result<String, Reply> {
    let wrong = |code, message: &str| Err(invalid(code, message));
    let Some(content) = body.get("content").and_then(Value::as_str) else {
        let parts = body.get("data").and_then(Value::as_object);
        let Some(parts) = parts else {
            return wrong(9002, "Content of the record is missing.");
        };
        let words = parts.values().map(|value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        return Ok(words.collect::<Vec<_>>().join(" "));
    };
    match kind {
        "A" => match content.parse::<Ipv4Addr>() {
            Ok(address) => Ok(address.to_string()),
            Err(_) => wrong(9005, "Content for A record must be a valid IPv4 address."),
        },
        "AAAA" => match content.parse::<Ipv6Addr>() {
            Ok(address) => Ok(address.to_string()),
            Err(_) => wrong(9006, "Content for AAAA record must be a valid IPv6 address."),
        },
        "CNAME" => {
            let name = content.trim_end_matches('.').to_ascii_lowercase();
            if is_name(&name) && name.parse::<Ipv4Addr>().is_err() {
                Ok(name)
            } else {
                wrong(9007, "Content for CNAME record is invalid.")
            }
        }
        _ if content.is_empty() => wrong(9002, "Content of the record is missing."),
        _ => Ok(content.to_owned()),
    }
}

/// The name with its zone, lower case: `@`, `www` and `www.example.test.` are all taken.
fn full_name(name: &str, zone: &str) -> Option<String> {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let full = if name == "@" || name == zone {
        zone.to_owned()
    } else if name.ends_with(&format!(".{zone}")) {
        name
    } else {
        format!("{name}.{zone}")
    };
    is_name(full.strip_prefix("*.").unwrap_or(&full)).then_some(full)
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 253
        && name.split('.').all(|label| {
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            (1..=63).contains(&label.len()) && label.bytes().all(fits)
        })
}

fn invalid(code: u32, message: &str) -> Reply {
    Reply::fail(400, code, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_with_or_without_their_zone() {
        let full = |name| full_name(name, "example.test");
        assert_eq!(full("@").as_deref(), Some("example.test"));
        assert_eq!(full("WWW").as_deref(), Some("www.example.test"));
        assert_eq!(full("*.example.test.").as_deref(), Some("*.example.test"));
        assert_eq!(full("a b"), None);
        assert_eq!(full(""), None);
    }
}
