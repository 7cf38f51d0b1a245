//! A request as nginx sees it: the host, and the path after decoding.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// Where a connection arrives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Door {
    /// This address and port of the host.
    Ip(SocketAddr),
    /// A socket in the file system.
    Unix(String),
}

/// A request in question; its method is GET.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// Where it arrives. Behind address translation: the address that this host has.
    pub door: Door,
    /// The Host header, and the name in the TLS hello.
    pub host: String,
    /// The path as it is sent, with its query.
    pub path: String,
}

/// The host that names are compared with: lower case, without port and final dot
/// (`ngx_http_validate_host`).
pub(super) fn bare_host(host: &str) -> String {
    let end = match host.rfind(']') {
        Some(end) => end + 1,
        None => host.find(':').unwrap_or(host.len()),
    };
    let host = &host[..end];
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

/// Splits what is sent into the path that locations are compared with, and the query. Percent
/// signs are decoded, `.` and `..` and, if wanted, double slashes are resolved; nothing if nginx
/// answers 400 (`ngx_http_parse_complex_uri`).
pub(super) fn normal(path: &str, merge_slashes: bool) -> Option<(String, String)> {
    let path = path.split('#').next().unwrap_or_default();
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let decoded = decode(path)?;
    let decoded = decoded.strip_prefix('/')?;
    let mut parts: Vec<&str> = Vec::new();
    let mut all = decoded.split('/').peekable();
    while let Some(part) = all.next() {
        let last = all.peek().is_none();
        match part {
            "." | ".." => {
                if part == ".." {
                    parts.pop()?;
                }
                if last {
                    parts.push("");
                }
            }
            "" if merge_slashes && !last => {}
            _ => parts.push(part),
        }
    }
    Some((format!("/{}", parts.join("/")), query.to_owned()))
}

fn decode(path: &str) -> Option<String> {
    if !path.contains('%') {
        return Some(path.to_owned());
    }
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digits = after.get(..2)?;
        let byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        if byte == 0 || digits[0] == b'+' {
            return None;
        }
        bytes.push(byte);
        rest = &after[2..];
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// A path as nginx writes it into a request of its own (`ngx_escape_uri`, NGX_ESCAPE_URI).
pub(super) fn escape(path: &str) -> String {
    let mut escaped = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'#' | b'%' | b'?' | b' ' | 0..=0x1f | 0x7f.. => {
                escaped.push_str(&format!("%{byte:02X}"));
            }
            _ => escaped.push(char::from(byte)),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_decoded_as_nginx_decodes_them() {
        for (path, wanted) in [
            ("/", Some(("/", ""))),
            ("/a/b?x=/../y#z", Some(("/a/b", "x=/../y"))),
            ("/a//b///", Some(("/a/b/", ""))),
            ("/a/./b/../c", Some(("/a/c", ""))),
            ("/a/..", Some(("/", ""))),
            ("/a/.", Some(("/a/", ""))),
            ("/..", None),
            ("/%61%2fb%20c", Some(("/a/b c", ""))),
            ("/%2e%2e/x", None),
            ("/%zz", None),
            ("/%00", None),
            ("a", None),
        ] {
            let read = normal(path, true);
            let read = read.as_ref().map(|(path, query)| (path.as_str(), query.as_str()));
            assert_eq!(read, wanted, "{path}");
        }
        assert_eq!(normal("/a//b", false).unwrap().0, "/a//b");
    }

    #[test]
    fn hosts_are_compared_bare() {
        for (host, wanted) in [
            ("Shop.Example.COM:8443", "shop.example.com"),
            ("example.com.", "example.com"),
            ("[::1]:80", "[::1]"),
            ("", ""),
        ] {
            assert_eq!(bare_host(host), wanted);
        }
    }
}
