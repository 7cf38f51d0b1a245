//! Replies: what a peer answers to a request, read as strictly as the edge reads.
//!
//! The types are what is kept; [`Reader`] makes them out of the bytes. Nothing in here judges: that
//! a head is larger than the edge takes is a fact about the head.

mod chunks;
mod gzip;
mod head;
mod reader;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use self::reader::{End, Progress, Reader, Timing};

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum HttpAnswer {
    /// A whole head came back; faults of head and body are listed in it.
    Replied(Reply),
    /// The connection ended without a byte.
    Empty {
        /// Whether by a reset.
        reset: bool,
        /// Milliseconds after the request was sent.
        after_ms: u64,
    },
    /// The connection ended within the head.
    CutInHead {
        /// Whether by a reset.
        reset: bool,
        /// Bytes that had come.
        bytes: u64,
    },
    /// What came back is not an HTTP reply.
    Malformed {
        /// What is wrong with it.
        what: Malformation,
        /// The line at fault from its beginning, at most 80 bytes, as text with a dot for each
        /// byte that is not printable; without the value where the header is a secret.
        first: String,
    },
    /// The head was larger than we read (256 KiB) and had not ended.
    HeadEndless {
        /// Bytes that were read.
        bytes: u64,
    },
    /// No whole head came back before the deadline.
    Silent {
        /// How long we waited after the request was sent.
        after_ms: u64,
    },
    /// A TLS alert came back instead of a reply (TLS 1.3 peers refuse a client without
    /// certificate only then).
    Alert {
        /// RFC 8446 6: 116 certificate_required.
        code: u8,
    },
}

/// What makes a reply none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Malformation {
    /// The first line is no status line.
    StatusLine,
    /// The status is not a number from 100 to 999.
    StatusCode,
    /// A line of the head has no colon or a name with characters that no name has.
    HeaderName,
    /// A value has a control character, or a line is folded.
    HeaderValue,
    /// The bytes are a TLS record: the peer speaks TLS here.
    TlsRecord,
    /// The bytes are an HTTP/2 frame: the peer speaks HTTP/2 unasked.
    Http2,
}

/// A reply whose head came whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// 100 to 999.
    pub status: u16,
    /// Names in lower case, values without secrets, at most 512 bytes each; at most 100.
    pub headers: Vec<(String, String)>,
    /// Bytes of the head.
    pub head_bytes: u64,
    /// Bytes of the body that came, before any decoding; at most 16 MiB.
    pub body_bytes: u64,
    /// The body's first 2,048 bytes as text, decoded; kept only where the status is 400 or more.
    pub excerpt: String,
    /// Milliseconds from the request to the first byte.
    pub first_byte_ms: u64,
    /// What is wrong with it; empty: nothing.
    pub faults: Vec<ReplyFault>,
}

/// What is wrong with a reply whose head came whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "kebab-case")]
pub enum ReplyFault {
    /// The head is larger than the edge takes (128 KB).
    HeadTooLarge {
        /// Bytes of the head.
        bytes: u64,
    },
    /// The body ended before its declared length.
    ShortBody {
        /// Content-Length.
        declared: u64,
        /// Bytes that came.
        came: u64,
        /// Whether the connection was reset, not closed.
        reset: bool,
    },
    /// More bytes came than were declared.
    LongBody {
        /// Content-Length.
        declared: u64,
    },
    /// Content-Length stands there twice (RFC 9110 8.6 lets a reader refuse that even where both
    /// are equal), or is no number.
    LengthUnclear,
    /// Both a length and chunks.
    LengthAndChunks,
    /// The chunks are not written as they must be, are announced twice, or more follows the last.
    ChunksBroken,
    /// The connection ended before the last chunk.
    ChunksCut {
        /// Whether by a reset.
        reset: bool,
    },
    /// No length was declared, so that only the connection's close ends the body, and the
    /// connection was reset instead: nothing says whether the body is whole.
    BodyReset {
        /// Bytes that had come.
        came: u64,
    },
    /// The body says that it is gzip and is not, or its checksum is wrong, or it ends early.
    GzipBroken,
    /// The body stalled: its end did not come before the deadline.
    BodyStalled {
        /// Bytes that had come.
        came: u64,
    },
    /// We stopped reading; the body had not ended. Not a fault of the peer in itself.
    BodyLeftUnread {
        /// Bytes that were read.
        came: u64,
    },
}

impl Reply {
    /// The first value of a header; `name` in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Bytes as text that harms nobody: a dot for each byte that is not printable ASCII, at most `max`
/// characters.
#[must_use]
pub fn printable(bytes: &[u8], max: usize) -> String {
    let dotted = |&byte: &u8| if matches!(byte, 0x20..=0x7e) { char::from(byte) } else { '.' };
    bytes.iter().take(max).map(dotted).collect()
}

/// Bytes as text that may run over lines: what is not UTF-8 is replaced, line ends become line
/// feeds, other control characters dots; at most `max` bytes, cut between characters.
fn readable(bytes: &[u8], max: usize) -> String {
    let mut text = String::new();
    for letter in String::from_utf8_lossy(&bytes[..bytes.len().min(max)]).chars() {
        let letter = match letter {
            '\r' => continue,
            '\n' | '\t' => letter,
            _ if letter.is_control() => '.',
            _ => letter,
        };
        if text.len() + letter.len_utf8() > max {
            break;
        }
        text.push(letter);
    }
    text
}
