//! Heads: the status line and the header lines of a reply, and what they say about the body.
//!
//! As strict as the parsers that the edge is built on (RFC 9112; nginx and httparse agree on all
//! that is refused here). One thing is lax, in the reader: a bare LF ends a line, since RFC 9112
//! 2.2 allows a reader to take it so and both of them do.

use super::{Malformation, ReplyFault, printable};
use crate::redact;

/// Header lines that are kept of any reply.
const KEPT: usize = 80;
/// Header lines that are kept if they tell who answered or where to go.
const KEPT_TELLING: usize = 100;
/// Bytes of a value that are kept.
const KEPT_VALUE: usize = 512;
/// Bytes of a Location that a probe may follow.
const LONGEST_LOCATION: usize = 8192;

const TELLING: [&str; 12] = [
    "server",
    "cf-ray",
    "cf-cache-status",
    "cf-mitigated",
    "cf-error-type",
    "cf-error-origin",
    "content-type",
    "content-length",
    "content-encoding",
    "transfer-encoding",
    "location",
    "retry-after",
];

/// What a head says, line by line.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    /// Bytes, with the blank line.
    pub(super) bytes: u64,
    /// As it came, for following it; never kept in evidence.
    pub(super) location: Option<String>,
    /// Codings of the body, and whether the last is gzip.
    encodings: (u32, bool),
    /// `text/event-stream`: never ends by design.
    pub(super) events: bool,
    length: Length,
    chunked: u32,
    coded: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Length {
    Untold,
    Told(u64),
    /// The same number more than once.
    Repeated(u64),
    Unclear,
}

/// How the body's end is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// There is none.
    Nothing,
    /// After this many bytes.
    Length(u64),
    /// After the last chunk.
    Chunks,
    /// With the connection.
    Close,
    /// Nobody can tell.
    Unclear,
}

impl Head {
    /// Reads a status line, without its line end.
    pub(super) fn of_status_line(line: &[u8]) -> Result<Self, Malformation> {
        let rest = line.strip_prefix(b"HTTP/1.").ok_or(Malformation::StatusLine)?;
        let [minor, b' ', rest @ ..] = rest else {
            return Err(Malformation::StatusLine);
        };
        if !minor.is_ascii_digit() || rest.iter().any(|&byte| is_control(byte)) {
            return Err(Malformation::StatusLine);
        }
        let end = rest.iter().position(|&byte| byte == b' ').unwrap_or(rest.len());
        let status = match rest[..end] {
            [a @ b'1'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9'] => {
                u16::from(a - b'0') * 100 + u16::from(b - b'0') * 10 + u16::from(c - b'0')
            }
            _ => return Err(Malformation::StatusCode),
        };
        Ok(Head {
            status,
            headers: Vec::new(),
            bytes: 0,
            location: None,
            encodings: (0, false),
            events: false,
            length: Length::Untold,
            chunked: 0,
            coded: 0,
        })
    }

    /// Reads a header line, without its line end. The error carries what may be shown of it.
    pub(super) fn take_line(&mut self, line: &[u8]) -> Result<(), (Malformation, String)> {
        if matches!(line.first(), Some(b' ' | b'\t')) {
            // The folded rest of a value may be part of a secret: only the name is shown.
            let name = self.headers.last().map_or("", |(name, _)| name.as_str());
            return Err((Malformation::HeaderValue, format!("{name}: (folded)")));
        }
        let colon = line.iter().position(|&byte| byte == b':');
        let name = &line[..colon.unwrap_or(line.len())];
        if colon.is_none() || name.is_empty() || !name.iter().all(|&byte| is_token(byte)) {
            let shown = &line[..colon.map_or(line.len(), |at| at + 1)];
            return Err((Malformation::HeaderName, redact::text(&printable(shown, 80))));
        }
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        let value = &line[colon.map_or(line.len(), |at| at + 1)..];
        let value = value.trim_ascii();
        if value.iter().any(|&byte| is_control(byte)) {
            let shown = redact::header(&name, &printable(value, 80));
            return Err((
                Malformation::HeaderValue,
                format!("{name}: {shown}").chars().take(80).collect(),
            ));
        }
        self.heed(&name, value);
        self.keep(&name, value);
        Ok(())
    }

