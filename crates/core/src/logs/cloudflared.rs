//! cloudflared's log, on the console and in JSON, with the lines that are neither.
//!
//! # What it looks like
//! `2026-11-22T05:13:10Z ERR  error="Unable to reach the origin service. …: dial tcp 127.0.0.1:9:
//! connect: connection refused" connIndex=0 event=1 ingressRule=1 originService=http://127.0.0.1:9`,
//! or the same as an object with `level`, `message`, `error`, `time`. A log file is always JSON.
//! Standard error also carries errors of the start as bare text, Go's own `2026/11/22 05:12:35
//! http2: server: …`, and messages with a line break in them.
//!
//! # What it means
//! A failed request makes two lines: the one without a message names the service and counts, the
//! other one, with the public URL over QUIC, repeats it. Over QUIC a refused registration shows only
//! as `control stream encountered a failure while serving`; why, the edge's answer over http2 would
//! tell. Errors while cloudflared stops (`context canceled`, `no more connections active`) are no
//! faults. Neither the Ray ID nor the host stands in the line of a request at the usual level.
//!
//! # Sources
//! - cloudflared source, release 2026.8.2, and captures of it, 2026-11-22

use std::borrow::Cow;

use jiff::Timestamp;

use super::event::{LogEvent, Upstream};
use super::go_error::{self, GoFault};
use super::{Class, Dialect, Fit, Moment, Role, envelope, json, scan, timestamp};
use crate::evidence::host::tunnel::is_uuid;

/// cloudflared's log.
pub static UNIT: Dialect = Dialect { programs: &["cloudflared"], recognises, read };

/// The fields of a line that tell something.
#[derive(Debug, Default)]
struct Line<'a> {
    at: Option<timestamp::Moment>,
    message: Cow<'a, [u8]>,
    error: Cow<'a, [u8]>,
    service: Cow<'a, [u8]>,
    dest: Cow<'a, [u8]>,
    ray: Cow<'a, [u8]>,
    /// Of the line that tells which one is served.
    tunnel: Cow<'a, [u8]>,
    /// Of a pre-check.
    status: Cow<'a, [u8]>,
}

/// The tunnel that cloudflared says it serves, of an entry of its unit's journal (`journalctl -o json`),
/// and when it said so. It writes this line once it has its secret and its configuration.
#[must_use]
pub fn started_tunnel(entry: &[u8]) -> Option<(String, Timestamp)> {
    let peeled = envelope::peel(entry);
    let Some(Moment::Known(at)) = peeled.at else { return None };
    let line = &*peeled.message;
    let told = if line.first() == Some(&b'{') { object(line) } else { console(line)? };
    let id = std::str::from_utf8(&told.tunnel).ok().filter(|id| is_uuid(id))?;
    let is_none = id.bytes().all(|byte| matches!(byte, b'0' | b'-'));
    (told.message == &b"Starting tunnel"[..] && !is_none).then(|| (id.to_ascii_lowercase(), at))
}

fn recognises(line: &[u8]) -> Fit {
    if line.first() == Some(&b'{') {
        let named = |name: &str| json::field(line, name).is_some();
        // Other programs with the same logger have no such fields.
        let known = ["connIndex", "tunnelID", "originService", "event", "run_id"];
        let told = named("level") && named("time") && !named("status");
        return match () {
            () if told && known.iter().any(|name| named(name)) => Fit::Own,
            () if told && (named("message") || named("error")) => Fit::Maybe,
            () => Fit::Not,
        };
    }
    Fit::own(console(line).is_some())
}

fn read(line: &[u8]) -> Option<LogEvent> {
    let told = if line.first() == Some(&b'{') { Some(object(line)) } else { console(line) };
    let Some(told) = told else {
        return bare(line);
    };
    let mut event = meaning(&told)?;
    event.at = told.at;
    if event.upstream.is_none() && told.service != &b"warp-routing"[..] {
        event.upstream = Upstream::read(&told.service);
    }
    event.ray = scan::ray(&told.ray);
    if let Some((_, rest)) = scan::split(&told.dest, "://") {
        let (host, path) = rest.split_at(memchr::memchr(b'/', rest).unwrap_or(rest.len()));
        event.host = Some(scan::text(host));
        event.path = (!path.is_empty()).then(|| scan::path(path));
    }
    Some(event)
}

