//! The reader of replies: bytes in, as they come; what was seen out.
//!
//! It reads as strictly as the edge, keeps little (the line at hand, 64 KiB of decoded body), and
//! gives the same answer however the bytes are cut into pieces. That is why every decision hangs on
//! bytes and lines, never on what a single read brought.
//!
//! It does not wait, retry or close anything, and it does not judge.

use super::chunks::{Chunked, Chunks};
use super::gzip::Gzip;
use super::head::{Framing, Head};
use super::{HttpAnswer, Malformation, Reply, ReplyFault, printable, readable};
use crate::redact;

/// The head is not read further than this (interim replies count in).
const HEAD_END: u64 = 256 * 1024;
/// The largest head that the edge takes: "128 KB" (Cloudflare changelog of 2025-10-16).
const HEAD_LIMIT: u64 = 128 * 1024;
/// The body is not read further than this.
const BODY_END: u64 = 16 * 1024 * 1024;
/// Decoded bytes of the body that are kept for who parses error pages.
const BODY_KEPT: usize = 64 * 1024;
/// Decoded bytes of the body that become part of the answer, where the status is 400 or more.
const EXCERPT: usize = 2048;
/// Bytes of a line at fault that are shown.
const SHOWN: usize = 80;

/// Whether more bytes are of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// The reply goes on.
    More,
    /// The reply is whole by its own framing, or enough is known. More bytes may be pushed if they
    /// are there already: they show that a body is longer than declared.
    Done,
}

/// How the reading ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// [`Progress::Done`] was returned.
    Complete,
    /// The peer closed the connection.
    Closed,
    /// The peer reset the connection.
    Reset,
    /// The deadline came.
    Deadline,
    /// The body flows on, and we have read enough of it.
    Left,
    /// A TLS alert with this code came (RFC 8446 6).
    Alert(u8),
}

/// When things happened, counted from the moment when the request was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// The first byte, where one came.
    pub first_byte_ms: Option<u64>,
    /// The end.
    pub after_ms: u64,
}

/// Reads one reply. Interim replies (1xx) before it are passed over, but 101 is taken as the reply.
#[derive(Debug)]
pub struct Reader {
    stage: Stage,
    /// The beginning of the reply, for telling what it is and for showing it.
    opening: Vec<u8>,
    line: Vec<u8>,
    /// Bytes of all heads, interim ones included.
    head_bytes: u64,
    head: Option<Head>,
    faults: Vec<ReplyFault>,
    gzip: Option<Gzip>,
    body: Vec<u8>,
    body_bytes: u64,
    /// Whether the body came to its declared end.
    whole: bool,
}

#[derive(Debug)]
enum Stage {
    /// Before it is clear that this is HTTP at all.
    Opening,
    Status,
    Headers,
    Length(u64),
    Chunks(Box<Chunks>),
    UntilClose,
    /// The body is whole. What follows is one byte too many, but after 101.
    Whole,
    /// Nothing that follows matters.
    Passed,
    Endless,
    Malformed(Malformation, Option<String>),
}

impl Default for Reader {
    fn default() -> Self {
        Reader::new()
    }
}

impl Reader {
    /// Nothing read yet.
    #[must_use]
    pub fn new() -> Self {
        Reader {
            stage: Stage::Opening,
            opening: Vec::new(),
            line: Vec::new(),
            head_bytes: 0,
            head: None,
            faults: Vec::new(),
            gzip: None,
            body: Vec::new(),
            body_bytes: 0,
            whole: false,
        }
    }

    /// Takes the next bytes.
    pub fn push(&mut self, mut bytes: &[u8]) -> Progress {
        while !bytes.is_empty() {
            bytes = match self.stage {
                Stage::Opening => self.take_opening(bytes),
                Stage::Status | Stage::Headers => self.take_head(bytes),
                Stage::Length(_) | Stage::Chunks(_) | Stage::UntilClose => self.take_body(bytes),
                Stage::Whole => self.surplus(),
                Stage::Malformed(_, None) => self.show(bytes),
                Stage::Malformed(..) | Stage::Passed | Stage::Endless => &[],
            };
        }
        match self.stage {
            Stage::Whole | Stage::Passed | Stage::Endless | Stage::Malformed(..) => Progress::Done,
            Stage::Opening
            | Stage::Status
            | Stage::Headers
            | Stage::Length(_)
            | Stage::Chunks(_)
            | Stage::UntilClose => Progress::More,
        }
    }

