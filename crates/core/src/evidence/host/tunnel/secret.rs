//! The shape of a token and of a credentials file: whether cloudflared would take it, without
//! keeping any of it.
//!
//! A token is standard base64, with its padding, of JSON with the account `a`, the secret `s` and the
//! tunnel `t`; cloudflared trims a token file. A credentials file is JSON with `AccountTag`,
//! `TunnelSecret` and `TunnelID`. Whether Cloudflare knows them shows only at the edge.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A file with a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretFile {
    /// Where.
    pub path: String,
    /// How it is.
    pub held: Held,
}

/// How a secret is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Held {
    /// It has the right shape.
    Good,
    /// It is there; it may not be read from here.
    Unseen,
    /// It is not there.
    Missing,
    /// It is empty.
    Empty,
    /// It has another shape; a sentence without its end says which.
    Malformed {
        /// `it is not base64`.
        why: String,
    },
}

impl Held {
    /// Whether cloudflared would end at once.
    #[must_use]
    pub fn is_useless(&self) -> bool {
        matches!(self, Held::Missing | Held::Empty | Held::Malformed { .. })
    }
}

fn malformed(why: &str) -> Held {
    Held::Malformed { why: why.to_owned() }
}

/// Reads a token.
#[must_use]
pub fn read_token(bytes: &[u8]) -> Held {
    let bytes = bytes.trim_ascii();
    if bytes.is_empty() {
        return Held::Empty;
    }
    // Go's decoder passes over line breaks.
    let unbroken: Vec<u8> = bytes.iter().copied().filter(|b| !matches!(b, b'\r' | b'\n')).collect();
    let Ok(json) = STANDARD.decode(unbroken) else {
        return malformed("it is not base64, or was cut");
    };
    let Ok(Value::Object(fields)) = serde_json::from_slice::<Value>(&json) else {
        return malformed("what it holds is no JSON object");
    };
    let text = |key: &str| fields.get(key).and_then(Value::as_str).unwrap_or_default();
    match text("t") {
        "" => malformed("it names no tunnel"),
        tunnel if !is_uuid(tunnel) => malformed("what should be the tunnel's id is none"),
        _ if text("s").is_empty() => malformed("it has no secret"),
        _ if text("a").is_empty() => malformed("it names no account"),
        _ => Held::Good,
    }
}

/// Reads a credentials file.
#[must_use]
pub fn read_credentials(bytes: &[u8]) -> Held {
    if bytes.trim_ascii().is_empty() {
        return Held::Empty;
    }
    if bytes.starts_with(b"-----BEGIN") {
        return malformed("it is a certificate (PEM), not the tunnel's JSON");
    }
    let Ok(Value::Object(fields)) = serde_json::from_slice::<Value>(bytes) else {
        return malformed("it is no JSON object");
    };
    let has = |key: &str| {
        let found = fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
        found.and_then(|(_, value)| value.as_str()).is_some_and(|text| !text.is_empty())
    };
    match ["AccountTag", "TunnelSecret"].into_iter().find(|key| !has(key)) {
        Some(key) => malformed(&format!("it has no {key}")),
        None => Held::Good,
    }
}

/// The id of the tunnel that a token is for; nothing else of it is kept.
#[must_use]
pub fn tunnel_of_token(bytes: &[u8]) -> Option<String> {
    let unbroken: Vec<u8> = bytes
        .trim_ascii()
        .iter()
        .copied()
        .filter(|b| !matches!(b, b'\r' | b'\n'))
        .collect();
    let token: Value = serde_json::from_slice(&STANDARD.decode(unbroken).ok()?).ok()?;
    id_in(&token, "t")
}

/// The id of the tunnel that a credentials file is for.
#[must_use]
pub fn tunnel_of_credentials(bytes: &[u8]) -> Option<String> {
    let Value::Object(fields) = serde_json::from_slice::<Value>(bytes).ok()? else { return None };
    let (key, _) = fields.iter().find(|(name, _)| name.eq_ignore_ascii_case("TunnelID"))?;
    let key = key.clone();
    id_in(&Value::Object(fields), &key)
}

fn id_in(fields: &Value, key: &str) -> Option<String> {
    let id = fields.get(key).and_then(Value::as_str).filter(|id| is_uuid(id))?;
    Some(id.to_ascii_lowercase())
}

/// Whether a text is an id with dashes.
#[must_use]
pub fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