/// `TIME LEVEL message key=value …`; values with spaces are quoted as in Go, and a request's line
/// has no message.
fn console(line: &[u8]) -> Option<Line<'_>> {
    let (at, rest) = timestamp::dashed(line)?;
    if !line[..line.len() - rest.len()].ends_with(b"Z") {
        return None;
    }
    let rest = rest.strip_prefix(b" ")?;
    let (level, rest) = rest.split_at_checked(3)?;
    let known = [&b"DBG"[..], b"INF", b"WRN", b"ERR", b"FTL"].contains(&level);
    let rest = if rest.is_empty() { rest } else { rest.strip_prefix(b" ")? };
    if !known {
        return None;
    }
    let start = first_pair(rest);
    let mut told = Line {
        at: Some(at),
        message: Cow::Borrowed(rest[..start].trim_ascii()),
        ..Line::default()
    };
    pairs(&rest[start..], &mut told);
    Some(told)
}

/// Where the pairs begin: at the first ` name=`.
fn first_pair(rest: &[u8]) -> usize {
    let mut from = 0;
    for equals in memchr::memchr_iter(b'=', rest) {
        let word = rest[..equals].iter().rposition(|byte| *byte == b' ').map_or(0, |at| at + 1);
        let name = &rest[word..equals];
        if word >= from
            && !name.is_empty()
            && name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_')
        {
            return word;
        }
        from = equals;
    }
    rest.len()
}

fn pairs<'a>(rest: &'a [u8], told: &mut Line<'a>) {
    let mut rest = rest;
    while let Some(equals) = memchr::memchr(b'=', rest) {
        let name = rest[..equals].trim_ascii();
        let after = &rest[equals + 1..];
        let value: Cow<'a, [u8]>;
        if after.first() == Some(&b'"') {
            let Some(end) = closing_quote(&after[1..]) else {
                // The line was cut off.
                take(name, unquoted(&after[1..]), told);
                return;
            };
            value = unquoted(&after[1..=end]);
            rest = &after[end + 2..];
        } else {
            let end = memchr::memchr(b' ', after).unwrap_or(after.len());
            value = Cow::Borrowed(&after[..end]);
            rest = &after[end..];
        }
        take(name, value, told);
    }
}

fn closing_quote(inner: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr::memchr2(b'"', b'\\', inner.get(at..)?)?;
        if inner[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

/// Go's quoting: only the quote and the backslash matter here.
fn unquoted(inner: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'\\', inner).is_none() {
        return Cow::Borrowed(inner);
    }
    let mut text = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match (byte, bytes.peek()) {
            (b'\\', Some(next @ (b'"' | b'\\'))) => {
                text.push(*next);
                bytes.next();
            }
            _ => text.push(byte),
        }
    }
    Cow::Owned(text)
}

fn take<'a>(name: &[u8], value: Cow<'a, [u8]>, told: &mut Line<'a>) {
    match name {
        b"error" => told.error = value,
        b"originService" => told.service = value,
        b"dest" => told.dest = value,
        b"cfRay" => told.ray = value,
        b"tunnelID" => told.tunnel = value,
        b"status" => told.status = value,
        _ => {}
    }
}

fn object(line: &[u8]) -> Line<'_> {
    let mut told = Line::default();
    for (key, value) in json::fields(line) {
        let Some(text) = value.word() else { continue };
        match key {
            b"time" => told.at = timestamp::dashed(&text).map(|(at, _)| at),
            b"message" => told.message = text,
            key => take(key, text, &mut told),
        }
    }
    told
}

const WRAPPER: &str = "Unable to reach the origin service. The service may be down or it may not be \
                       responding to traffic from cloudflared: ";

