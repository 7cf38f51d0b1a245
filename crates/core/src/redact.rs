//! What must not be kept: the values of secrets, taken out where they are seen.
//!
//! Evidence never holds them in the first place, so no report, case or log can leak them.

/// What stands where a secret stood.
pub const REDACTED: &str = "(redacted)";

/// Headers whose value is a secret, lower case.
const SECRET_HEADERS: [&str; 12] = [
    "authorization",
    "proxy-authorization",
    "www-authenticate",
    "cookie",
    "set-cookie",
    "x-api-key",
    "x-auth-key",
    "x-auth-token",
    "x-csrf-token",
    "x-amz-security-token",
    "cf-access-jwt-assertion",
    "cf-access-client-secret",
];

/// The value of a header as it may be kept. `name` in any case.
#[must_use]
pub fn header(name: &str, value: &str) -> String {
    let name = name.to_ascii_lowercase();
    if SECRET_HEADERS.contains(&name.as_str()) {
        return REDACTED.to_owned();
    }
    if ["location", "content-location", "refresh", "link", "referer"].contains(&name.as_str()) {
        return query(value);
    }
    value.to_owned()
}

/// A URL or path whose query values are taken out; their names stay. What precedes an `@` before
/// the path goes as well.
#[must_use]
pub fn query(url: &str) -> String {
    let url = without_userinfo(url);
    let Some((before, after)) = url.split_once('?') else {
        return url;
    };
    let (pairs, rest) = match after.split_once('#') {
        Some((pairs, _)) => (pairs, "#"),
        None => (after, ""),
    };
    let pairs: Vec<String> = pairs
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((name, value)) if !value.is_empty() => format!("{name}=…"),
            _ if pair.len() > 24 => "…".to_owned(),
            _ => pair.to_owned(),
        })
        .collect();
    format!("{before}?{}{rest}", pairs.join("&"))
}

fn without_userinfo(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{scheme}://{}", &rest[at + 1..]),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_gone_and_names_stay() {
        assert_eq!(header("Set-Cookie", "sid=abc; HttpOnly"), REDACTED);
        assert_eq!(header("Server", "nginx"), "nginx");
        assert_eq!(
            header("Location", "https://u:p@a.example/x?token=s3cret&q=&flag#frag"),
            "https://a.example/x?token=…&q=&flag#"
        );
        assert_eq!(query("/plain"), "/plain");
    }
}
