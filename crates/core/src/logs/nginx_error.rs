//! nginx's error log.
//!
//! # What it looks like
//! `2026/11/22 05:06:13 [error] 5448#5448: *2 MESSAGE (ERRNO: text) while ACTION, client: …,
//! server: …, request: "…", upstream: "…", host: "…"`. Local time without zone; every field after
//! `client:` is optional, and their order is fixed. At a failing start the same goes to standard
//! error as `nginx: [emerg] …`.
//!
//! # What it means
//! The message says what failed, the number in brackets how, and the action on which side: the same
//! `SSL_do_handshake() failed` is the edge's trouble while `SSL handshaking` and the app's while
//! `SSL handshaking to upstream`. The number is matched, never its text, which differs between C
//! libraries. TLS trouble of the visitor counts only if the visitor can be the edge: one of
//! Cloudflare's addresses, or a private one before which something else stands. At nginx's
//! default level `error` these lines are not written at all.
//!
//! # Sources
//! - nginx source, release 1.22.1 and 1.31 development (ngx_log.c, ngx_http_upstream.c, ngx_event_openssl.c)
//! - captured: nginx 1.22.1 (Debian 12), 2026-11-22

use std::net::IpAddr;
use std::sync::LazyLock;

use super::event::{LogEvent, Part, Upstream};
use super::{Class, Dialect, Fit, Role, scan, timestamp};
use crate::ranges::Ranges;

/// nginx's error log.
pub static UNIT: Dialect = Dialect { programs: &["nginx"], recognises, read };

fn recognises(line: &[u8]) -> Fit {
    Fit::own(line.starts_with(b"nginx: [") || head(line).is_some())
}

struct Head<'a> {
    at: timestamp::Moment,
    level: &'a [u8],
    pid: Option<u32>,
    rest: &'a [u8],
}

/// `2026/11/22 05:06:13 [error] 5448#5448: ` and, within a connection, `*2 `.
fn head(line: &[u8]) -> Option<Head<'_>> {
    let (at, rest) = timestamp::slashed(line)?;
    let (level, rest) = scan::split(scan::strip(rest, " [")?, "] ")?;
    let (pid, rest) = scan::number(rest)?;
    let (_, rest) = scan::number(rest.strip_prefix(b"#")?)?;
    let rest = scan::strip(rest, ": ")?;
    let rest = match rest.strip_prefix(b"*").and_then(scan::number) {
        Some((_, rest)) => rest.strip_prefix(b" ")?,
        None => rest,
    };
    Some(Head { at, level, pid: u32::try_from(pid).ok(), rest })
}

fn read(line: &[u8]) -> Option<LogEvent> {
    if let Some(rest) = scan::strip(line, "nginx: [") {
        let (level, message) = scan::split(rest, "] ")?;
        let (class, role) = outside_requests(level, message)?;
        return Some(LogEvent::new(class, message).role(role));
    }
    let Some(head) = head(line) else {
        return tail(line);
    };
    let (message, fields) = fields(head.rest);
    let (said, action) = scan::split(message, " while ").unwrap_or((message, b""));
    let (class, role) = meaning(&head, said, action, fields)?;
    let mut event = LogEvent::new(class, message).role(role).at(head.at).pid(head.pid);
    take_fields(&mut event, fields);
    if event.upstream.is_none() {
        event.upstream = scan::between(said, "connect() to ", " failed (").and_then(Upstream::read);
    }
    if said.starts_with(b"FastCGI sent in stderr") {
        event.text = scan::text(said);
        if fields.is_empty() {
            event.part = Part::Opens;
        }
    }
    Some(event)
}

/// The last line of what PHP wrote over several: it has the fields and no head.
fn tail(line: &[u8]) -> Option<LogEvent> {
    let rest = scan::after(line, "\" while reading ")?;
    let (_, fields) = scan::split(rest, "upstream, client: ")?;
    let mut event = LogEvent::new(Class::AppException, b"").part(Part::Adds);
    take_fields(&mut event, fields);
    Some(event)
}

