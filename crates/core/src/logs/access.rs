//! Access logs: nginx and Apache in the combined layout, with or without columns about the app, and
//! one JSON object a line.
//!
//! # What it looks like
//! `198.51.100.9 - - [22/Nov/2026:05:06:05 +0000] "GET /cart HTTP/1.1" 502 157 "-" "curl/8.10.1"`,
//! and whatever the site adds: pairs such as `us="502"` or `upstream_status=502`, and the Ray ID,
//! which is known by its form. In JSON: `status` and the names of nginx's variables. A layout of
//! another order is read by `LogFormat`, built from the proxy's own configuration.
//!
//! # What it means
//! 5xx that the app's headers came with are the app's own, other 5xx are the proxy's, and its error
//! log says why. A 499 after some 100 seconds is the origin's side of a 524. A 200 whose earlier
//! tries failed was rescued. Nothing else is told.
//!
//! # Sources
//! - nginx docs, ngx_http_log_module and ngx_http_upstream_module, read 2026-07
//! - captured: nginx 1.22.1 (Debian 12) and Apache 2.4.71, 2026-11-22

use super::access_line::AccessLine;
use super::event::LogEvent;
use super::json::{self, Value};
use super::{Dialect, Fit, scan, timestamp};

/// Access logs in the combined layout or JSON.
pub static UNIT: Dialect = Dialect { programs: &["nginx", "apache2", "httpd"], recognises, read };

fn recognises(line: &[u8]) -> Fit {
    if line.first() == Some(&b'{') {
        let named = |name: &str| json::field(line, name).is_some();
        let told = named("status") && (named("uri") || named("request") || named("request_uri"));
        return if told && !named("logger") && !named("level") { Fit::Maybe } else { Fit::Not };
    }
    Fit::own(combined(line).is_some())
}

fn read(line: &[u8]) -> Option<LogEvent> {
    if line.first() == Some(&b'{') {
        return object(line);
    }
    combined(line)?.event()
}

/// `ADDRESS - USER [TIME] "REQUEST" STATUS BYTES "REFERRER" "AGENT" …`, and Apache's `HOST:PORT `
/// before it.
fn combined(line: &[u8]) -> Option<AccessLine<'_>> {
    let open = memchr::memchr(b'[', &line[..line.len().min(512)])?;
    let (at, rest) = timestamp::access(&line[open + 1..])?;
    let rest = scan::strip(rest, "] \"")?;
    let mut words = line[..open].split(|byte| *byte == b' ');
    let mut client = words.next()?;
    let mut host: &[u8] = b"";
    if words.clone().filter(|word| !word.is_empty()).count() > 2 {
        host = scan::until(client, ":");
        client = words.next()?;
    }
    let (request, rest) = quoted(rest)?;
    let rest = rest.strip_prefix(b" ")?;
    let status = rest.get(..3).filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
    if !matches!(rest.get(3), None | Some(b' ')) {
        return None;
    }
    let mut told =
        AccessLine { at: Some(at), client, request, host, status, ..AccessLine::default() };
    extras(&rest[3..], &mut told);
    Some(told)
}

/// Up to the quote that ends it. nginx writes quotes as `\x22`, Apache as `\"`.
fn quoted(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut at = 0;
    loop {
        at += memchr::memchr2(b'"', b'\\', rest.get(at..)?)?;
        if rest[at] == b'"' {
            return Some((&rest[..at], &rest[at + 1..]));
        }
        at += 2;
    }
}

/// The columns behind the status: the sixth and seventh are the referrer and the agent, which
/// visitors choose; what follows is the site's own.
fn extras<'a>(rest: &'a [u8], told: &mut AccessLine<'a>) {
    let mut rest = rest;
    let mut column = 0;
    while let Some(start) = rest.iter().position(|byte| *byte != b' ') {
        rest = &rest[start..];
        let quote = rest.iter().position(|byte| matches!(byte, b'"' | b' ')).unwrap_or(rest.len());
        let (name, value);
        if rest.get(quote) == Some(&b'"') {
            name = &rest[..quote];
            let Some((inner, after)) = quoted(&rest[quote + 1..]) else { return };
            value = inner;
            rest = after;
        } else {
            let word = &rest[..quote];
            rest = &rest[quote..];
            (name, value) = match memchr::memchr(b'=', word) {
                Some(at) => (&word[..=at], &word[at + 1..]),
                None => (&b""[..], word),
            };
        }
        column += 1;
        // Bytes, referrer and agent come first and bear no names.
        if column <= 3 && name.is_empty() {
            continue;
        }
        match name.strip_suffix(b"=") {
            Some(name) => take(name, value, told),
            None if scan::ray(value).is_some() => told.ray = value,
            None => {}
        }
    }
}

/// Names that layouts in the wild give to nginx's variables, nginx's own among them.
fn take<'a>(name: &[u8], value: &'a [u8], told: &mut AccessLine<'a>) {
    match name {
        b"rt" | b"request_time" => told.request_time = value,
        b"ua" | b"upstream_addr" | b"upstream" => told.upstream = value,
        b"us" | b"upstream_status" => told.upstream_status = value,
        b"uht" | b"upstream_header_time" => told.upstream_header_time = value,
        b"cf_ray" | b"cfray" | b"ray" | b"cf-ray" | b"http_cf_ray" => told.ray = value,
        b"host" | b"http_host" | b"server_name" => told.host = value,
        b"status" => told.status = value,
        b"uri" | b"request_uri" => told.path = value,
        b"request" => told.request = value,
        b"remote_addr" | b"client" | b"client_ip" => told.client = value,
        _ => {}
    }
}

fn object(line: &[u8]) -> Option<LogEvent> {
    let mut told = AccessLine::default();
    for (key, value) in json::fields(line) {
        let (Value::Text(raw) | Value::Word(raw)) = value else { continue };
        match key {
            b"time" | b"time_iso8601" | b"@timestamp" | b"timestamp" => {
                told.at = timestamp::dashed(raw).map(|(at, _)| at);
            }
            b"time_local" => told.at = timestamp::access(raw).map(|(at, _)| at),
            b"msec" => told.at = timestamp::epoch(raw),
            // There the agent bears the name that others give to the app's address.
            b"ua" => {}
            key => take(key, raw, &mut told),
        }
    }
    told.event()
}
