//! A reader of access logs built from nginx's own `log_format`.
//!
//! The layout is split at its variables; what stands between them is looked for in the line, in
//! order. Only variables that tell something are kept. Two variables with nothing between them
//! cannot be told apart, and then the first gets everything. Layouts of `escape=json` are JSON and
//! are read as such; maps and variables set by the configuration are skipped over.

use super::access_line::AccessLine;
use super::event::LogEvent;
use super::{scan, timestamp};

/// A layout of an access log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFormat {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Variable(String),
}

impl LogFormat {
    /// Reads the value of nginx's `log_format`, its strings joined, without quotes:
    /// `$remote_addr - $remote_user [$time_local] "$request" $status`. `None` where it has no
    /// `$status`.
    #[must_use]
    pub fn new(layout: &str) -> Option<LogFormat> {
        let mut pieces = Vec::new();
        let mut rest = layout;
        while let Some(at) = rest.find('$') {
            if at > 0 {
                pieces.push(Piece::Text(rest[..at].to_owned()));
            }
            rest = &rest[at + 1..];
            let braced = rest.strip_prefix('{');
            let name = braced.unwrap_or(rest);
            let end =
                name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name.len());
            pieces.push(Piece::Variable(name[..end].to_owned()));
            rest = &name[end..];
            if braced.is_some() {
                rest = rest.strip_prefix('}').unwrap_or(rest);
            }
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        let status = Piece::Variable("status".to_owned());
        pieces.contains(&status).then_some(LogFormat { pieces })
    }

    /// What the line means; `None` where it does not have this layout, or is no fault.
    #[must_use]
    pub fn read(&self, line: &[u8]) -> Option<LogEvent> {
        let mut rest = line;
        let mut told = AccessLine::default();
        let mut pieces = self.pieces.iter().peekable();
        while let Some(piece) = pieces.next() {
            match piece {
                Piece::Text(text) => rest = scan::strip(rest, text)?,
                Piece::Variable(name) => {
                    let value = match pieces.peek() {
                        Some(Piece::Text(text)) => &rest[..scan::find(rest, text)?],
                        Some(Piece::Variable(_)) | None => rest,
                    };
                    rest = &rest[value.len()..];
                    take(name, value, &mut told);
                }
            }
        }
        told.event()
    }
}

fn take<'a>(name: &str, value: &'a [u8], told: &mut AccessLine<'a>) {
    match name {
        "time_local" => told.at = timestamp::access(value).map(|(at, _)| at),
        "time_iso8601" => told.at = timestamp::dashed(value).map(|(at, _)| at),
        "msec" => told.at = timestamp::epoch(value),
        "remote_addr" | "http_cf_connecting_ip" => told.client = value,
        "request" => told.request = value,
        "request_uri" | "uri" => told.path = value,
        "host" | "http_host" | "server_name" => told.host = value,
        "status" => told.status = value,
        "request_time" => told.request_time = value,
        "upstream_addr" => told.upstream = value,
        "upstream_status" => told.upstream_status = value,
        "upstream_header_time" => told.upstream_header_time = value,
        "http_cf_ray" => told.ray = value,
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::logs::Class;

    const LAYOUT: &str = "$http_cf_ray|$time_iso8601|$host|${request_method} $request_uri|$status|\
                          $upstream_addr|$upstream_status|$upstream_header_time|$request_time";

    #[test]
    fn a_layout_of_any_order_is_read() {
        // Made up: the layout is, the values are of a capture.
        let line =
            b"cec9f1e24f6b0c1d-FRA|2026-11-22T05:06:05+00:00|shop.example.com|GET /cart?a=b|\
                     503|127.0.0.1:8000|503|0.002|0.003";
        let event = LogFormat::new(LAYOUT).unwrap().read(line).unwrap();
        assert_eq!(event.class, Class::AppAnswered5xx);
        assert_eq!(event.path.as_deref(), Some("/cart?a=…"));
        assert_eq!(event.host.as_deref(), Some("shop.example.com"));
        assert_eq!(event.ray.as_deref(), Some("cec9f1e24f6b0c1d-FRA"));
        assert_eq!(event.upstream.unwrap().to_string(), "127.0.0.1:8000");
    }

    #[test]
    fn a_line_of_another_layout_is_none() {
        let format = LogFormat::new("$remote_addr [$time_local] $status").unwrap();
        assert_eq!(format.read(b"127.0.0.1 502"), None);
        assert_eq!(format.read(b"127.0.0.1 [x] 5020"), None);
        assert!(format.read(b"127.0.0.1 [x] 502").is_some());
        assert_eq!(LogFormat::new("$request $bytes_sent"), None);
    }

    proptest! {
        #[test]
        fn no_layout_and_no_line_make_it_panic(
            layout in "[$a-z{} |]{0,30}(\\$status)?", line in "[a-z0-9 |]{0,40}"
        ) {
            if let Some(format) = LogFormat::new(&layout) {
                let _ = format.read(line.as_bytes());
            }
        }
    }
}