/// What precedes and what follows `, client: `. What the app wrote may hold these words; in such
/// lines they are looked for behind the quote.
fn fields(rest: &[u8]) -> (&[u8], &[u8]) {
    let quoted = rest.starts_with(b"FastCGI sent in stderr");
    let from = if quoted { scan::find(rest, "\" while ").unwrap_or(rest.len()) } else { 0 };
    match scan::find(&rest[from..], ", client: ") {
        Some(at) => (&rest[..from + at], &rest[from + at + ", client: ".len()..]),
        None => (rest, b""),
    }
}

fn take_fields(event: &mut LogEvent, fields: &[u8]) {
    if fields.is_empty() {
        return;
    }
    let named = |open: &str| scan::between(fields, open, "\"");
    event.client = Some(scan::text(scan::until(fields, ", ")));
    event.upstream = named(", upstream: \"").and_then(Upstream::read);
    let request = named(", request: \"").unwrap_or_default();
    event.path =
        request.split(|byte| *byte == b' ').nth(1).filter(|path| !path.is_empty()).map(scan::path);
    let server = scan::after(fields, ", server: ").map(|rest| scan::until(rest, ", "));
    event.host = named(", host: \"").or(server.filter(|name| is_name(name))).map(scan::text);
}

/// Before a request is read, the address that nginx listens on stands in the place of the name.
fn is_name(server: &[u8]) -> bool {
    !server.is_empty() && server != b"_" && memchr::memchr2(b':', b'/', server).is_none()
}

fn meaning(head: &Head<'_>, said: &[u8], action: &[u8], fields: &[u8]) -> Option<(Class, Role)> {
    let plain = |class: Class| Some((class, class.role()));
    if head.level == b"emerg" {
        return outside_requests(head.level, said);
    }
    let errno = errno(said);
    let app = scan::has(action, "upstream") || scan::has(action, "proxying");
    match errno {
        Some(23 | 24) => return plain(Class::FilesExhausted),
        Some(28) => return plain(Class::DiskFull),
        _ => {}
    }
    if said.starts_with(b"connect() ") {
        return connecting(said, action, errno);
    }
    if scan::starts_any(said, &["upstream timed out (", "upstream read timed out"]) {
        return plain(match () {
            () if action.starts_with(b"SSL handshaking") => Class::UpstreamTlsFailed,
            () if action == b"reading upstream" => Class::UpstreamBodyCut,
            // An idle WebSocket, not an outage.
            () if action.starts_with(b"proxying") => Class::Warned,
            () => Class::UpstreamTimeout,
        });
    }
    if said.starts_with(b"no live upstreams")
        || said.starts_with(b"upstream server temporarily disabled")
    {
        return plain(Class::UpstreamNoneLive);
    }
    if scan::starts_any(
        said,
        &["upstream prematurely closed", "upstream rejected request", "upstream sent goaway"],
    ) || (app && is_broken_pipe(said))
    {
        return plain(match () {
            () if action == b"reading upstream" => Class::UpstreamBodyCut,
            () if action.starts_with(b"proxying") => Class::Warned,
            () => Class::UpstreamClosedEarly,
        });
    }
    if said.starts_with(b"upstream sent too big")
        || said.starts_with(b"upstream sent too large http2 header")
    {
        return plain(Class::UpstreamHeaderTooLarge);
    }
    if said.starts_with(b"upstream sent ") || said.starts_with(b"upstream prematurely sent") {
        let warned = head.level == b"warn";
        return plain(if warned { Class::Warned } else { Class::UpstreamMalformed });
    }
    if said.starts_with(b"upstream SSL certificate ") || (is_handshake(said) && app) {
        return plain(Class::UpstreamTlsFailed);
    }
    if said.starts_with(b"SSL_") && app {
        // In TLS 1.3 the app asks for a certificate after the handshake.
        let alert = scan::has(said, "SSL alert number");
        return plain(if alert { Class::UpstreamTlsFailed } else { Class::UpstreamClosedEarly });
    }
    if is_handshake(said) || said.starts_with(b"SSL_read() failed") {
        return edge_handshake(said, fields);
    }
    if let Some(text) = scan::strip(said, "FastCGI sent in stderr: \"") {
        return php(text);
    }
    requests(said, action).or_else(|| outside_requests(head.level, said))
}

fn is_handshake(said: &[u8]) -> bool {
    scan::starts_any(
        said,
        &[
            "SSL_do_handshake() failed",
            "peer closed connection in SSL handshake",
            "handshake rejected",
        ],
    )
}

