//! HAProxy's log, in its HTTP layout.
//!
//! # What it looks like
//! `127.0.0.1:33012 [22/Nov/2026:05:22:29.138] fe_https be_app/app1 0/0/-1/-1/3006 503 217 - - SC--
//! 1/1/0/0/3 0/0 {…} "GET /cart HTTP/1.1"`, nearly always behind syslog's head. Local time.
//!
//! # What it means
//! The first letter of the flags says who ended the session (C visitor, S app, P HAProxy, s the
//! app's silence, c the visitor's), the second when (Q queue, C connecting, H headers, D body). The
//! same flags may stand for several reasons: `SC` is a refusal or a certificate that was not
//! accepted, `PH` a malformed, too large or foreign answer. The trace says which, not this file.
//!
//! # Sources
//! - HAProxy configuration manual 2.6, "Session state at disconnection", read 2026-07
//! - captured: HAProxy 2.6.12 (Debian 12), 2026-11-22

use super::event::{LogEvent, Upstream};
use super::nginx_error::edge_role;
use super::{Class, Dialect, Fit, Role, scan, timestamp};

/// HAProxy's log.
pub static UNIT: Dialect = Dialect { programs: &["haproxy"], recognises, read };

fn recognises(line: &[u8]) -> Fit {
    Fit::own(session(line).is_some() || is_state(line))
}

fn is_state(line: &[u8]) -> bool {
    (line.starts_with(b"Server ") && scan::has_any(line, &[" is DOWN", " is UP, reason"]))
        || (line.starts_with(b"backend ") && scan::ends(line, "has no server available!"))
        || (line.starts_with(b"Proxy ") && scan::has(line, " reached "))
}

struct Session<'a> {
    client: &'a [u8],
    at: timestamp::Moment,
    frontend: &'a [u8],
    rest: &'a [u8],
}

/// `CLIENT:PORT [TIME] FRONTEND `. The frontend of a failed handshake is `name/N:`.
fn session(line: &[u8]) -> Option<Session<'_>> {
    let (client, rest) = scan::split(&line[..line.len().min(2048)], " [")?;
    if client.is_empty() || memchr::memchr(b' ', client).is_some() {
        return None;
    }
    let client = &client[..memchr::memrchr(b':', client)?];
    let (at, rest) = timestamp::access(rest)?;
    if !matches!(at, timestamp::Moment::Local(_)) {
        return None;
    }
    let (frontend, rest) = scan::split(scan::strip(rest, "] ")?, " ")?;
    Some(Session { client, at, frontend, rest })
}

fn read(line: &[u8]) -> Option<LogEvent> {
    let Some(Session { client, at, frontend, rest }) = session(line) else {
        return state(line);
    };
    if frontend.ends_with(b":") {
        return handshake(rest, client).map(|event| event.at(at));
    }
    let mut words = rest.split(|byte| *byte == b' ');
    let peer = words.next()?;
    let timers = words.next()?;
    let (status, _) = scan::number(words.next()?.trim_ascii()).unwrap_or((0, b""));
    let mut words = words.skip(3);
    let flags = words.next().filter(|flags| flags.len() == 4)?;
    let (backend, server) = scan::split(peer, "/")?;
    if timers.iter().filter(|byte| **byte == b'/').count() < 2 {
        return None;
    }
    let nobody = server == b"<NOSRV>";
    let (class, role) = meaning(flags[0], flags[1], nobody, status)?;
    let request = scan::after(rest, " \"").map(|quoted| scan::until(quoted, "\""));
    let text = [b"flags ", flags, b", timers ", timers].concat();
    let mut event = LogEvent::new(class, &text).role(role).at(at);
    event.client = Some(scan::text(client));
    event.status = u16::try_from(status).ok().filter(|status| *status > 0);
    event.upstream =
        if nobody { Upstream::read(backend) } else { Some(Upstream::Name(scan::text(peer))) };
    event.path =
        request.and_then(|request| request.split(|byte| *byte == b' ').nth(1)).map(scan::path);
    event.ray = captured_ray(rest);
    Some(event)
}

