//! Caddy's log: one JSON object a line.
//!
//! # What it looks like
//! `{"level":"error","ts":1795325346.88,"logger":"http.log.error.log0","msg":"dial tcp
//! 127.0.0.1:8000: connect: connection refused","request":{…},"status":502,"err_id":"…"}`. A failed
//! request is told twice: as an error with Go's text, and as `handled request` in the access log.
//!
//! # What it means
//! `msg` of the error is Go's error, which says it all. Of the access lines only those with a
//! status of 500 and above are told: as what follows, or, where no error came with it, as the
//! app's own answer, which Caddy writes at the level `error` as well.
//!
//! # Sources
//! - captured: Caddy 2, 2026-11-22; Caddy docs, logging, read 2026-07

use super::event::LogEvent;
use super::go_error::{self, GoFault};
use super::json::{self, Value};
use super::nginx_error::edge_role;
use super::{Class, Dialect, Fit, scan, timestamp};

/// Caddy's log.
pub static UNIT: Dialect = Dialect { programs: &["caddy"], recognises, read };

fn recognises(line: &[u8]) -> Fit {
    let named = |name: &str| json::field(line, name).is_some();
    Fit::own(line.first() == Some(&b'{') && named("level") && named("ts") && named("msg"))
}

fn read(line: &[u8]) -> Option<LogEvent> {
    let (mut logger, mut said, mut error, mut level) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut at, mut status, mut request, mut response) = (None, None, None, None);
    for (key, value) in json::fields(line) {
        let text = || value.text().map(std::borrow::Cow::into_owned).unwrap_or_default();
        match key {
            b"level" => level = text(),
            b"logger" => logger = text(),
            b"msg" => said = text(),
            b"error" => error = text(),
            b"ts" => {
                at = value.word().and_then(|word| {
                    timestamp::epoch(&word).or_else(|| timestamp::dashed(&word).map(|(at, _)| at))
                });
            }
            b"status" => status = value.word().and_then(|word| scan::number(&word).map(|(n, _)| n)),
            b"request" => request = Some(value),
            b"resp_headers" => response = Some(value),
            _ => {}
        }
    }
    let status = status.and_then(|status| u16::try_from(status).ok());
    let mut event = meaning(&level, &logger, &said, &error, status, response)?;
    event.at = at;
    event.status = status;
    if let Some(Value::Nested(request)) = request {
        take_request(&mut event, request);
    }
    Some(event)
}

fn meaning(
    level: &[u8],
    logger: &[u8],
    said: &[u8],
    error: &[u8],
    status: Option<u16>,
    response: Option<Value<'_>>,
) -> Option<LogEvent> {
    if logger.starts_with(b"http.log.access") {
        if !(500..=599).contains(&status?) {
            return None;
        }
        // An answer that Caddy makes itself has no type and no body.
        let by_app = matches!(response, Some(Value::Nested(headers))
            if scan::has(headers, "\"Content-Type\"") || scan::has(headers, "\"Content-Length\""));
        let class = if by_app { Class::AppAnswered5xx } else { Class::Answered5xx };
        return Some(LogEvent::new(class, b"handled request"));
    }
    if logger.starts_with(b"http.log.error") {
        return upstream(said);
    }
    if logger.starts_with(b"http.handlers.reverse_proxy") {
        let aborted =
            scan::has_any(said, &["aborting with incomplete response", "reading from backend"]);
        let left = scan::ends(error, "context canceled");
        return (aborted && !left).then(|| LogEvent::new(Class::UpstreamBodyCut, error));
    }
    if logger.starts_with(b"http.stdlib") {
        let rest = scan::strip(said, "http: TLS handshake error from ")?;
        let (who, why) = scan::split(rest, ": ")?;
        let client = &who[..memchr::memrchr(b':', who).unwrap_or(who.len())];
        let class = match () {
            () if scan::has_any(
                why,
                &["unknown certificate authority", "bad certificate", "expired certificate"],
            ) =>
            {
                Class::CertificateRefused
            }
            () if scan::has(why, "client didn't provide a certificate") => {
                Class::ClientCertificateMissing
            }
            () => Class::EdgeTlsFailed,
        };
        let mut event = LogEvent::new(class, why).role(edge_role(client));
        event.client = Some(scan::text(client));
        return Some(event);
    }
    let class = match () {
        () if said == b"server running" => Class::Started,
        () if said == b"shutdown complete" => Class::Stopped,
        () if said.starts_with(b"load complete") => Class::Reloaded,
        () if level == b"error" && scan::has_any(error, &["no space left on device"]) => {
            Class::DiskFull
        }
        () if level == b"error" && scan::ends(error, "too many open files") => {
            Class::FilesExhausted
        }
        () => return None,
    };
    Some(LogEvent::new(class, said))
}

fn upstream(error: &[u8]) -> Option<LogEvent> {
    if scan::ends(error, "no upstreams available") {
        return Some(LogEvent::new(Class::UpstreamNoneLive, error));
    }
    let (fault, peer) = go_error::read(error)?;
    let class = match fault {
        GoFault::Refused | GoFault::ViaProxy => Class::UpstreamRefused,
        GoFault::SocketMissing => Class::UpstreamSocketMissing,
        GoFault::SocketForbidden => Class::UpstreamSocketForbidden,
        GoFault::QueueFull => Class::UpstreamQueueFull,
        GoFault::Timeout => Class::UpstreamTimeout,
        GoFault::Unreachable => Class::UpstreamUnreachable,
        GoFault::Unresolvable => Class::UpstreamUnresolvable,
        GoFault::PortsExhausted => Class::PortsExhausted,
        GoFault::FilesExhausted => Class::FilesExhausted,
        GoFault::ClosedEarly | GoFault::BodyCut => Class::UpstreamClosedEarly,
        GoFault::HeaderTooLarge => Class::UpstreamHeaderTooLarge,
        GoFault::Malformed => Class::UpstreamMalformed,
        GoFault::SchemeMismatch | GoFault::TlsRejected => Class::UpstreamTlsFailed,
        GoFault::AddressUnusable => Class::ProxyConfigInvalid,
        GoFault::VisitorLeft => Class::VisitorLeft,
    };
    let mut event = LogEvent::new(class, error);
    event.upstream = peer;
    Some(event)
}

fn take_request(event: &mut LogEvent, request: &[u8]) {
    for (key, value) in json::fields(request) {
        let text = || value.text().unwrap_or_default();
        match key {
            b"client_ip" => event.client = Some(scan::text(&text())),
            b"remote_ip" if event.client.is_none() => event.client = Some(scan::text(&text())),
            b"host" => event.host = Some(scan::text(&text())),
            b"uri" => event.path = Some(scan::path(&text())),
            b"headers" => {
                if let Value::Nested(headers) = value
                    && let Some(Value::Nested(list)) = json::field(headers, "Cf-Ray")
                {
                    event.ray = scan::between(list, "\"", "\"").and_then(scan::ray);
                }
            }
            _ => {}
        }
    }
}
