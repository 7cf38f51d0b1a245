//! Regular expressions of a configuration, matched where that is certain.
//!
//! nginx uses PCRE. What our own engine reads otherwise than PCRE, or not at all (looking around,
//! back references, possessive quantifiers …), is unclear rather than matched or not: the answer
//! has three values. Bytes, not characters, as in nginx.

use regex::bytes::{Regex, RegexBuilder};

/// Whether something is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Truth {
    Yes,
    No,
    /// Only the request, the disk or PCRE itself can tell.
    Unclear,
}

impl From<bool> for Truth {
    fn from(so: bool) -> Self {
        if so { Truth::Yes } else { Truth::No }
    }
}

impl Truth {
    pub(super) fn not(self) -> Self {
        match self {
            Truth::Yes => Truth::No,
            Truth::No => Truth::Yes,
            Truth::Unclear => Truth::Unclear,
        }
    }
}

/// What the groups of a match hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Captures {
    /// By number, the whole match first.
    pub(super) numbered: Vec<String>,
    pub(super) named: Vec<(String, String)>,
}

/// Matches; the captures are there if it is certain that it does.
pub(super) fn matches(pattern: &str, caseless: bool, subject: &str) -> (Truth, Option<Captures>) {
    let Some(regex) = compile(pattern, caseless) else {
        return (Truth::Unclear, None);
    };
    let Some(found) = regex.captures(subject.as_bytes()) else {
        return (Truth::No, None);
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let numbered =
        found.iter().map(|group| group.map_or_else(String::new, |g| text(g.as_bytes()))).collect();
    let named = regex
        .capture_names()
        .flatten()
        .filter_map(|name| Some((name.to_owned(), text(found.name(name)?.as_bytes()))))
        .collect();
    (Truth::Yes, Some(Captures { numbered, named }))
}

fn compile(pattern: &str, caseless: bool) -> Option<Regex> {
    if is_read_otherwise(pattern.as_bytes()) {
        return None;
    }
    RegexBuilder::new(pattern)
        .unicode(false)
        .case_insensitive(caseless)
        .size_limit(1 << 20)
        .nest_limit(50)
        .build()
        .ok()
}

/// Whether PCRE may take the pattern for something else than our engine does.
fn is_read_otherwise(pattern: &[u8]) -> bool {
    let mut at = 0;
    let mut quantified = false;
    while let Some(&byte) = pattern.get(at) {
        let rest = &pattern[at + 1..];
        let was_quantified = std::mem::take(&mut quantified);
        match byte {
            b'\\' => {
                let Some(next) = rest.first() else { return true };
                let same = next.is_ascii_punctuation() && !matches!(next, b'<' | b'>')
                    || b"dDwWsSbBAznrtfax".contains(next);
                if !same || (matches!(next, b'b' | b'B') && rest.get(1) == Some(&b'{')) {
                    return true;
                }
                at += 1;
            }
            b'[' => match class_length(&pattern[at..]) {
                Some(length) => at += length - 1,
                None => return true,
            },
            b'(' if rest.first() == Some(&b'*') => return true,
            b'(' if rest.first() == Some(&b'?') => {
                let known = [&b"?:"[..], b"?<", b"?P<", b"?i)", b"?i:"];
                let looks_behind = rest.starts_with(b"?<=") || rest.starts_with(b"?<!");
                if looks_behind || !known.iter().any(|start| rest.starts_with(start)) {
                    return true;
                }
                at += 1;
            }
            b'{' if rest.first() == Some(&b',') => return true,
            b'+' if was_quantified => return true,
            b'*' | b'+' | b'?' | b'}' => quantified = true,
            _ => {}
        }
        at += 1;
    }
    false
}

/// The length of a `[…]` that both read alike.
fn class_length(pattern: &[u8]) -> Option<usize> {
    let first = 1 + usize::from(pattern.get(1) == Some(&b'^'));
    let mut at = first;
    loop {
        let rest = &pattern[at..];
        match rest.first()? {
            b']' if at > first => return Some(at + 1),
            b'\\' => {
                let next = rest.get(1)?;
                if !(next.is_ascii_punctuation() || b"dDwWsSnrtfax".contains(next)) {
                    return None;
                }
                at += 2;
            }
            b'[' if rest.get(1) == Some(&b':') => {
                at += 2 + rest[2..].windows(2).position(|pair| pair == b":]")? + 2;
            }
            b'[' => return None,
            b'&' | b'-' | b'~' if rest.get(1) == rest.first() => return None,
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_both_engines_read_alike_is_matched_and_the_rest_is_unclear() {
        for (pattern, subject, wanted) in [
            (r"\.php$", "/index.php", Truth::Yes),
            (r"\.php$", "/index.html", Truth::No),
            (r"^/(?<app>[a-z]+)/([0-9]{2,4})", "/shop/123", Truth::Yes),
            (r"^/(?:a|b)\-[[:alpha:]\d]+$", "/a-x9", Truth::Yes),
            (r"^[^./]+\.example\.com$", "a.example.com", Truth::Yes),
            (r"(?i)\.JPG$", "/a.jpg", Truth::Yes),
            (r"^/(?!admin)", "/x", Truth::Unclear),
            (r"a++b", "aab", Truth::Unclear),
            (r"a{1,2}+b", "aab", Truth::Unclear),
            (r"^(.)\1$", "aa", Truth::Unclear),
            (r"\<a", "<a", Truth::Unclear),
            (r"[a&&b]", "a", Truth::Unclear),
            (r"[[a]", "a", Truth::Unclear),
            (r"(*UTF8)a", "a", Truth::Unclear),
            (r"a{,2}", "a", Truth::Unclear),
            (r"(", "a", Truth::Unclear),
            (r"a\", "a", Truth::Unclear),
            (r"\hello", "a", Truth::Unclear),
        ] {
            assert_eq!(matches(pattern, false, subject).0, wanted, "{pattern}");
        }
        assert_eq!(matches("/A", true, "/a").0, Truth::Yes);
    }

    #[test]
    fn groups_are_captured_by_number_and_name() {
        let (_, captures) = matches("^/(?<app>[a-z]+)/(x)?", false, "/shop/");
        let captures = captures.unwrap();
        assert_eq!(captures.numbered, ["/shop/", "shop", ""]);
        assert_eq!(captures.named, [("app".to_owned(), "shop".to_owned())]);
    }
}
