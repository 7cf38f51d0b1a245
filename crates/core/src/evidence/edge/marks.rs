//! Marks of the edge: the ray, the server's name, the lines of `/cdn-cgi/trace`.

use std::collections::BTreeMap;

use super::Trace;

/// Longer than any trace: a dozen lines of at most a user agent's length.
const LONGEST_TRACE: usize = 8 * 1024;
const MOST_LINES: usize = 30;
const LONGEST_VALUE: usize = 256;

/// The first value of a header; `name` in lower case.
pub(super) fn header<'h>(headers: &'h [(String, String)], name: &str) -> Option<&'h str> {
    headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

/// The ray, as the header `cf-ray` tells it: 16 hex digits in lower case, then, mostly, a hyphen
/// and the data centre's three capitals.
#[must_use]
pub fn ray(headers: &[(String, String)]) -> Option<String> {
    let value = header(headers, "cf-ray")?;
    let (digits, centre) = match value.split_once('-') {
        Some((digits, centre)) => (digits, Some(centre)),
        None => (value, None),
    };
    let centre_fits = centre.is_none_or(|centre| {
        centre.len() == 3 && centre.bytes().all(|byte| byte.is_ascii_uppercase())
    });
    (is_ray(digits) && centre_fits).then(|| value.to_owned())
}

/// Whether the digits are a ray's.
pub(super) fn is_ray(digits: &str) -> bool {
    digits.len() == 16
        && digits.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// Whether a reply went through the edge: `server: cloudflare`, and a ray (Cloudflare puts both on
/// every proxied reply, so they say nothing of who wrote it).
#[must_use]
pub fn through_cloudflare(headers: &[(String, String)]) -> bool {
    is_cloudflare(headers) && header(headers, "cf-ray").is_some()
}

/// Whether the server calls itself Cloudflare (`cloudflare-nginx` until about 2019).
pub(super) fn is_cloudflare(headers: &[(String, String)]) -> bool {
    header(headers, "server").is_some_and(|server| {
        ["cloudflare", "cloudflare-nginx"].iter().any(|name| server.eq_ignore_ascii_case(name))
    })
}

/// The lines of `/cdn-cgi/trace`. Answered only where every line is `key=value` and the data centre
/// (`colo`) and the host (`h`) are among them: an app that answers every path with a page of its
/// own does not answer this.
#[must_use]
pub fn trace(status: u16, body: &[u8]) -> Trace {
    let not = Trace::NotAnswered { status: Some(status) };
    if status != 200 || body.len() > LONGEST_TRACE {
        return not;
    }
    let Ok(text) = std::str::from_utf8(body) else {
        return not;
    };
    let mut lines = BTreeMap::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let Some((key, value)) = line.split_once('=') else {
            return not;
        };
        let key_fits = (1..=32).contains(&key.len())
            && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        if !key_fits || lines.len() == MOST_LINES {
            return not;
        }
        let value: String = value.chars().filter(|c| !c.is_control()).take(LONGEST_VALUE).collect();
        lines.insert(key.to_owned(), value);
    }
    // The visitor's own address is nobody's business in a saved case.
    lines.remove("ip");
    if lines.contains_key("colo") && lines.contains_key("h") {
        Trace::Answered { lines }
    } else {
        not
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_ray_has_sixteen_digits_and_a_centre() {
        for (value, fits) in [
            ("8a1b2c3d4e5f6071-FRA", true),
            ("8a1b2c3d4e5f6071", true),
            // Captured 2025-09: a reply to a request that named no host.
            ("-", false),
            ("8a1b2c3d4e5f6071-fra", false),
            ("8A1B2C3D4E5F6071-FRA", false),
            ("8a1b2c3d4e5f60-FRA", false),
            ("8a1b2c3d4e5f6071-\u{1b}[31", false),
        ] {
            let seen = ray(&headers(&[("CF-Ray", value)]));
            assert_eq!(seen.as_deref(), fits.then_some(value), "{value:?}");
        }
    }

    #[test]
    fn only_both_marks_together_show_the_edge() {
        let ray = ("cf-ray", "8a1b2c3d4e5f6071-FRA");
        assert!(through_cloudflare(&headers(&[("server", "cloudflare"), ray])));
        assert!(!through_cloudflare(&headers(&[("server", "nginx"), ray])));
        assert!(!through_cloudflare(&headers(&[("server", "cloudflare")])));
    }

    #[test]
    fn a_trace_is_lines_with_a_centre_and_a_host() {
        // Made up after captures of 2025.
        let body = b"fl=650f12\nh=shop.example.com\nip=203.0.113.9\nts=1760000000.1\n\
            visit_scheme=https\nuag=rayfix\ncolo=FRA\nhttp=http/1.1\nloc=DE\ntls=TLSv1.3\n";
        let Trace::Answered { lines } = trace(200, body) else {
            panic!("not answered");
        };
        assert_eq!((lines.len(), lines["colo"].as_str()), (9, "FRA"));
        assert!(!lines.contains_key("ip"));
        let long = b"h=a\ncolo=FRA\n".repeat(1000);
        for (status, body) in [
            (404, &body[..]),
            (200, b"<html>colo=FRA\nh=x</html>"),
            (200, b"colo=FRA\n"),
            (200, b"h=a\ncolo=FRA\n\xff=1\n"),
            (200, b""),
            (200, &long),
        ] {
            let not = Trace::NotAnswered { status: Some(status) };
            assert_eq!(trace(status, body), not, "{}", String::from_utf8_lossy(body));
        }
    }
}