fn meaning(told: &Line<'_>) -> Option<LogEvent> {
    let (message, error) = (&*told.message, &*told.error);
    let event =
        |class: Class| Some(LogEvent::new(class, if error.is_empty() { message } else { error }));
    if message.is_empty() {
        return request(error);
    }
    if message == b"Request failed" || error.starts_with(b"Failed to proxy ") {
        let inner = match scan::strip(error, "Failed to proxy ") {
            Some(rest) => scan::split(rest, ": ").map_or(rest, |(_, rest)| rest),
            None => error,
        };
        return request(inner).map(repeated);
    }
    if message == b"failed to serve incoming request" {
        return registration(error);
    }
    if scan::starts_any(
        message,
        &["Register tunnel error from server side", "initial tunnel connection failed"],
    ) {
        // The second repeats the first, or another line.
        let first = message.starts_with(b"Register");
        return registration(error).map(|event| {
            if first || event.role == Role::Noise { event } else { event.role(Role::Consequence) }
        });
    }
    if scan::starts_any(
        message,
        &[
            "Unable to establish connection with Cloudflare edge",
            "Failed to dial a quic connection",
        ],
    ) {
        return event(Class::TunnelEdgeUnreachable);
    }
    if message.starts_with(b"edge discovery: error looking up Cloudflare edge IPs") {
        return event(Class::TunnelEdgeUnresolvable);
    }
    if message == b"Serve tunnel error"
        || message == b"failed to serve tunnel connection"
        || message == b"Connection terminated"
    {
        return served(message, error);
    }
    if message == b"Initiating shutdown" {
        return shutdown(error);
    }
    if message == b"precheck" && told.status == &b"fail"[..] {
        return Some(LogEvent::new(Class::Warned, message));
    }
    let class = match () {
        () if message == b"Registered tunnel connection" => Class::TunnelConnected,
        () if message.starts_with(b"Connection ") && scan::has(message, " registered") => {
            Class::TunnelConnected
        }
        () if message == b"Lost connection with the edge" => Class::TunnelConnectionLost,
        () if message == b"Starting tunnel" => Class::Started,
        () if message.starts_with(b"Initiating graceful shutdown") => Class::Stopped,
        () if message == b"Updated to new configuration" => Class::Reloaded,
        () if scan::starts_any(
            message,
            &[
                "Failed to deserialize new configuration",
                "Failed to update ingress",
                "Couldn't start tunnel",
            ],
        ) =>
        {
            Class::TunnelConfigInvalid
        }
        () if message.starts_with(b"Configuration file ") && scan::ends(message, " was empty") => {
            Class::TunnelConfigInvalid
        }
        () if message.starts_with(b"The credentials file at ")
            || message.starts_with(b"Cannot determine default origin certificate path.") =>
        {
            Class::TunnelCredentialsRejected
        }
        () if message.starts_with(b"No ingress rules were defined") => Class::TunnelIngressMissing,
        () if message.starts_with(b"Too many concurrent flows") => Class::TunnelOverloaded,
        () if message.starts_with(b"Switching to fallback protocol") => Class::Warned,
        () => return None,
    };
    event(class)
}

/// A second line about what another one tells.
fn repeated(event: LogEvent) -> LogEvent {
    if event.role == Role::Cause { event.role(Role::Consequence) } else { event }
}

/// The end of a connection: what happened is in the error, or in a line before.
fn served(message: &[u8], error: &[u8]) -> Option<LogEvent> {
    let event = |class: Class, role: Role| Some(LogEvent::new(class, error).role(role));
    let last = message == b"Serve tunnel error";
    let role = if last { Role::Cause } else { Role::Consequence };
    match () {
        () if scan::has(error, "control stream encountered a failure while serving") => {
            event(Class::TunnelRegistrationRefused, role)
        }
        () if scan::starts_any(
            error,
            &["DialContext error", "TLS handshake with edge error", "failed to dial to edge"],
        ) =>
        {
            event(Class::TunnelEdgeUnreachable, Role::Consequence)
        }
        () if scan::ends(error, "context canceled") => None,
        () if error.is_empty() || scan::has(error, "there are no free edge addresses left") => None,
        () if scan::has_any(error, &["Unauthorized", "already connected to this server"]) => {
            registration(error).map(|event| event.role(Role::Consequence))
        }
        // After `Lost connection with the edge`.
        () if error == b"connection with edge closed" => {
            event(Class::TunnelConnectionLost, Role::Consequence)
        }
        () if scan::has_any(
            error,
            &[
                "accept stream listener encountered",
                "datagram manager encountered",
                "Error shutting down control stream",
                "no recent network activity",
                "Application error",
            ],
        ) =>
        {
            event(Class::TunnelConnectionLost, role)
        }
        () => None,
    }
}

