//! Errors of Go's network stack, as Caddy and cloudflared write them.
//!
//! Go wraps an error in what was tried, outermost first: `dial tcp 127.0.0.1:8000: connect:
//! connection refused`. The end tells what happened, the beginning whom it happened with. The texts
//! are Go's own (net, net/http, crypto/tls, crypto/x509) and have been stable for years; those that
//! quote bytes of the peer are matched by what stands before the quote.

use super::event::Upstream;
use super::scan;

/// What happened on the way to a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GoFault {
    Refused,
    SocketMissing,
    SocketForbidden,
    QueueFull,
    Timeout,
    Unreachable,
    Unresolvable,
    PortsExhausted,
    FilesExhausted,
    ClosedEarly,
    BodyCut,
    HeaderTooLarge,
    Malformed,
    /// TLS was spoken to a plain port, or plain HTTP to a TLS port.
    SchemeMismatch,
    TlsRejected,
    /// The address is not one (a port above 65535, `unknown port`).
    AddressUnusable,
    /// An HTTP proxy from the environment stands in the way and failed.
    ViaProxy,
    /// The visitor left.
    VisitorLeft,
}

/// Reads the error; `None` where it is not one of these.
pub(super) fn read(error: &[u8]) -> Option<(GoFault, Option<Upstream>)> {
    let peer = peer(error);
    if error.starts_with(b"proxyconnect ") {
        return Some((GoFault::ViaProxy, peer));
    }
    let unix = scan::has(error, "dial unix ");
    let fault = match () {
        () if scan::ends(error, "connection refused") => GoFault::Refused,
        () if unix && scan::ends(error, "no such file or directory") => GoFault::SocketMissing,
        () if unix && scan::ends(error, "permission denied") => GoFault::SocketForbidden,
        () if unix && scan::ends(error, "resource temporarily unavailable") => GoFault::QueueFull,
        () if scan::ends(error, "no such host")
            || scan::ends(error, "server misbehaving")
            || scan::ends(error, "name resolution")
            || scan::has(error, "dial tcp: lookup ") =>
        {
            GoFault::Unresolvable
        }
        () if scan::ends(error, "no route to host")
            || scan::ends(error, "network is unreachable")
            || scan::ends(error, "host is down") =>
        {
            GoFault::Unreachable
        }
        () if scan::ends(error, "cannot assign requested address") => GoFault::PortsExhausted,
        () if scan::ends(error, "too many open files")
            || scan::ends(error, "too many open files in system") =>
        {
            GoFault::FilesExhausted
        }
        () if scan::ends(error, "invalid port") || scan::ends(error, "unknown port") => {
            GoFault::AddressUnusable
        }
        () if plain_tls(error) => GoFault::SchemeMismatch,
        () if scan::ends(error, "TLS handshake timeout")
            || scan::has_any(error, &["tls: ", "x509: "]) =>
        {
            GoFault::TlsRejected
        }
        () if scan::has(error, "response headers exceeded ") => GoFault::HeaderTooLarge,
        () if scan::has_any(
            error,
            &[
                "malformed HTTP ",
                "malformed MIME header",
                "bad Content-Length ",
                "HTTP/1.x transport connection broken: ",
                "too many transfer encodings",
                "unsupported transfer encoding",
                "http2: unsupported scheme",
                "invalid header field",
            ],
        ) =>
        {
            GoFault::Malformed
        }
        () if scan::ends(error, "i/o timeout")
            || scan::ends(error, "timeout awaiting response headers")
            || scan::ends(error, "connection timed out")
            || scan::ends(error, "context deadline exceeded") =>
        {
            GoFault::Timeout
        }
        () if scan::ends(error, "context canceled")
            || scan::ends(error, "canceled by remote with error code 0") =>
        {
            GoFault::VisitorLeft
        }
        () if scan::ends(error, "unexpected EOF") => GoFault::BodyCut,
        () if error == b"EOF"
            || scan::ends(error, ": EOF")
            || scan::ends(error, "connection reset by peer")
            || scan::ends(error, "broken pipe")
            || scan::ends(error, "server closed idle connection") =>
        {
            GoFault::ClosedEarly
        }
        () => return None,
    };
    Some((fault, peer))
}