    /// Status and headers, once the head has come whole. Headers as in [`Reply::headers`].
    #[must_use]
    pub fn head(&self) -> Option<(u16, &[(String, String)])> {
        self.whole_head().map(|head| (head.status, head.headers.as_slice()))
    }

    /// Where a redirect leads, as it came, at most 8 KiB: for following it. It may hold secrets, so
    /// it is not part of the answer.
    #[must_use]
    pub fn location(&self) -> Option<&str> {
        self.whole_head().and_then(|head| head.location.as_deref())
    }

    /// The beginning of the body, at most 64 KiB, without chunk marks and unpacked where it is gzip;
    /// empty where the gzip turns out to be damaged.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// What was seen.
    #[must_use]
    pub fn finish(self, end: End, timing: Timing) -> HttpAnswer {
        let reset = matches!(end, End::Reset | End::Alert(_));
        match &self.stage {
            Stage::Malformed(what, shown) => {
                let first = shown.clone().unwrap_or_else(|| self.opening_line());
                HttpAnswer::Malformed { what: *what, first }
            }
            Stage::Endless => HttpAnswer::HeadEndless { bytes: HEAD_END },
            Stage::Opening | Stage::Status | Stage::Headers => match end {
                _ if matches!(self.stage, Stage::Opening)
                    && !b"HTTP/1.".starts_with(&self.opening) =>
                {
                    let first = self.opening_line();
                    HttpAnswer::Malformed { what: Malformation::StatusLine, first }
                }
                End::Deadline | End::Left => HttpAnswer::Silent { after_ms: timing.after_ms },
                End::Alert(code) if self.head_bytes == 0 => HttpAnswer::Alert { code },
                _ if self.head_bytes == 0 => HttpAnswer::Empty { reset, after_ms: timing.after_ms },
                _ => HttpAnswer::CutInHead { reset, bytes: self.head_bytes },
            },
            Stage::Length(_)
            | Stage::Chunks(_)
            | Stage::UntilClose
            | Stage::Whole
            | Stage::Passed => self.reply(end, reset, timing),
        }
    }

    fn reply(mut self, end: End, reset: bool, timing: Timing) -> HttpAnswer {
        let came = self.body_bytes;
        let stalled = end == End::Deadline;
        // A stream of events is meant to have no end.
        let events = self.head.as_ref().is_some_and(|head| head.events);
        let left = end == End::Left || (stalled && events);
        let fault = match self.stage {
            Stage::Length(_) | Stage::Chunks(_) | Stage::UntilClose if left => {
                Some(ReplyFault::BodyLeftUnread { came })
            }
            Stage::Length(_) | Stage::Chunks(_) | Stage::UntilClose if stalled => {
                Some(ReplyFault::BodyStalled { came })
            }
            Stage::Length(left) => {
                Some(ReplyFault::ShortBody { declared: came + left, came, reset })
            }
            Stage::Chunks(_) => Some(ReplyFault::ChunksCut { reset }),
            Stage::UntilClose if reset => Some(ReplyFault::BodyReset { came }),
            _ => None,
        };
        // A body that was cut cannot have its checksum: that would be the same fault twice.
        let closed = matches!(self.stage, Stage::UntilClose) && fault.is_none();
        self.faults.extend(fault);
        if let Some(gzip) = &self.gzip
            && (gzip.is_broken() || ((self.whole || closed) && !gzip.may_end()))
        {
            self.faults.push(ReplyFault::GzipBroken);
        }
        let Some(head) = self.head else {
            // Unreachable: these stages begin with a head. An empty reply is the honest rest.
            return HttpAnswer::Empty { reset, after_ms: timing.after_ms };
        };
        let excerpt = if head.status >= 400 {
            redact::text(&readable(&self.body, EXCERPT))
        } else {
            String::new()
        };
        HttpAnswer::Replied(Reply {
            status: head.status,
            headers: head.headers,
            head_bytes: head.bytes,
            body_bytes: came,
            excerpt,
            first_byte_ms: timing.first_byte_ms.unwrap_or(timing.after_ms),
            faults: self.faults,
        })
    }