/// What the edge said when a connection was registered.
fn registration(error: &[u8]) -> Option<LogEvent> {
    let (class, role) = match () {
        () if scan::has(error, "Unauthorized") => (Class::TunnelCredentialsRejected, Role::Cause),
        // Two connectors at the same data centre: another address is tried.
        () if scan::has(error, "already connected to this server") => (Class::Warned, Role::Noise),
        () if scan::has(error, "Error shutting down control stream") => return None,
        () if scan::ends(error, "context canceled") || error.is_empty() => return None,
        () => (Class::TunnelRegistrationRefused, Role::Cause),
    };
    Some(LogEvent::new(class, error).role(role))
}

/// Why cloudflared ends itself.
fn shutdown(error: &[u8]) -> Option<LogEvent> {
    let class = match () {
        () if scan::starts_any(
            error,
            &[
                "Could not lookup srv records",
                "Couldn't resolve SRV record",
                "expected at least 2 Cloudflare Regions",
            ],
        ) =>
        {
            Class::TunnelEdgeUnresolvable
        }
        () if scan::ends(error, "context canceled") || error.is_empty() => return None,
        () => return registration(error).map(|event| event.role(Role::Consequence)),
    };
    Some(LogEvent::new(class, error).role(Role::Consequence))
}

/// Why a request failed, from the error of a line without a message.
fn request(error: &[u8]) -> Option<LogEvent> {
    if error.starts_with(b"request filtered by middleware handler") {
        return Some(LogEvent::new(Class::RequestRefused, error));
    }
    if error.starts_with(b"Incoming request ended abruptly") {
        return Some(LogEvent::new(Class::VisitorLeft, error));
    }
    let wrapped = scan::strip(error, WRAPPER);
    let inner = wrapped.unwrap_or(error);
    let inner = scan::strip(inner, "unable to dial tcp to origin ")
        .and_then(|rest| scan::split(rest, ": "))
        .map_or(inner, |(_, rest)| rest);
    let (fault, peer) = go_error::read(inner)?;
    let cut = wrapped.is_none() && !scan::has(inner, "dial ");
    let class = match fault {
        GoFault::Refused | GoFault::ViaProxy | GoFault::QueueFull => Class::OriginRefused,
        GoFault::SocketMissing => Class::OriginSocketMissing,
        GoFault::SocketForbidden => Class::OriginSocketForbidden,
        GoFault::Timeout => Class::OriginTimeout,
        GoFault::Unreachable => Class::OriginUnreachable,
        GoFault::Unresolvable => Class::OriginUnresolvable,
        GoFault::PortsExhausted => Class::PortsExhausted,
        GoFault::FilesExhausted => Class::FilesExhausted,
        GoFault::ClosedEarly | GoFault::BodyCut if cut => Class::OriginBodyCut,
        GoFault::ClosedEarly | GoFault::BodyCut => Class::OriginClosedEarly,
        GoFault::HeaderTooLarge => Class::OriginHeaderTooLarge,
        GoFault::Malformed => Class::OriginMalformed,
        GoFault::SchemeMismatch => Class::OriginSchemeMismatch,
        GoFault::TlsRejected => Class::OriginTlsRejected,
        GoFault::AddressUnusable => Class::TunnelConfigInvalid,
        GoFault::VisitorLeft => Class::VisitorLeft,
    };
    let mut event = LogEvent::new(class, inner);
    event.upstream = peer;
    Some(event)
}