    /// What the finished head says about the body, and what is wrong with how it says it.
    pub(super) fn framing(&self) -> (Framing, Vec<ReplyFault>) {
        let mut faults = Vec::new();
        if matches!(self.status, 100..=199 | 204 | 304) {
            return (Framing::Nothing, faults);
        }
        if matches!(self.length, Length::Repeated(_) | Length::Unclear) {
            faults.push(ReplyFault::LengthUnclear);
        }
        if self.chunked > 0 {
            if self.length != Length::Untold {
                faults.push(ReplyFault::LengthAndChunks);
            }
            if self.chunked > 1 {
                faults.push(ReplyFault::ChunksBroken);
            }
            return (Framing::Chunks, faults);
        }
        let framing = match self.length {
            // A coding without chunks is ended by the close, whatever the length says (RFC 9112 6.3).
            _ if self.coded > 0 => Framing::Close,
            Length::Told(length) | Length::Repeated(length) => Framing::Length(length),
            Length::Unclear => Framing::Unclear,
            Length::Untold => Framing::Close,
        };
        (framing, faults)
    }

    /// Whether the body is packed by gzip alone; packed twice or otherwise, it is not ours to check.
    pub(super) fn is_gzip(&self) -> bool {
        self.encodings == (1, true)
    }

    /// Takes from a header what the reader itself needs.
    fn heed(&mut self, name: &str, value: &[u8]) {
        let items =
            || value.split(|&byte| byte == b',').map(|item| item.trim_ascii().to_ascii_lowercase());
        match name {
            "content-length" => {
                for item in items() {
                    self.length = match (self.length, number(&item)) {
                        (Length::Untold, Some(length)) => Length::Told(length),
                        (Length::Told(known) | Length::Repeated(known), Some(length))
                            if known == length =>
                        {
                            Length::Repeated(known)
                        }
                        _ => Length::Unclear,
                    };
                }
            }
            "transfer-encoding" => {
                for item in items() {
                    match item.as_slice() {
                        b"chunked" => self.chunked += 1,
                        b"" | b"identity" => {}
                        _ => self.coded += 1,
                    }
                }
            }
            "content-encoding" => {
                for item in items().filter(|item| !item.is_empty() && item != b"identity") {
                    let gzip = matches!(item.as_slice(), b"gzip" | b"x-gzip");
                    self.encodings = (self.encodings.0.saturating_add(1), gzip);
                }
            }
            "content-type" => {
                self.events = value.to_ascii_lowercase().starts_with(b"text/event-stream");
            }
            "location" if value.len() <= LONGEST_LOCATION => {
                self.location = String::from_utf8(value.to_vec()).ok();
            }
            _ => {}
        }
    }

    fn keep(&mut self, name: &str, value: &[u8]) {
        let telling = TELLING.contains(&name);
        if self.headers.len() >= if telling { KEPT_TELLING } else { KEPT } {
            return;
        }
        // A value may be 256 KiB long; what is cut off cannot hold the end of what is redacted.
        let value = &value[..value.len().min(16 * 1024)];
        let value: String =
            String::from_utf8_lossy(value).chars().filter(|letter| !letter.is_control()).collect();
        let name: String = name.chars().take(128).collect();
        let mut value = redact::header(&name, &value);
        let mut end = value.len().min(KEPT_VALUE);
        while !value.is_char_boundary(end) {
            end -= 1;
        }
        value.truncate(end);
        self.headers.push((name, value));
    }
}

fn number(item: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(item).ok()?;
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| digits.parse().ok())?
}

/// RFC 9110 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn is_control(byte: u8) -> bool {
    (byte < 0x20 && byte != b'\t') || byte == 0x7f
}
