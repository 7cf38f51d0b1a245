//! The top level of a JSON object, field by field, even where the object is cut off.
//!
//! Log lines in JSON are looked at up to a limit only, and some programs repeat a key or end in the
//! middle; a strict reader would throw all of the line away. This one yields the fields that are
//! whole, in the order written, without allocating. It does not check that the text is JSON.

use std::borrow::Cow;

/// A field's value as it stands in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// What stands between the quotes, escapes included.
    Text(&'a [u8]),
    /// A number, `true`, `false` or `null`.
    Word(&'a [u8]),
    /// An object or an array with its brackets.
    Nested(&'a [u8]),
}

impl<'a> Value<'a> {
    /// The text without escapes.
    pub(super) fn text(self) -> Option<Cow<'a, [u8]>> {
        match self {
            Value::Text(raw) => Some(unescape(raw)),
            Value::Word(_) | Value::Nested(_) => None,
        }
    }

    /// The text without escapes, or the word.
    pub(super) fn word(self) -> Option<Cow<'a, [u8]>> {
        match self {
            Value::Word(raw) => Some(Cow::Borrowed(raw)),
            Value::Text(_) | Value::Nested(_) => self.text(),
        }
    }
}

/// The whole fields of the object that `line` begins with; none where it is no object.
pub(super) fn fields(line: &[u8]) -> Fields<'_> {
    Fields { rest: line.trim_ascii_start().strip_prefix(b"{").unwrap_or_default() }
}

/// The first field of this name.
pub(super) fn field<'a>(line: &'a [u8], name: &str) -> Option<Value<'a>> {
    fields(line).find(|(key, _)| *key == name.as_bytes()).map(|(_, value)| value)
}

/// See [`fields`].
pub(super) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Fields<'a> {
    type Item = (&'a [u8], Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.trim_ascii_start();
        let rest = rest.strip_prefix(b",").unwrap_or(rest).trim_ascii_start();
        let (key, rest) = quoted(rest)?;
        let (value, rest) = value(rest.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start())?;
        self.rest = rest;
        Some((key, value))
    }
}

fn value(rest: &[u8]) -> Option<(Value<'_>, &[u8])> {
    match rest.first()? {
        b'"' => quoted(rest).map(|(raw, rest)| (Value::Text(raw), rest)),
        b'{' | b'[' => {
            let len = nested(rest)?;
            Some((Value::Nested(&rest[..len]), &rest[len..]))
        }
        _ => {
            let len = rest.iter().position(|byte| matches!(byte, b',' | b'}' | b']'))?;
            Some((Value::Word(rest[..len].trim_ascii_end()), &rest[len..]))
        }
    }
}

/// What stands in the quotes at the beginning, and what follows them.
fn quoted(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let inner = rest.strip_prefix(b"\"")?;
    let mut at = 0;
    loop {
        at += memchr::memchr2(b'"', b'\\', inner.get(at..)?)?;
        if inner[at] == b'"' {
            return Some((&inner[..at], &inner[at + 1..]));
        }
        at += 2;
    }
}

/// How long the object or array at the beginning is.
fn nested(rest: &[u8]) -> Option<usize> {
    let mut depth = 0_u32;
    let mut at = 0;
    while let Some(byte) = rest.get(at) {
        match byte {
            b'"' => {
                let (_, after) = quoted(&rest[at..])?;
                at = rest.len() - after.len();
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// RFC 8259, section 7; half a pair of surrogates becomes U+FFFD.
fn unescape(raw: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'\\', raw).is_none() {
        return Cow::Borrowed(raw);
    }
    let mut text = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        text.extend_from_slice(&rest[..at]);
        let escape = rest.get(at + 1).copied().unwrap_or(b'\\');
        rest = rest.get(at + 2..).unwrap_or_default();
        match escape {
            b'n' => text.push(b'\n'),
            b't' => text.push(b'\t'),
            b'r' => text.push(b'\r'),
            b'b' => text.push(8),
            b'f' => text.push(12),
            b'u' => {
                let mut code = hex4(rest);
                rest = rest.get(4..).unwrap_or_default();
                if let Some(high @ 0xd800..=0xdbff) = code
                    && let Some(low @ 0xdc00..=0xdfff) = rest.strip_prefix(b"\\u").and_then(hex4)
                {
                    code = Some(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00));
                    rest = &rest[6..];
                }
                let c = code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER);
                text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
            other => text.push(other),
        }
    }
    text.extend_from_slice(rest);
    Cow::Owned(text)
}

fn hex4(digits: &[u8]) -> Option<u32> {
    let digits = std::str::from_utf8(digits.get(..4)?).ok()?;
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fields_come_in_the_order_written_and_repeated_ones_twice() {
        let line = br#"{"level":"error", "event":1,"r":{"a":["}"]},"error":"a \"b\" \u003e \ud83d\ude00","event":0}"#;
        let keys: Vec<_> = fields(line).map(|(key, _)| String::from_utf8_lossy(key)).collect();
        assert_eq!(keys, ["level", "event", "r", "error", "event"]);
        assert_eq!(field(line, "event"), Some(Value::Word(b"1")));
        let error = field(line, "error").and_then(Value::text).unwrap();
        assert_eq!(String::from_utf8_lossy(&error), "a \"b\" > 😀");
        assert_eq!(field(line, "r"), Some(Value::Nested(br#"{"a":["}"]}"#)));
    }

    #[test]
    fn of_an_object_that_is_cut_off_the_whole_fields_are_yielded() {
        let line = br#"{"level":"error","message":"not whole"#;
        assert_eq!(fields(line).count(), 1);
        assert_eq!(fields(b"level").count(), 0);
        assert_eq!(fields(b"{\"a\":{\"b\":1").count(), 0);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(line in "\\{?([\"\\\\{}\\[\\]:,u0-9a-f ]){0,80}") {
            for (_, value) in fields(line.as_bytes()) {
                value.word();
            }
        }

        #[test]
        fn what_a_strict_reader_reads_is_read_alike(
            pairs in proptest::collection::vec(("[a-z]{1,5}", any::<String>()), 0..5)
        ) {
            let object: serde_json::Map<String, serde_json::Value> =
                pairs.into_iter().map(|(key, value)| (key, value.into())).collect();
            let line = serde_json::to_vec(&object).unwrap();
            for (key, value) in &object {
                let read = field(&line, key).and_then(Value::text).unwrap();
                prop_assert_eq!(read.as_ref(), value.as_str().unwrap().as_bytes());
            }
        }
    }
}