fn is_broken_pipe(said: &[u8]) -> bool {
    scan::starts_any(
        said,
        &[
            "recv() failed",
            "readv() failed",
            "send() failed",
            "writev() failed",
            "sendfile() failed",
            "write() failed",
        ],
    )
}

/// The number in `failed (111: Connection refused)` and the like.
fn errno(said: &[u8]) -> Option<u64> {
    let open = scan::find(said, " (")?;
    let (number, rest) = scan::number(&said[open + 2..])?;
    rest.starts_with(b": ").then_some(number)
}

fn connecting(said: &[u8], action: &[u8], errno: Option<u64>) -> Option<(Class, Role)> {
    if action.starts_with(b"resolving") {
        return Some((Class::UpstreamUnresolvable, Role::Cause));
    }
    if !scan::has(action, "upstream") {
        // The way to syslog, or to the issuer of a certificate.
        return Some((Class::Warned, Role::Noise));
    }
    let unix = said.starts_with(b"connect() to unix:");
    let class = match errno? {
        111 => Class::UpstreamRefused,
        2 if unix => Class::UpstreamSocketMissing,
        // On TCP it is SELinux that forbids.
        13 => Class::UpstreamSocketForbidden,
        11 => Class::UpstreamQueueFull,
        99 => Class::PortsExhausted,
        100 | 101 | 112 | 113 => Class::UpstreamUnreachable,
        104 => Class::UpstreamClosedEarly,
        110 => Class::UpstreamTimeout,
        _ => return None,
    };
    Some((class, class.role()))
}

/// Trouble in the handshake with whoever asks. Scanners make such lines all day.
fn edge_handshake(said: &[u8], fields: &[u8]) -> Option<(Class, Role)> {
    let refused = [
        "alert unknown ca",
        "alert certificate expired",
        "alert bad certificate",
        "alert certificate unknown",
        "alert access denied",
        "alert unsupported certificate",
    ];
    let ours = [
        "no shared cipher",
        "unsupported protocol",
        "version too low",
        "no suitable key share",
        "no shared group",
        "inappropriate fallback",
        "handshake rejected",
        "peer closed connection in SSL handshake",
    ];
    let class = match () {
        () if scan::has_any(said, &refused) => Class::CertificateRefused,
        () if scan::has_any(said, &ours) => Class::EdgeTlsFailed,
        () => return None,
    };
    Some((class, edge_role(scan::until(fields, ", "))))
}

/// A cause where the visitor can be the edge; else noise.
pub(super) fn edge_role(client: &[u8]) -> Role {
    static CLOUDFLARE: LazyLock<Ranges> = LazyLock::new(Ranges::built_in);
    let text = scan::text(client);
    let Ok(address) = text.parse::<IpAddr>() else {
        return Role::Cause;
    };
    let near = match address {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    };
    if near || CLOUDFLARE.contains(address) { Role::Cause } else { Role::Noise }
}

fn php(text: &[u8]) -> Option<(Class, Role)> {
    let fatal = [
        "PHP message: PHP Fatal error",
        "PHP message: PHP Parse error",
        "PHP Fatal error",
        "PHP Parse error",
        "Unable to open primary script",
    ];
    if scan::starts_any(text, &fatal) {
        return Some((Class::AppException, Role::Cause));
    }
    Some((Class::Warned, Role::Noise))
}

