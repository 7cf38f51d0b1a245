//! Reading the origin's reply as strictly as the edge does.
//!
//! What is no reply becomes 520, what is late 524 (error-520 and error-524 pages, read 2026-07).
//! Where the docs are silent the lab takes the strict side, and says so at the place. Faults of the
//! body show only when the head has gone out; the reader hands on what came before them.

use std::time::Duration;

use tokio::io::AsyncReadExt;

use crate::wire::Wire;

/// The most that the edge takes of response headers (changelog of 2025-10-16).
const HEAD_LIMIT: usize = 128 * 1024;

/// Why there is no reply, or no further one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// No reply, half of one, or something that is none.
    Unusable,
    /// Nothing came for longer than the edge waits.
    Late,
}

/// The head of a reply.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) status: u16,
    /// As the origin wrote them, without those of the hop (RFC 9110, 7.6.1).
    pub(crate) headers: Vec<(String, String)>,
    /// Content-Length, where it tells the end of the body.
    pub(crate) length: Option<u64>,
    pub(crate) gzip: bool,
}

/// How the end of the body is told, and how far we are.
#[derive(Debug)]
enum Body {
    None,
    Length(u64),
    /// Bytes left of the chunk, with the line end that follows it.
    Chunks(Option<u64>),
    Close,
}

/// A reply that is being read.
pub(crate) struct Reader {
    wire: Box<dyn Wire>,
    buffer: Vec<u8>,
    ended: bool,
    patience: Duration,
    body: Body,
}

impl Reader {
    /// Reads from a connection on which the request was sent; waits so long between two reads.
    pub(crate) fn new(wire: Box<dyn Wire>, patience: Duration) -> Self {
        Reader { wire, buffer: Vec::new(), ended: false, patience, body: Body::None }
    }

    /// The head. Interim replies (1xx) are passed over.
    pub(crate) async fn head(&mut self, head_only: bool) -> Result<Head, Trouble> {
        loop {
            let end = loop {
                if let Some(end) = end_of_head(&self.buffer) {
                    break end;
                }
                // Over the limit counts whether or not the head would have ended.
                if self.buffer.len() > HEAD_LIMIT || !self.more().await? {
                    return Err(Trouble::Unusable);
                }
            };
            if end > HEAD_LIMIT {
                return Err(Trouble::Unusable);
            }
            let bytes: Vec<u8> = self.buffer.drain(..end).collect();
            let head = self.parse(&bytes, head_only).ok_or(Trouble::Unusable)?;
            if !(100..200).contains(&head.status) {
                return Ok(head);
            }
        }
    }

    fn parse(&mut self, bytes: &[u8], head_only: bool) -> Option<Head> {
        let text = std::str::from_utf8(bytes)
            .ok()
            .map_or_else(|| bytes.iter().map(|byte| char::from(*byte)).collect(), str::to_owned);
        let mut lines = text.trim_end_matches(['\r', '\n']).split('\n');
        let status = status(lines.next()?.trim_end_matches('\r'))?;
        let mut headers = Vec::new();
        let (mut length, mut chunked, mut gzip) = (None, false, false);
        for line in lines {
            let (name, value) = line.trim_end_matches('\r').split_once(':')?;
            let value = value.trim_matches([' ', '\t']);
            if name.is_empty()
                || !name.bytes().all(is_token)
                || value.chars().any(|c| c != '\t' && c.is_ascii_control())
            {
                return None;
            }
            match name.to_ascii_lowercase().as_str() {
                "content-length" => {
                    let seen: u64 = value.parse().ok()?;
                    // Two lengths that differ: RFC 9112, 6.3 calls for an error.
                    if length.is_some_and(|length| length != seen) {
                        return None;
                    }
                    length = Some(seen);
                }
                "transfer-encoding" => chunked = value.eq_ignore_ascii_case("chunked"),
                "connection" | "keep-alive" | "server" => {}
                lower => {
                    gzip |= lower == "content-encoding" && value.eq_ignore_ascii_case("gzip");
                    headers.push((name.to_owned(), value.to_owned()));
                }
            }
        }
        // Both at once is how replies are smuggled (RFC 9112, 6.1); the docs do not say what the
        // edge makes of it.
        if chunked && length.is_some() {
            return None;
        }
        self.body = match (head_only || status < 200 || status == 204 || status == 304, length) {
            (true, _) => Body::None,
            (false, _) if chunked => Body::Chunks(None),
            (false, Some(length)) => Body::Length(length),
            (false, None) => Body::Close,
        };
        Some(Head { status, headers, length, gzip })
    }