fn meaning(ended: u8, phase: u8, nobody: bool, status: u64) -> Option<(Class, Role)> {
    let class = match (ended, phase) {
        (b'S', b'C') if nobody => Class::UpstreamNoneLive,
        (b'S', b'C') => Class::UpstreamRefused,
        (b's', b'C' | b'H') => Class::UpstreamTimeout,
        (b'S', b'H') => Class::UpstreamClosedEarly,
        (b'P', b'H') => Class::UpstreamMalformed,
        (b'S' | b's', b'D' | b'L') => Class::UpstreamBodyCut,
        (b's', b'Q') => Class::AppOverloaded,
        (b'P', b'C') => Class::PortsExhausted,
        (b'R', _) => Class::FilesExhausted,
        (b'C' | b'c', _) => Class::VisitorLeft,
        (b'P', b'R' | b'T') => Class::RequestRefused,
        (b'-', b'-') if (500..=599).contains(&status) => Class::AppAnswered5xx,
        (b'I' | b'L', _) if (500..=599).contains(&status) => Class::Answered5xx,
        _ => return None,
    };
    Some((class, class.role()))
}

fn handshake(said: &[u8], client: &[u8]) -> Option<LogEvent> {
    let failed = [
        "SSL handshake failure",
        "Connection closed during SSL handshake",
        "Timeout during SSL handshake",
    ];
    if !scan::starts_any(said, &failed) {
        return None;
    }
    let mut event = LogEvent::new(Class::EdgeTlsFailed, said).role(edge_role(client));
    event.client = Some(scan::text(client));
    Some(event)
}

/// What HAProxy says of its servers and of itself.
fn state(line: &[u8]) -> Option<LogEvent> {
    if !is_state(line) {
        return None;
    }
    if let Some(rest) = scan::strip(line, "backend ") {
        let mut event = LogEvent::new(Class::UpstreamNoneLive, line);
        event.upstream = Upstream::read(scan::until(rest, " "));
        return Some(event);
    }
    if line.starts_with(b"Proxy ") {
        let files = scan::has(line, "process FD limit");
        let class = if files { Class::FilesExhausted } else { Class::ConnectionsExhausted };
        return Some(LogEvent::new(class, line));
    }
    let rest = scan::strip(line, "Server ")?;
    let reason = scan::after(line, ", reason: ").unwrap_or_default();
    let info = scan::between(reason, "info: \"", "\"").unwrap_or_default();
    let class = match () {
        () if scan::has(line, " is UP") => Class::Started,
        () if reason.starts_with(b"Layer4 timeout") => Class::UpstreamTimeout,
        () if info == b"Connection refused" => Class::UpstreamRefused,
        () if info == b"No such file or directory" => Class::UpstreamSocketMissing,
        () if info == b"Permission denied" => Class::UpstreamSocketForbidden,
        () if scan::has_any(info, &["No route to host", "Network is unreachable"]) => {
            Class::UpstreamUnreachable
        }
        () if reason.starts_with(b"Layer4") => Class::UpstreamRefused,
        () if reason.starts_with(b"Layer6") => Class::UpstreamTlsFailed,
        () if reason.starts_with(b"Layer7 wrong status") => Class::AppAnswered5xx,
        () if reason.starts_with(b"Layer7 timeout") => Class::UpstreamTimeout,
        () if reason.starts_with(b"Layer7") => Class::UpstreamMalformed,
        () => Class::UpstreamNoneLive,
    };
    let mut event = LogEvent::new(class, line);
    event.upstream = Some(Upstream::Name(scan::text(scan::until(rest, " "))));
    event.status = scan::small_after(reason, "code: ");
    if class == Class::UpstreamNoneLive {
        event = event.role(Role::Consequence);
    }
    Some(event)
}

/// The first Ray ID among the captured headers: `{a|b}`.
fn captured_ray(rest: &[u8]) -> Option<String> {
    let captured = scan::between(scan::until(rest, " \""), " {", "}")?;
    captured.split(|byte| *byte == b'|').find_map(scan::ray)
}
