//! Finding pieces in the bytes of a line, quickly and without surprises.
//!
//! Lines are bytes, not text: logs hold invalid UTF-8, and a line may be cut anywhere. Everything
//! here is total. Text for people is made at the very end, by [`text`].

use memchr::memmem;

/// How many bytes of a text are kept.
const KEPT: usize = 400;

/// Where `needle` begins.
pub(super) fn find(hay: &[u8], needle: &str) -> Option<usize> {
    memmem::find(hay, needle.as_bytes())
}

/// Whether `needle` stands in it.
pub(super) fn has(hay: &[u8], needle: &str) -> bool {
    find(hay, needle).is_some()
}

/// Whether one of them stands in it.
pub(super) fn has_any(hay: &[u8], needles: &[&str]) -> bool {
    needles.iter().any(|needle| has(hay, needle))
}

/// What follows the beginning `lead`.
pub(super) fn strip<'a>(hay: &'a [u8], lead: &str) -> Option<&'a [u8]> {
    hay.strip_prefix(lead.as_bytes())
}

/// Whether it begins with one of them.
pub(super) fn starts_any(hay: &[u8], leads: &[&str]) -> bool {
    leads.iter().any(|lead| hay.starts_with(lead.as_bytes()))
}

/// What follows the first `needle`.
pub(super) fn after<'a>(hay: &'a [u8], needle: &str) -> Option<&'a [u8]> {
    find(hay, needle).map(|at| &hay[at + needle.len()..])
}

/// What precedes the first `needle`; all of it where there is none.
pub(super) fn until<'a>(hay: &'a [u8], needle: &str) -> &'a [u8] {
    find(hay, needle).map_or(hay, |at| &hay[..at])
}

/// What stands between the first `open` and the `close` after it.
pub(super) fn between<'a>(hay: &'a [u8], open: &str, close: &str) -> Option<&'a [u8]> {
    let rest = after(hay, open)?;
    find(rest, close).map(|at| &rest[..at])
}

/// What precedes and what follows the first `needle`.
pub(super) fn split<'a>(hay: &'a [u8], needle: &str) -> Option<(&'a [u8], &'a [u8])> {
    find(hay, needle).map(|at| (&hay[..at], &hay[at + needle.len()..]))
}

/// The digits at the beginning as a number, and the rest.
pub(super) fn number(hay: &[u8]) -> Option<(u64, &[u8])> {
    let len = hay.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if len == 0 || len > 19 {
        return None;
    }
    let value = hay[..len].iter().fold(0_u64, |sum, byte| sum * 10 + u64::from(byte - b'0'));
    Some((value, &hay[len..]))
}

/// The number that follows the first `needle`.
pub(super) fn number_after(hay: &[u8], needle: &str) -> Option<u64> {
    number(after(hay, needle)?).map(|(value, _)| value)
}

/// As [`number_after`], for process ids and statuses.
pub(super) fn small_after<T: TryFrom<u64>>(hay: &[u8], needle: &str) -> Option<T> {
    T::try_from(number_after(hay, needle)?).ok()
}

/// Whether it ends with `tail`.
pub(super) fn ends(hay: &[u8], tail: &str) -> bool {
    hay.ends_with(tail.as_bytes())
}

/// The text without leading and trailing white space, control characters taken out, at most 400
/// bytes; bytes that are not UTF-8 become U+FFFD.
pub(super) fn text(bytes: &[u8]) -> String {
    let bytes = bytes.trim_ascii();
    let kept = &bytes[..bytes.len().min(KEPT)];
    let lossy = String::from_utf8_lossy(kept);
    // Nearly every line is plain, and there are millions.
    let mut text = if kept.iter().all(|byte| (b' '..=b'~').contains(byte)) {
        lossy.into_owned()
    } else {
        lossy.chars().map(|c| if c.is_control() || is_bidi(c) { ' ' } else { c }).collect()
    };
    // A byte that is not UTF-8 has grown to three.
    if bytes.len() > KEPT || text.len() > KEPT {
        text.truncate(text.floor_char_boundary(KEPT));
        text.push('…');
    }
    text
}

/// Characters that turn the direction of what is printed around them.
fn is_bidi(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// As [`text`], without the values of a query.
pub(super) fn path(bytes: &[u8]) -> String {
    crate::redact::query(&text(bytes))
}

/// A Ray ID, with or without the data centre behind it: sixteen hex digits, `-FRA`.
pub(super) fn ray(bytes: &[u8]) -> Option<String> {
    let (id, colo) = bytes.split_at_checked(16)?;
    let hex = id.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let place = match colo {
        [] => true,
        [b'-', rest @ ..] => rest.len() == 3 && rest.iter().all(u8::is_ascii_uppercase),
        _ => false,
    };
    (hex && place).then(|| text(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_found_and_their_absence_is_told() {
        assert_eq!(between(b"a: \"b\", c", ": \"", "\""), Some(&b"b"[..]));
        assert_eq!(between(b"a: \"b", ": \"", "\""), None);
        assert_eq!(number(b"110: timed"), Some((110, &b": timed"[..])));
        assert_eq!(number(b"99999999999999999999"), None);
        assert_eq!(small_after::<u16>(b"status=70000", "status="), None);
    }

    #[test]
    fn text_is_bounded_and_harmless() {
        assert_eq!(text(b" a\x1b[31mb\xff\t"), "a [31mb\u{fffd}");
        let long = text(&vec![b'x'; 5000]);
        assert!(long.len() <= KEPT + 3 && long.ends_with('…'));
        assert!(text(&[0xff; KEPT]).len() <= KEPT + 3);
        assert_eq!(text("a\u{202e}b".as_bytes()), "a b");
    }

    #[test]
    fn rays_are_sixteen_hex_digits_with_or_without_a_place() {
        assert_eq!(ray(b"bbffd1ccf8c02268-NRT").as_deref(), Some("bbffd1ccf8c02268-NRT"));
        assert_eq!(ray(b"bbffd1ccf8c02268").as_deref(), Some("bbffd1ccf8c02268"));
        for no in [&b"-"[..], b"bbffd1ccf8c0226", b"bbffd1ccf8c02268-nrt", b"curl/8.10.1 Mozilla"] {
            assert_eq!(ray(no), None);
        }
    }
}