    fn whole_head(&self) -> Option<&Head> {
        match self.stage {
            Stage::Opening
            | Stage::Status
            | Stage::Headers
            | Stage::Endless
            | Stage::Malformed(..) => None,
            Stage::Length(_)
            | Stage::Chunks(_)
            | Stage::UntilClose
            | Stage::Whole
            | Stage::Passed => self.head.as_ref(),
        }
    }

    /// Looks at the first bytes, one by one, until they can be nothing but HTTP, or not HTTP.
    fn take_opening<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        self.opening.push(bytes[0]);
        self.line.push(bytes[0]);
        self.head_bytes += 1;
        match recognise(&self.opening) {
            Some(Ok(())) => self.stage = Stage::Status,
            Some(Err(what)) => self.stage = Stage::Malformed(what, None),
            None => {}
        }
        if self.head_bytes >= HEAD_END {
            self.stage = Stage::Endless;
        }
        &bytes[1..]
    }

    /// Collects what is shown of something that is no reply.
    fn show<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let room = SHOWN.saturating_sub(self.opening.len());
        self.opening.extend_from_slice(&bytes[..room.min(bytes.len())]);
        &[]
    }

    /// The first line that has something on it.
    fn opening_line(&self) -> String {
        let text = self.opening.iter().position(|byte| !b"\r\n".contains(byte)).unwrap_or(0);
        let rest = &self.opening[text..];
        let end = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
        let line = &self.opening[..text + end];
        redact::text(&printable(line.strip_suffix(b"\r").unwrap_or(line), SHOWN))
    }

    fn take_head<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        // Within HEAD_END, which fits a usize.
        let room = (HEAD_END - self.head_bytes) as usize;
        let ends = bytes.iter().take(room).position(|&byte| byte == b'\n');
        let (piece, rest) = bytes.split_at(ends.map_or(room.min(bytes.len()), |at| at + 1));
        self.line.extend_from_slice(piece);
        self.head_bytes += piece.len() as u64;
        if matches!(self.stage, Stage::Status) {
            let room = SHOWN.saturating_sub(self.opening.len());
            self.opening.extend_from_slice(&piece[..room.min(piece.len())]);
        }
        if ends.is_some() {
            self.line_ended();
        } else if self.head_bytes >= HEAD_END {
            self.stage = Stage::Endless;
        }
        if self.head_bytes >= HEAD_END && matches!(self.stage, Stage::Status | Stage::Headers) {
            self.stage = Stage::Endless;
        }
        rest
    }

    fn line_ended(&mut self) {
        let line = std::mem::take(&mut self.line);
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        match (&self.stage, &mut self.head) {
            (Stage::Status, _) => match Head::of_status_line(text) {
                Ok(mut head) => {
                    head.bytes = line.len() as u64;
                    self.head = Some(head);
                    self.stage = Stage::Headers;
                }
                Err(what) => {
                    let shown = self.opening_line();
                    self.stage = Stage::Malformed(what, Some(shown));
                }
            },
            (_, Some(head)) => {
                head.bytes += line.len() as u64;
                if text.is_empty() {
                    self.head_ended();
                } else if let Err((what, shown)) = head.take_line(text) {
                    self.stage = Stage::Malformed(what, Some(shown));
                }
            }
            (_, None) => {}
        }
    }

    fn head_ended(&mut self) {
        let Some(head) = &self.head else {
            return;
        };
        if (100..200).contains(&head.status) && head.status != 101 {
            self.head = None;
            self.opening.clear();
            self.stage = Stage::Opening;
            return;
        }
        if head.bytes > HEAD_LIMIT {
            self.faults.push(ReplyFault::HeadTooLarge { bytes: head.bytes });
        }
        let (framing, faults) = head.framing();
        self.faults.extend(faults);
        self.stage = match framing {
            Framing::Nothing if head.status == 101 => Stage::Passed,
            Framing::Nothing | Framing::Length(0) => Stage::Whole,
            Framing::Length(length) => Stage::Length(length),
            Framing::Chunks => Stage::Chunks(Box::new(Chunks::new())),
            Framing::Close => Stage::UntilClose,
            Framing::Unclear => Stage::Passed,
        };
        if head.is_gzip() {
            self.gzip = Some(Gzip::new());
        }
    }

    fn take_body<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        // Within BODY_END, which fits a usize.
        let room = (BODY_END - self.body_bytes) as usize;
        if room == 0 {
            self.faults.push(ReplyFault::BodyLeftUnread { came: self.body_bytes });
            self.stage = Stage::Passed;
            return &[];
        }
        let within = &bytes[..room.min(bytes.len())];
        let (body, gzip) = (&mut self.body, &mut self.gzip);
        let mut keep = |piece: &[u8]| unpack(gzip, body, piece);
        let (taken, next) = match &mut self.stage {
            Stage::Length(left) => {
                let taken = usize::try_from(*left).map_or(within.len(), |n| n.min(within.len()));
                keep(&within[..taken]);
                *left -= taken as u64;
                (taken, (*left == 0).then_some(Stage::Whole))
            }
            Stage::Chunks(chunks) => match chunks.push(within, &mut keep) {
                Chunked::More => (within.len(), None),
                Chunked::Done(taken) => (taken, Some(Stage::Whole)),
                Chunked::Broken(taken) => {
                    self.faults.push(ReplyFault::ChunksBroken);
                    (taken, Some(Stage::Passed))
                }
            },
            _ => {
                keep(within);
                (within.len(), None)
            }
        };
        self.body_bytes += taken as u64;
        if let Some(next) = next {
            self.whole = matches!(next, Stage::Whole);
            self.stage = next;
        }
        &bytes[taken..]
    }

    /// A byte after the end.
    fn surplus(&mut self) -> &'static [u8] {
        let declared = match &self.head {
            Some(head) => head.framing().0,
            None => Framing::Nothing,
        };
        match declared {
            Framing::Length(declared) => self.faults.push(ReplyFault::LongBody { declared }),
            Framing::Chunks if !self.faults.contains(&ReplyFault::ChunksBroken) => {
                self.faults.push(ReplyFault::ChunksBroken);
            }
            Framing::Nothing => self.faults.push(ReplyFault::LongBody { declared: 0 }),
            Framing::Chunks | Framing::Close | Framing::Unclear => {}
        }
        self.stage = Stage::Passed;
        &[]
    }
}

