//! One request as an operation sees it: its path, query and body, and whose token came with it.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::envelope::Reply;
use super::grant::Grant;

/// A request that came through the gate.
#[derive(Debug, Clone)]
pub struct Asked {
    /// `GET`.
    pub method: String,
    /// Below the base, without the query, not decoded: `/zones/0123…/settings/ssl`.
    pub path: String,
    /// What the path's `{…}` stand for, decoded.
    pub params: Vec<(&'static str, String)>,
    /// Names and values, decoded, in the order sent.
    pub query: Vec<(String, String)>,
    /// The body; null where none came.
    pub body: Value,
    /// Whose token came with it; none only where no credentials are needed.
    pub grant: Option<Grant>,
    /// When it came.
    pub now: Timestamp,
}

impl Asked {
    /// What a `{name}` of the path stands for; empty where the path has none of it.
    #[must_use]
    pub fn param(&self, name: &str) -> &str {
        self.params.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value)
    }

    /// The first value of a name in the query.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A member of the body; null counts as absent.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Value> {
        self.body.get(name).filter(|value| !value.is_null())
    }

    /// A member of the body that is a text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.field(name).and_then(Value::as_str)
    }

    /// The body, which has to be an object.
    ///
    /// # Errors
    /// The answer to anything else.
    pub fn object(&self) -> Result<&Map<String, Value>, Reply> {
        self.body.as_object().ok_or_else(|| Reply::fail(400, 1002, "The body has to be an object"))
    }

    /// Whether the token may do this.
    #[must_use]
    pub fn may(&self, permission: &str) -> bool {
        self.grant.as_ref().is_some_and(|grant| grant.may(permission))
    }

    /// Goes on if the token may do this.
    ///
    /// # Errors
    /// "Authentication error", as the service says it.
    pub fn needs(&self, permission: &str) -> Result<(), Reply> {
        if self.may(permission) { Ok(()) } else { Err(Reply::not_permitted()) }
    }

    /// When it came, as the service writes times: `2026-11-22T18:00:00.123456Z`.
    #[must_use]
    pub fn time(&self) -> String {
        time(self.now)
    }
}

/// A time as the service writes it, with microseconds.
pub(super) fn time(at: Timestamp) -> String {
    format!("{at:.6}")
}

/// The bytes that `%41` and the like stand for; what is no such sequence stays.
#[must_use]
pub(super) fn decode(text: &str, plus_is_blank: bool) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match escaped {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(if plus_is_blank && bytes[at] == b'+' { b' ' } else { bytes[at] });
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Names and values of a query.
#[must_use]
pub(super) fn query(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (decode(name, true), decode(value, true))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_decoded() {
        let pairs = query("name=a%2Eb&comment=two+words&flag&odd=%zz");
        let wanted = [("name", "a.b"), ("comment", "two words"), ("flag", ""), ("odd", "%zz")];
        assert_eq!(pairs, wanted.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