    /// The next part of the body, decoded from its chunks; `None` when it has ended as it should.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<u8>>, Trouble> {
        loop {
            match self.body {
                Body::None | Body::Length(0) => return Ok(None),
                Body::Length(left) => {
                    if !self.buffer.is_empty() {
                        let part = self.take(left);
                        self.body = Body::Length(left - part.len() as u64);
                        return Ok(Some(part));
                    }
                    if !self.more().await? {
                        return Err(Trouble::Unusable);
                    }
                }
                Body::Close => {
                    if !self.buffer.is_empty() {
                        return Ok(Some(std::mem::take(&mut self.buffer)));
                    }
                    if !self.more().await? {
                        return Ok(None);
                    }
                }
                Body::Chunks(None) => {
                    let Some(end) = crate::wire::find(&self.buffer, b"\r\n") else {
                        if self.buffer.len() > 4096 || !self.more().await? {
                            return Err(Trouble::Unusable);
                        }
                        continue;
                    };
                    let line: Vec<u8> = self.buffer.drain(..end + 2).collect();
                    let size = chunk_size(&line[..end]).ok_or(Trouble::Unusable)?;
                    if size == 0 {
                        self.body = Body::None;
                        return Ok(None);
                    }
                    self.body = Body::Chunks(Some(size));
                }
                Body::Chunks(Some(0)) => {
                    while self.buffer.len() < 2 {
                        if !self.more().await? {
                            return Err(Trouble::Unusable);
                        }
                    }
                    let end: Vec<u8> = self.buffer.drain(..2).collect();
                    if end != b"\r\n" {
                        return Err(Trouble::Unusable);
                    }
                    self.body = Body::Chunks(None);
                }
                Body::Chunks(Some(left)) => {
                    if !self.buffer.is_empty() {
                        let part = self.take(left);
                        self.body = Body::Chunks(Some(left - part.len() as u64));
                        return Ok(Some(part));
                    }
                    if !self.more().await? {
                        return Err(Trouble::Unusable);
                    }
                }
            }
        }
    }

    /// The rest of the body, at most so many bytes; the flag says whether it ended within them.
    pub(crate) async fn rest(&mut self, limit: usize) -> (Vec<u8>, Result<bool, Trouble>) {
        let mut body = Vec::new();
        while body.len() < limit {
            match self.next().await {
                Ok(Some(part)) => body.extend(part),
                Ok(None) => return (body, Ok(true)),
                Err(trouble) => return (body, Err(trouble)),
            }
        }
        (body, Ok(false))
    }

    /// Whether bytes follow the end of the body. Waits only a moment: nothing has to follow.
    pub(crate) async fn goes_on(&mut self) -> bool {
        let brief = Duration::from_millis(30);
        !self.buffer.is_empty()
            || matches!(tokio::time::timeout(brief, self.more()).await, Ok(Ok(true)))
    }

    fn take(&mut self, most: u64) -> Vec<u8> {
        let most = usize::try_from(most).unwrap_or(usize::MAX).min(self.buffer.len());
        self.buffer.drain(..most).collect()
    }

    /// Reads more into the buffer; false at the end. A reset is told as [`Trouble::Unusable`], a
    /// TLS connection that ends without its closing alert as an end.
    async fn more(&mut self) -> Result<bool, Trouble> {
        if self.ended {
            return Ok(false);
        }
        let mut part = [0; 16 * 1024];
        match tokio::time::timeout(self.patience, self.wire.read(&mut part)).await {
            Err(_) => Err(Trouble::Late),
            Ok(Ok(0)) => {
                self.ended = true;
                Ok(false)
            }
            Ok(Ok(count)) => {
                self.buffer.extend(&part[..count]);
                Ok(true)
            }
            Ok(Err(error)) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                self.ended = true;
                Ok(false)
            }
            Ok(Err(_)) => Err(Trouble::Unusable),
        }
    }
}

fn end_of_head(bytes: &[u8]) -> Option<usize> {
    let strict = crate::wire::find(bytes, b"\r\n\r\n").map(|at| at + 4);
    // Bare line feeds are taken, as RFC 9112, 2.2 allows.
    let bare = crate::wire::find(bytes, b"\n\n").map(|at| at + 2);
    match (strict, bare) {
        (Some(strict), Some(bare)) => Some(strict.min(bare)),
        (strict, bare) => strict.or(bare),
    }
}

fn status(line: &str) -> Option<u16> {
    let rest = line.strip_prefix("HTTP/1.1 ").or_else(|| line.strip_prefix("HTTP/1.0 "))?;
    let (code, after) = rest.split_at_checked(3)?;
    if !(after.is_empty() || after.starts_with(' ')) || !code.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    code.parse().ok().filter(|code| *code >= 100)
}

fn chunk_size(line: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(line).ok()?;
    let size = text.split(';').next()?.trim();
    if size.starts_with('+') {
        return None;
    }
    u64::from_str_radix(size, 16).ok()
}

/// RFC 9110, 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