/// Keeps the beginning of the body, unpacked where it is gzip.
fn unpack(gzip: &mut Option<Gzip>, body: &mut Vec<u8>, piece: &[u8]) {
    let mut keep = |piece: &[u8]| {
        let room = BODY_KEPT - body.len();
        body.extend_from_slice(&piece[..room.min(piece.len())]);
    };
    match gzip {
        Some(gzip) => {
            gzip.push(piece, &mut keep);
            if gzip.is_broken() {
                // How much comes out before the damage shows hangs on how the bytes were cut.
                body.clear();
            }
        }
        None => keep(piece),
    }
}

/// What the first bytes are; `None`: too few to tell.
fn recognise(opening: &[u8]) -> Option<Result<(), Malformation>> {
    const HTTP1: &[u8] = b"HTTP/1.";
    const PREFACE: &[u8] = b"PRI * HTTP/2.0";
    let starts = |wanted: &[u8]| wanted.starts_with(&opening[..opening.len().min(wanted.len())]);
    match opening {
        // RFC 8446 5.1: change_cipher_spec to application_data, then the major version 3.
        [0x14..=0x17] => None,
        [0x14..=0x17, 3, ..] => Some(Err(Malformation::TlsRecord)),
        // RFC 9113 4.1: SETTINGS (4) or GOAWAY (7) on stream 0, at most 16 KiB long.
        [0] | [0, _] | [0, _, _] => None,
        [0, _, _, 4 | 7, rest @ ..] if rest.len() < 5 => None,
        [0, _, _, 4 | 7, 0 | 1, 0, 0, 0, 0, ..] => Some(Err(Malformation::Http2)),
        _ if starts(HTTP1) => (opening.len() >= HTTP1.len()).then_some(Ok(())),
        _ if starts(PREFACE) => {
            (opening.len() >= PREFACE.len()).then_some(Err(Malformation::Http2))
        }
        _ => Some(Err(Malformation::StatusLine)),
    }
}