/// `malformed HTTP response "\x15\x03…`: what came is a TLS alert record.
fn plain_tls(error: &[u8]) -> bool {
    scan::ends(error, "first record does not look like a TLS handshake")
        || scan::ends(error, "server gave HTTP response to HTTPS client")
        || scan::has_any(
            error,
            &[r#"malformed HTTP response "\x15\x03"#, r#"malformed HTTP response "\\x15\\x03"#],
        )
}

/// `dial tcp A: …`, `dial unix P: …`, `read tcp A->B: …`, `lookup H on R: …`.
fn peer(error: &[u8]) -> Option<Upstream> {
    if let Some(rest) = scan::after(error, "dial unix ") {
        let path = scan::until(rest, ": ");
        return Some(Upstream::Unix(scan::text(path)));
    }
    if let Some(rest) = scan::after(error, "dial tcp: lookup ") {
        let host = rest.split(|byte| matches!(byte, b' ' | b':')).next()?;
        return Upstream::read(host);
    }
    if let Some(rest) = scan::after(error, "dial tcp ") {
        return Upstream::read(scan::until(rest, ": "));
    }
    let rest = scan::after(error, "read tcp ").or_else(|| scan::after(error, "write tcp "))?;
    Upstream::read(scan::between(rest, "->", ": ")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_told_by_their_end() {
        use GoFault as F;
        for (error, fault, peer) in [
            ("dial tcp 127.0.0.1:9: connect: connection refused", F::Refused, "127.0.0.1:9"),
            ("dial tcp [::1]:8000: connect: connection refused", F::Refused, "[::1]:8000"),
            ("dial tcp 192.168.3.180:3000: i/o timeout", F::Timeout, "192.168.3.180:3000"),
            ("dial tcp: lookup app on 127.0.0.11:53: no such host", F::Unresolvable, "app"),
            ("dial tcp: lookup app on 9.9.9.9:53: server misbehaving", F::Unresolvable, "app"),
            ("dial tcp: address 99999: invalid port", F::AddressUnusable, "-"),
            (
                "dial unix /run/a.sock: connect: no such file or directory",
                F::SocketMissing,
                "unix:/run/a.sock",
            ),
            (
                "dial unix /run/a.sock: connect: permission denied",
                F::SocketForbidden,
                "unix:/run/a.sock",
            ),
            ("dial unix /run/a.sock: connect: connection refused", F::Refused, "unix:/run/a.sock"),
            (
                "read tcp 127.0.0.1:48720->127.0.0.1:18086: read: connection reset by peer",
                F::ClosedEarly,
                "127.0.0.1:18086",
            ),
            ("EOF", F::ClosedEarly, "-"),
            ("unexpected EOF", F::BodyCut, "-"),
            (
                "net/http: HTTP/1.x transport connection broken: malformed HTTP response \
                 \"\\x15\\x03\\x01\\x00\\x02\\x02\\x16\"",
                F::SchemeMismatch,
                "-",
            ),
            (
                "net/http: HTTP/1.x transport connection broken: malformed HTTP status code \"x\"",
                F::Malformed,
                "-",
            ),
            (
                "net/http: HTTP/1.x transport connection broken: net/http: server response \
                 headers exceeded 10485760 bytes; aborted",
                F::HeaderTooLarge,
                "-",
            ),
            ("tls: first record does not look like a TLS handshake", F::SchemeMismatch, "-"),
            ("net/http: TLS handshake timeout", F::TlsRejected, "-"),
            ("remote error: tls: unrecognized name", F::TlsRejected, "-"),
            ("context canceled", F::VisitorLeft, "-"),
            (
                "proxyconnect tcp: dial tcp 127.0.0.1:3128: connect: connection refused",
                F::ViaProxy,
                "127.0.0.1:3128",
            ),
            ("dial tcp 127.0.0.1:1: socket: too many open files", F::FilesExhausted, "127.0.0.1:1"),
        ] {
            let (seen, whom) = read(error.as_bytes()).unwrap_or_else(|| panic!("{error}"));
            let whom = whom.map_or("-".to_owned(), |whom| whom.to_string());
            assert_eq!((seen, whom.as_str()), (fault, peer), "{error}");
        }
        assert_eq!(read(b"no access token in request"), None);
    }
}
