//! What must not be kept: the values of secrets, taken out where they are seen.
//!
//! Evidence never holds them in the first place, so no report, case or log can leak them. Of headers
//! only those are kept whose values say something about the way and nothing about a person; of
//! others the name. Text (an error page, the first bytes of something odd) is kept as the proof that
//! it is, without what is shaped like a secret: shapes are a guess, so a rare harmless word goes too.

mod command;

pub use self::command::{COMMAND, command};

/// What stands where a secret stood.
pub const REDACTED: &str = "(redacted)";

/// Headers whose value is kept, lower case. Any other can hold a secret, whatever it is called.
const SHOWN_HEADERS: [&str; 36] = [
    "accept-ranges",
    "age",
    "allow",
    "alt-svc",
    "cache-control",
    "cf-cache-status",
    "cf-error-origin",
    "cf-error-type",
    "cf-mitigated",
    "cf-ray",
    "connection",
    "content-encoding",
    "content-language",
    "content-length",
    "content-range",
    "content-type",
    "date",
    "expires",
    "keep-alive",
    "last-modified",
    "pragma",
    "proxy-status",
    "retry-after",
    "server",
    "server-timing",
    "strict-transport-security",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "vary",
    "via",
    "x-cache",
    "x-frame-options",
    "x-powered-by",
    "x-served-by",
    "x-varnish",
];

/// Headers that lead somewhere.
const LEADING_HEADERS: [&str; 3] = ["content-location", "location", "refresh"];

/// Parts of names whose values are secrets, lower case.
const SECRET_NAMES: [&str; 16] = [
    "apikey",
    "api_key",
    "api-key",
    "authentication",
    "authorization",
    "bearer",
    "cookie",
    "credential",
    "csrf",
    "passwd",
    "password",
    "private",
    "pwd",
    "secret",
    "session",
    "token",
];

/// Words of an `Authorization` that say how, not what.
const SCHEMES: [&str; 4] = ["basic", "bearer", "digest", "negotiate"];

/// The value of a header as it may be kept. `name` in any case.
#[must_use]
pub fn header(name: &str, value: &str) -> String {
    let name = name.to_ascii_lowercase();
    if LEADING_HEADERS.contains(&name.as_str()) {
        return query(value);
    }
    if SHOWN_HEADERS.contains(&name.as_str()) {
        return text(value);
    }
    REDACTED.to_owned()
}

/// A URL or path whose query values are taken out; their names stay. What precedes an `@` before
/// the path goes as well, and so do parts of the path that are shaped like a token.
#[must_use]
pub fn query(url: &str) -> String {
    let url = without_userinfo(url);
    let (path, after) = match url.find(['?', '#']) {
        Some(at) => url.split_at(at),
        None => (url.as_str(), ""),
    };
    let path = path_without_tokens(path);
    let Some(after) = after.strip_prefix('?') else {
        return if after.is_empty() { path } else { format!("{path}#") };
    };
    let (pairs, rest) = match after.split_once('#') {
        Some((pairs, _)) => (pairs, "#"),
        None => (after, ""),
    };
    let pairs: Vec<String> = pairs
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((name, value)) if !value.is_empty() => format!("{name}=…"),
            _ if pair.len() > 24
                || (pair.len() > 4 && pair.bytes().any(|b| b.is_ascii_digit())) =>
            {
                "…".to_owned()
            }
            _ => pair.to_owned(),
        })
        .collect();
    format!("{path}?{}{rest}", pairs.join("&"))
}

/// Text without what is shaped like a secret: passwords in URLs, mail addresses, what follows a name
/// such as `token:` or `password=`, and long words of letters and digits.
#[must_use]
pub fn text(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    let mut awaited = Awaited::Nothing;
    while !rest.is_empty() {
        let end = rest.find(parts).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        if !word.is_empty() {
            kept.push_str(&of_word(word, &mut awaited));
        }
        let between = after.find(|c| !parts(c)).unwrap_or(after.len());
        let (gap, after) = after.split_at(between);
        // A value stands on the line of its name.
        if gap.contains(['\n', '<', ';', ',']) {
            awaited = Awaited::Nothing;
        }
        kept.push_str(gap);
        rest = after;
    }
    kept
}