/// Lines about a request that the app had no part in.
fn requests(said: &[u8], action: &[u8]) -> Option<(Class, Role)> {
    let class = match () {
        () if scan::has(said, " could not be resolved (")
            || said.starts_with(b"no resolver defined to resolve ") =>
        {
            Class::UpstreamUnresolvable
        }
        () if scan::has(said, " worker_connections are not enough") => Class::ConnectionsExhausted,
        () if said.starts_with(b"the new socket has number ") => Class::FilesExhausted,
        () if said.starts_with(b"client sent plain HTTP request to HTTPS port") => {
            Class::PlainHttpOnTlsPort
        }
        () if said.starts_with(b"client sent no required SSL certificate")
            || said.starts_with(b"client SSL certificate verify error") =>
        {
            Class::ClientCertificateMissing
        }
        () if said.starts_with(b"broken header: ") && action == b"reading PROXY protocol" => {
            Class::ProxyProtocolMissing
        }
        () if scan::starts_any(
            said,
            &[
                "limiting requests",
                "limiting connections",
                "delaying request",
                "access forbidden by rule",
                "client intended to send too large body",
                "client sent too ",
            ],
        ) =>
        {
            Class::RequestRefused
        }
        () if scan::starts_any(
            said,
            &["client prematurely closed", "client timed out", "client closed"],
        ) || scan::has(said, "reported that client prematurely closed connection") =>
        {
            Class::VisitorLeft
        }
        () if scan::starts_any(
            said,
            &[
                "invalid URL prefix in ",
                "no port in upstream ",
                "invalid port in upstream ",
                "invalid host in upstream ",
                "no host in upstream ",
                "zero length URI to proxy",
                "no upstream configuration",
                "invalid local address ",
                "rewrite or internal redirection cycle",
            ],
        ) =>
        {
            Class::ProxyConfigInvalid
        }
        () => return None,
    };
    Some((class, class.role()))
}

/// Lines of the master and of the start.
fn outside_requests(level: &[u8], said: &[u8]) -> Option<(Class, Role)> {
    if level == b"emerg" {
        let repeats = said.starts_with(b"still could not bind");
        let role = if repeats { Role::Consequence } else { Role::Cause };
        let full = scan::has(said, "No space left on device");
        return Some((if full { Class::DiskFull } else { Class::ProxyConfigInvalid }, role));
    }
    let class = match () {
        () if said.starts_with(b"worker process ")
            && scan::has_any(said, &[" exited on signal ", " exited with fatal code "]) =>
        {
            // 15 is an ordinary end.
            if scan::ends(said, "exited on signal 15") {
                Class::Stopped
            } else {
                Class::ProxyWorkerCrashed
            }
        }
        () if said == b"start worker processes" => Class::Started,
        () if said == b"reconfiguring" => Class::Reloaded,
        () if said == b"exit" || said.starts_with(b"signal 15 (SIGTERM) received") => {
            Class::Stopped
        }
        () if said.starts_with(b"signal 3 (SIGQUIT) received") => Class::Stopped,
        () => return None,
    };
    Some((class, class.role()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, told: &str) {
        let event = read(line.as_bytes());
        let seen = event.map_or("none".to_owned(), |event| {
            let whom = event.upstream.map_or("-".to_owned(), |whom| whom.to_string());
            format!("{} {whom} {}", event.class.slug(), event.path.as_deref().unwrap_or("-"))
        });
        assert_eq!(seen, told, "{line}");
    }

    #[test]
    fn what_visitors_write_into_a_line_decides_nothing() {
        let head = "2026/11/22 05:06:13 [error] 5#5: *2 ";
        check(
            &format!(
                "{head}client intended to send too large body: 9 bytes, client: 1.2.3.4, server: \
                 s, request: \"POST /connect() failed (111: x) HTTP/1.1\", host: \"s\", referrer: \
                 \"http://x/, upstream: \"http://9.9.9.9:1/\"\""
            ),
            // The referrer is the last field; a peer in it is read, a meaning is not.
            "request-refused 9.9.9.9:1 /connect()",
        );
        check(
            &format!(
                "{head}FastCGI sent in stderr: \"PHP message: connect() failed (111: x) while \
                 connecting to upstream, client: 6.6.6.6\" while reading response header from \
                 upstream, client: 1.2.3.4, server: s, request: \"GET /a?b=secret HTTP/1.1\", \
                 upstream: \"fastcgi://127.0.0.1:9000\", host: \"s\""
            ),
            "warned 127.0.0.1:9000 /a?b=…",
        );
    }

    #[test]
    fn handshakes_of_strangers_are_noise_and_those_of_the_edge_are_not() {
        let line = |client: &str| {
            format!(
                "2026/11/22 05:06:48 [info] 7#7: *2 peer closed connection in SSL handshake while \
                 SSL handshaking, client: {client}, server: 0.0.0.0:443"
            )
        };
        for (client, role) in [
            ("172.68.0.1", Role::Cause),
            ("127.0.0.1", Role::Cause),
            ("2606:4700::1", Role::Cause),
            ("198.51.100.9", Role::Noise),
        ] {
            assert_eq!(read(line(client).as_bytes()).unwrap().role, role, "{client}");
        }
    }
}