/// Lines that have neither form: errors of the start, and Go's own logger.
fn bare(line: &[u8]) -> Option<LogEvent> {
    if let Some((at, rest)) = timestamp::slashed(line) {
        let files = scan::strip(rest, " http: Accept error: ")?;
        return scan::has(files, "too many open files")
            .then(|| LogEvent::new(Class::FilesExhausted, rest).at(at));
    }
    let config = [
        "error parsing YAML in config file at ",
        "Validation failed: ",
        "The last ingress rule must match all URLs",
        "failed to start origin: ",
        "unknown protocol ",
        "unable to create TLS config to connect with edge: ",
        "\"cloudflared tunnel run\" requires the ID or name of the tunnel",
        "use `cloudflared tunnel run` to start tunnel ",
        "Error opening metrics server listener: ",
    ];
    let credentials = [
        "Provided Tunnel token is not valid.",
        "Failed to read token file: ",
        "tunnel credentials file not found",
        "Invalid JSON when parsing tunnel credentials file",
        "The tunnel credentials file should be .json but you gave a .pem.",
    ];
    let class = match () {
        () if scan::starts_any(line, &config) => Class::TunnelConfigInvalid,
        () if scan::starts_any(line, &credentials)
            || (line.starts_with(b"Tunnel credentials file '")
                && scan::ends(line, "doesn't exist or is not a file")) =>
        {
            Class::TunnelCredentialsRejected
        }
        // The reason of an end, repeated without a time.
        () if line.starts_with(b"Could not lookup srv records on ") => {
            return Some(
                LogEvent::new(Class::TunnelEdgeUnresolvable, line).role(Role::Consequence),
            );
        }
        () => return None,
    };
    Some(LogEvent::new(class, line))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, told: &str) {
        let seen = read(line.as_bytes()).map_or("nothing".to_owned(), |event| {
            let whom = event.upstream.map_or("-".to_owned(), |whom| whom.to_string());
            let ray = event.ray.unwrap_or("-".to_owned());
            format!("{} {:?} {whom} {ray}", event.class.slug(), event.role)
        });
        assert_eq!(seen, told, "{line}");
    }

    #[test]
    fn a_registration_that_quic_hides_is_told_as_refused_and_one_that_http2_shows_by_its_reason() {
        check(
            "2026-11-22T05:13:25Z ERR Serve tunnel error error=\"control stream encountered a \
             failure while serving\" connIndex=0 event=0 ip=127.0.0.21",
            "tunnel-registration-refused Cause - -",
        );
        check(
            "2026-11-22T05:22:38Z ERR Register tunnel error from server side \
             error=\"Unauthorized: Invalid tunnel secret\" connIndex=0 event=0 ip=127.0.0.21",
            "tunnel-credentials-rejected Cause - -",
        );
    }

    #[test]
    fn blocked_udp_is_told_at_every_try_and_the_fallback_is_no_fault() {
        check(
            "2026-11-22T05:11:25Z ERR Failed to dial a quic connection error=\"failed to dial to \
             edge with quic: timeout: no recent network activity\" connIndex=0 event=0 ip=127.0.0.21",
            "tunnel-edge-unreachable Cause - -",
        );
        check(
            "2026-11-22T05:13:57Z INF Switching to fallback protocol http2 connIndex=0 event=0",
            "warned Noise - -",
        );
    }

    #[test]
    fn a_request_has_no_ray_but_where_old_versions_wrote_it() {
        let line = |ray: &str| {
            format!(
                "2026-11-22T05:05:40Z ERR  error=\"{WRAPPER}EOF\" {ray}connIndex=0 event=1 \
                 ingressRule=0 originService=http://127.0.0.1:8000"
            )
        };
        // The service closed an idle connection as it was used again, or died: it looks the same.
        check(&line(""), "origin-closed-early Cause 127.0.0.1:8000 -");
        check(
            &line("cfRay=8f0c1d2e3a4b5c60-FRA "),
            "origin-closed-early Cause 127.0.0.1:8000 8f0c1d2e3a4b5c60-FRA",
        );
    }

    #[test]
    fn a_service_that_hangs_shows_as_a_visitor_who_left() {
        check(
            "2026-11-22T05:13:18Z ERR  error=\"Incoming request ended abruptly: context \
             canceled\" connIndex=0 event=1 ingressRule=10 originService=http://127.0.0.1:18084",
            "visitor-left Noise 127.0.0.1:18084 -",
        );
    }

    #[test]
    fn lines_that_are_neither_console_nor_json_are_read_or_left_alone() {
        for (line, told) in [
            ("2026/11/22 05:12:35 http2: server: error reading preface: EOF", "nothing"),
            (
                "2026/11/22 05:12:35 http: Accept error: accept tcp 127.0.0.1:20241: accept4: too \
                 many open files; retrying in 1s",
                "files-exhausted Cause - -",
            ),
            ("If you are using private routing to this Tunnel, then ICMP, UDP", "nothing"),
            ("See 'cloudflared tunnel run --help'.", "nothing"),
            // A log file repeats keys, in the order in which they were set.
            (
                "{\"level\":\"error\",\"event\":1,\"event\":0,\"error\":\"unexpected EOF\",\
                 \"originService\":\"http://127.0.0.1:1\",\"time\":\"2026-11-22T05:12:35Z\"}",
                "origin-body-cut Cause 127.0.0.1:1 -",
            ),
            // Cut off in the middle.
            (
                "{\"level\":\"error\",\"time\":\"2026-11-22T05:12:35Z\",\"error\":\"dial tcp",
                "nothing",
            ),
            ("2026-11-22T05:12:35Z ERR  error=\"dial tcp 127.0.0.1:9: connect: conn", "nothing"),
        ] {
            check(line, told);
        }
    }

    #[test]
    fn a_second_installation_shows_later_as_a_missing_token_file() {
        check(
            "Failed to read token file: open /etc/cloudflared/token: no such file or directory",
            "tunnel-credentials-rejected Cause - -",
        );
    }

    #[test]
    fn an_ordinary_stop_is_no_fault() {
        for line in [
            "2026-11-22T05:14:18Z ERR icmp router terminated error=\"context canceled\"",
            "2026-11-22T05:14:18Z ERR no more connections active and exiting",
            "2026-11-22T05:14:18Z ERR Connection terminated connIndex=2",
            "2026-11-22T05:14:18Z INF Tunnel server stopped",
        ] {
            check(line, "nothing");
        }
    }

    fn entry(message: &str) -> Vec<u8> {
        let time = "1795325484512667";
        serde_json::json!({"__REALTIME_TIMESTAMP": time, "MESSAGE": message, "_PID": "7"})
            .to_string()
            .into_bytes()
    }

    #[test]
    fn a_start_names_the_tunnel_on_the_console_and_in_json() {
        let id = "6FF42ae2-765d-4adf-8112-31c55c1551ef";
        for line in [
            format!("2026-11-20T11:50:00Z INF Starting tunnel tunnelID={id}"),
            format!(
                r#"{{"level":"info","tunnelID":"{id}","time":"2026-11-20T11:50:00Z","message":"Starting tunnel"}}"#
            ),
        ] {
            let (told, at) = started_tunnel(&entry(&line)).unwrap();
            assert_eq!(told, id.to_ascii_lowercase());
            assert_eq!(at.to_string(), "2026-11-22T05:31:24.512667Z");
        }
    }

    #[test]
    fn no_other_line_names_a_tunnel() {
        let id = "6ff42ae2-765d-4adf-8112-31c55c1551ef";
        for line in [
            format!("2026-11-20T11:50:00Z ERR error=\"Starting tunnel tunnelID={id}\" connIndex=0"),
            format!("2026-11-20T11:50:00Z INF Starting tunnels tunnelID={id}"),
            format!("Starting tunnel tunnelID={id}"),
            "2026-11-20T11:50:00Z INF Starting tunnel tunnelID=x".to_owned(),
            "2026-11-20T11:50:00Z INF Starting tunnel tunnelID=00000000-0000-0000-0000-000000000000"
                .to_owned(),
        ] {
            assert_eq!(started_tunnel(&entry(&line)), None, "{line}");
        }
    }
}
