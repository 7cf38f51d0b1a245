//! Reading what the API tells, as it really tells it: null where a value belongs, and odd times.
//!
//! One strange field must not take away the rest of an answer. Whatever is null is as if it were left out;
//! a time that nobody can read is none.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// A value; its default where the API says null.
pub(super) fn null_is_default<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::<T>::deserialize(from)?.unwrap_or_default())
}

/// A time; none where it is null, empty or cannot be read.
pub(super) fn moment<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    let value = Value::deserialize(from)?;
    Ok(value.as_str().and_then(time))
}

/// A name of somebody's own choice, without it where it holds an e-mail address: unless renamed, accounts
/// are named after their owner's.
pub(super) fn without_mail<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let name: String = null_is_default(from)?;
    Ok(if name.contains('@') { String::new() } else { name })
}

/// Headers towards an origin; only `Host` is kept, since others may be secrets.
pub(super) fn only_host<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Map<String, Value>, D::Error> {
    let mut headers: Map<String, Value> = null_is_default(from)?;
    headers.retain(|name, _| name.eq_ignore_ascii_case("host"));
    Ok(headers)
}

/// A time as the API writes it: RFC 3339, or Go's own form (`2029-01-01 05:20:00 +0000 UTC`).
pub(super) fn time(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| {
        let text = text.strip_suffix(" UTC").unwrap_or(text);
        jiff::fmt::strtime::parse("%Y-%m-%d %H:%M:%S%.f %z", text).ok()?.to_timestamp().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_both_of_the_forms_that_the_api_writes() {
        let same = "2029-01-01T05:20:00Z".parse::<Timestamp>().unwrap();
        for text in
            ["2029-01-01T05:20:00Z", "2029-01-01T05:20:00.000000Z", "2029-01-01 05:20:00 +0000 UTC"]
        {
            assert_eq!(time(text), Some(same), "{text}");
        }
        for text in ["", "0", "never", "2029-13-01T00:00:00Z", "0000-00-00"] {
            assert_eq!(time(text), None, "{text}");
        }
    }
}
