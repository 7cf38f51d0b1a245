//! Patterns of URLs in page rules: whether one is for a site.
//!
//! A pattern may leave out the scheme, which then is either; `*` stands for any text. Names are compared
//! without case, paths with it. What the query has to do with a match depends on more than the pattern.

use super::expression::wildcard;
use crate::target::Site;

/// Whether a page rule with this pattern is for the site; `None`: cannot be decided.
#[must_use]
pub fn fits(pattern: &str, site: &Site) -> Option<bool> {
    let pattern = pattern.trim();
    let (scheme, rest) = match pattern.split_once("://") {
        Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
        None => ("*".to_owned(), pattern),
    };
    if rest.is_empty() {
        return None;
    }
    let (host, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, "/"),
    };
    let pattern = format!("{scheme}://{}{path}", host.to_ascii_lowercase());
    let (path, query) = site.path.split_once('?').unwrap_or((&site.path, ""));
    let url = |authority: &str, path: &str| format!("{}://{authority}{path}", site.scheme.word());
    let authority = site.authority();
    let with = |path: &str| wildcard(&pattern, &url(&authority, path));
    let bare = with(path);
    if query.is_empty() {
        return Some(bare);
    }
    // Decided only where it is the same with the query and without it.
    (bare == with(&site.path)).then_some(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_for_the_urls_that_they_describe() {
        for (pattern, url, fit) in [
            ("*example.com/images/*", "https://www.example.com/images/a.png", Some(true)),
            ("*example.com/images/*", "https://example.com/", Some(false)),
            ("*.example.com/*", "https://shop.example.com/", Some(true)),
            ("*.example.com/*", "https://example.com/", Some(false)),
            ("http://*.example.com/*", "https://shop.example.com/", Some(false)),
            ("http://*.example.com/*", "http://shop.example.com/", Some(true)),
            ("https://Shop.Example.com/*", "https://shop.example.com/", Some(true)),
            ("shop.example.com/Old/*", "https://shop.example.com/old/", Some(false)),
            ("shop.example.com", "https://shop.example.com/", Some(true)),
            ("shop.example.com", "https://shop.example.com/a", Some(false)),
            ("shop.example.com/*", "https://shop.example.com:8443/", Some(false)),
            ("shop.example.com:8443/*", "https://shop.example.com:8443/", Some(true)),
            ("shop.example.com/a*", "https://shop.example.com/a?b=c", Some(true)),
            ("shop.example.com/a", "https://shop.example.com/a?b=c", None),
            ("", "https://shop.example.com/", None),
            ("https://", "https://shop.example.com/", None),
        ] {
            assert_eq!(fits(pattern, &Site::parse(url).unwrap()), fit, "{pattern} {url}");
        }
    }
}
