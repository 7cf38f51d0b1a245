//! Whether a certificate is for a name.
//!
//! As Cloudflare documents it for mode strict (docs, full-strict page, read 2026-07): the common
//! name or a subject alternative name matches. A star stands for one whole label, the first
//! (RFC 9525 6.3), and not for a name directly below the root of DNS.

/// Whether a name of the certificate's fits `name`, which is ASCII, without final dot.
pub(super) fn fits(name: &str, pattern: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let pattern = pattern.trim_end_matches('.').to_ascii_lowercase();
    match pattern.strip_prefix("*.") {
        Some(rest) => {
            let below = name.split_once('.');
            rest.contains('.')
                && below.is_some_and(|(first, parent)| !first.is_empty() && parent == rest)
        }
        None => name == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_one_whole_label() {
        for (name, pattern, fit) in [
            ("shop.example.com", "shop.example.com", true),
            ("shop.example.com", "SHOP.Example.com", true),
            ("shop.example.com", "*.example.com", true),
            ("a.shop.example.com", "*.example.com", false),
            ("example.com", "*.example.com", false),
            ("shop.example.com", "*.com", false),
            ("example.com", "*.com", false),
            ("shop.example.com", "sh*.example.com", false),
            ("shop.example.com", "*", false),
            ("shop.example.com", "", false),
            (".example.com", "*.example.com", false),
        ] {
            assert_eq!(fits(name, pattern), fit, "{name} {pattern}");
        }
    }
}
