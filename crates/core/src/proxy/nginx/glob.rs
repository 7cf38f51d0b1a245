//! Patterns of file names, as glob(3) reads them in the C locale, which is what nginx runs in.
//!
//! A leading dot must be written; `/` is matched by nothing but itself; `[!a-c]`, `[^a]` and `\*` are
//! known. Named classes (`[[:alpha:]]`) are not.

/// Whether nginx takes an include for a pattern (`strpbrk(name, "*?[")`).
pub(in crate::proxy) fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '['])
}

/// Whether a name of a folder matches one part of a pattern.
pub(in crate::proxy) fn matches(pattern: &str, name: &str) -> bool {
    if name.starts_with('.') && !pattern.starts_with('.') && !pattern.starts_with("\\.") {
        return false;
    }
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut p, mut n) = (0, 0);
    // Where to go back to: the last star, and the byte that it has not eaten yet.
    let mut back: Option<(usize, usize)> = None;
    while n < name.len() {
        let step = if pattern.get(p) == Some(&b'*') {
            back = Some((p + 1, n));
            p += 1;
            continue;
        } else {
            one(&pattern[p..], name[n])
        };
        match (step, back) {
            (Some(length), _) => {
                p += length;
                n += 1;
            }
            (None, Some((star, eaten))) => {
                p = star;
                n = eaten + 1;
                back = Some((star, n));
            }
            (None, None) => return false,
        }
    }
    pattern[p..].iter().all(|&byte| byte == b'*')
}

/// How many bytes of the pattern match this byte, if they do.
fn one(pattern: &[u8], byte: u8) -> Option<usize> {
    match *pattern {
        [b'?', ..] => Some(1),
        [b'\\', next, ..] => (next == byte).then_some(2),
        [b'[', ..] => match class(pattern, byte) {
            Some((found, length)) => found.then_some(length),
            None => (byte == b'[').then_some(1),
        },
        [first, ..] => (first == byte).then_some(1),
        [] => None,
    }
}

/// Whether a `[…]` that the pattern begins with holds the byte, and how long it is.
fn class(pattern: &[u8], byte: u8) -> Option<(bool, usize)> {
    let negated = matches!(pattern.get(1), Some(b'!' | b'^'));
    let first = 1 + usize::from(negated);
    let mut at = first;
    let mut found = false;
    loop {
        let low = *pattern.get(at)?;
        if low == b']' && at > first {
            return Some((found != negated, at + 1));
        }
        match (pattern.get(at + 1), pattern.get(at + 2)) {
            (Some(b'-'), Some(&high)) if high != b']' => {
                found |= (low..=high).contains(&byte);
                at += 3;
            }
            _ => {
                found |= low == byte;
                at += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_as_in_the_shell() {
        for (pattern, name, wanted) in [
            ("*.conf", "a.conf", true),
            ("*.conf", "a.conf~", false),
            ("*.conf", ".conf", false),
            ("*", ".hidden", false),
            (".*", ".hidden", true),
            ("*", "site", true),
            ("[0-9]*-*.conf", "50-a.conf", true),
            ("[!0-9]*.conf", "50-a.conf", false),
            ("[^0-9]*.conf", "x.conf", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("a\\*", "a*", true),
            ("a\\*", "ab", false),
            ("[]]", "]", true),
            ("[", "[", true),
            ("", "", true),
        ] {
            assert_eq!(matches(pattern, name), wanted, "{pattern} {name}");
        }
    }
}