/// What the words before one announced.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Awaited {
    Nothing,
    /// A name of a secret came; a colon or an equals sign would announce its value.
    Sign,
    /// The next word is a secret.
    Value,
}

/// Whether a character stands between words.
fn parts(c: char) -> bool {
    c.is_whitespace() || "\"'`<>(){}[],;&|".contains(c)
}

fn of_word(word: &str, awaited: &mut Awaited) -> String {
    let before = *awaited;
    *awaited = Awaited::Nothing;
    if before == Awaited::Value && SCHEMES.contains(&word.to_ascii_lowercase().as_str()) {
        *awaited = Awaited::Value;
        return word.to_owned();
    }
    if before == Awaited::Value && word == "redacted" {
        return word.to_owned();
    }
    if before == Awaited::Value && !matches!(word, ":" | "=" | "=>") {
        return REDACTED.to_owned();
    }
    if before != Awaited::Nothing {
        match word.trim_start_matches([':', '=', '>']) {
            "" => {
                *awaited = Awaited::Value;
                return word.to_owned();
            }
            value if value.len() < word.len() => return REDACTED.to_owned(),
            _ => {}
        }
    }
    let is_url = word.contains("://") || word.starts_with("//");
    if !is_url && is_mail(word) {
        return REDACTED.to_owned();
    }
    if is_url || word.contains('?') {
        return query(word);
    }
    if let Some((name, value)) = word.split_once(['=', ':'])
        && is_secret(name)
    {
        if value.is_empty() {
            *awaited = Awaited::Value;
            return word.to_owned();
        }
        return format!("{}{REDACTED}", &word[..=name.len()]);
    }
    if is_secret(word) {
        *awaited = if SCHEMES.contains(&word.to_ascii_lowercase().as_str()) {
            Awaited::Value
        } else {
            Awaited::Sign
        };
        return word.to_owned();
    }
    path_without_tokens(word)
}

/// `who@where.tld`, whatever query follows.
fn is_mail(word: &str) -> bool {
    let address = word.split(['?', '#']).next().unwrap_or_default();
    address.split_once('@').is_some_and(|(who, at)| !who.is_empty() && at.contains('.'))
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_NAMES.iter().any(|part| name.contains(part))
}

/// A path whose parts are kept, but for those that are shaped like a token.
fn path_without_tokens(path: &str) -> String {
    let bare = |part: &str| -> String {
        if part.split(['.', ':', '=']).any(is_token) { "…".to_owned() } else { part.to_owned() }
    };
    let part = |part: &str| match part.split_once(';') {
        Some((name, matrix)) if matrix.contains('=') => {
            let key = matrix.split('=').next().unwrap_or_default();
            format!("{};{}=…", bare(name), bare(key))
        }
        _ => bare(part),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// Twenty characters or more, letters and digits among them: no word that people write. Names with
/// hyphens (`ip-10-0-3-77`, `8-reasons-to-write`) are judged by what stands between these.
fn is_token(word: &str) -> bool {
    let is_uuid = word.len() == 36
        && word.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
        && word.bytes().filter(|byte| *byte == b'-').count() == 4;
    is_uuid
        || word.split('-').any(|word| {
            word.len() >= 20
                && word.bytes().any(|byte| byte.is_ascii_digit())
                && word.bytes().any(|byte| byte.is_ascii_alphabetic())
        })
}

fn without_userinfo(url: &str) -> String {
    let Some(at) = url.find("//") else {
        return url.to_owned();
    };
    let (scheme, rest) = url.split_at(at + 2);
    // Behind the beginning of a path or a query two slashes are two slashes.
    if scheme[..at].contains(['/', '?', '#']) {
        return url.to_owned();
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{scheme}{}", &rest[at + 1..]),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn headers_that_may_hold_a_secret_keep_their_names_only() {
        for name in ["Set-Cookie", "Authorization", "X-Session", "X-Whatever", "WWW-Authenticate"] {
            assert_eq!(header(name, "sid=abc; HttpOnly"), REDACTED, "{name}");
        }
        for (name, value) in [
            ("Server", "nginx/1.22.1 (Debian)"),
            ("CF-RAY", "8f3c2a1b9d7e6f50-AMS"),
            ("Content-Type", "text/html; charset=utf-8"),
            ("Date", "Sun, 22 Nov 2026 03:14:15 GMT"),
            ("Via", "1.1 varnish (Varnish/7.1)"),
        ] {
            assert_eq!(header(name, value), value);
        }
    }

    #[test]
    fn urls_keep_names_and_lose_values() {
        for (url, kept) in [
            (
                "https://u:p@a.example/x?token=s3cret&q=&flag#frag",
                "https://a.example/x?token=…&q=&flag#",
            ),
            ("//u:p@a.example/x", "//a.example/x"),
            ("/plain", "/plain"),
            ("/a//b@c", "/a//b@c"),
            ("/x?s3cret", "/x?…"),
            ("/x?v=1&v2", "/x?v=…&v2"),
            ("/x#s3cret", "/x#"),
            ("/x#a?b=s3cret", "/x#"),
            ("/x;jsessionid=s3cret/y", "/x;jsessionid=…/y"),
            ("/reset/0123456789abcdef0123456789abcdef", "/reset/…"),
            ("/o/5f0c1d2e-1111-4222-8333-944455566677/", "/o/…/"),
            (
                "/2026/11/22/8-reasons-to-write-tests-in-2026",
                "/2026/11/22/8-reasons-to-write-tests-in-2026",
            ),
            (
                "https://ip-10-0-3-77.eu-west-1.compute.internal/",
                "https://ip-10-0-3-77.eu-west-1.compute.internal/",
            ),
        ] {
            assert_eq!(query(url), kept);
        }
    }

    #[test]
    fn text_keeps_its_words_and_loses_what_is_shaped_like_a_secret() {
        for (seen, kept) in [
            (
                "<center><h1>502 Bad Gateway</h1></center>\n<hr>nginx/1.22.1",
                "<center><h1>502 Bad Gateway</h1></center>\n<hr>nginx/1.22.1",
            ),
            ("No required SSL certificate was sent", "No required SSL certificate was sent"),
            ("the token was not accepted", "the token was not accepted"),
            ("Your session has expired.", "Your session has expired."),
            ("password=hunter2 user=bob", "password=(redacted) user=bob"),
            ("password: hunter2", "password: (redacted)"),
            ("{\"access_token\": \"hunter2\"}", "{\"access_token\": \"(redacted)\"}"),
            ("['api_key' => 'hunter2']", "['api_key' => '(redacted)']"),
            ("Authorization: Bearer hunter2", "Authorization: Bearer (redacted)"),
            ("sent Bearer hunter2", "sent Bearer (redacted)"),
            ("mysql://root:hunter2@db.internal/shop", "mysql://db.internal/shop"),
            ("see /log?key=hunter2 there", "see /log?key=… there"),
            ("mail alice@example.com", "mail (redacted)"),
            ("alice@example.com?subject=help", "(redacted)"),
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx.c2lnbmF0dXJl", "…"),
            ("ray 8f3c2a1b9d7e6f50", "ray 8f3c2a1b9d7e6f50"),
            ("/usr/share/nginx/html/index2.html", "/usr/share/nginx/html/index2.html"),
            ("", ""),
        ] {
            assert_eq!(text(seen), kept);
        }
    }

    proptest! {
        #[test]
        fn what_was_redacted_once_stays_as_it_is(seen in "[a-z0-9:=@/?#&;. \"<]{0,60}") {
            let once = text(&seen);
            prop_assert_eq!(text(&once), once.clone());
            let once = query(&seen);
            prop_assert_eq!(query(&once), once.clone());
        }
    }
}
