//! What an origin answers to a request: a page as it should be, or bytes as they should not be.
//!
//! A [`Page`] is written correctly, whatever its status. Everything that is wrong on the wire is a
//! list of bytes and an ending ([`Manners::Sends`]), so that the byte that breaks is there to read.

use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;

/// How a port answers requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Manners {
    /// With a page.
    Answers(Page),
    /// With a redirect, 301.
    Redirects(To),
    /// With these bytes, whatever they are, and then that.
    Sends {
        /// May be empty.
        bytes: Vec<u8>,
        /// What follows.
        then: Ending,
    },
    /// With header lines without end.
    EndlessHead,
    /// With a body without end.
    EndlessBody,
}

/// Where a redirect leads; the path stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum To {
    /// The same host under https.
    Https,
    /// The same host under http.
    Http,
    /// Another host, under https.
    Host(String),
}

/// What follows the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The connection is closed; on TLS with the closing alert.
    Closes,
    /// The connection is reset.
    Resets,
    /// Nothing, until the other side gives up.
    Hangs,
}

/// A reply that is written as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// 200 to 599.
    pub status: u16,
    /// In addition to those that belong to the body.
    pub headers: Vec<(String, String)>,
    /// Before any compression.
    pub body: Vec<u8>,
    /// How the body's end is told.
    pub framing: Framing,
    /// Whether the body is compressed.
    pub gzip: bool,
    /// How long the app takes before the first byte.
    pub takes: Duration,
}

/// How the end of a body is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// By its length.
    Length,
    /// By chunks.
    Chunks,
    /// By the end of the connection.
    Close,
}

impl Manners {
    /// Bytes, then the end of the connection.
    #[must_use]
    pub fn sends(bytes: impl Into<Vec<u8>>) -> Self {
        Manners::Sends { bytes: bytes.into(), then: Ending::Closes }
    }

    /// Bytes, then a reset.
    #[must_use]
    pub fn sends_then_resets(bytes: impl Into<Vec<u8>>) -> Self {
        Manners::Sends { bytes: bytes.into(), then: Ending::Resets }
    }

    /// Bytes, then silence.
    #[must_use]
    pub fn sends_then_hangs(bytes: impl Into<Vec<u8>>) -> Self {
        Manners::Sends { bytes: bytes.into(), then: Ending::Hangs }
    }
}

impl Page {
    /// The shop's page: 200.
    #[must_use]
    pub fn shop() -> Self {
        let body = "<!doctype html>\n<html lang=\"en\"><head><title>Shop</title></head>\
                    <body><h1>Shop</h1><p>Twelve kinds of tea.</p></body></html>\n";
        Page::html(200, body)
    }

    /// A page of any status with an HTML body.
    #[must_use]
    pub fn html(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Page {
            status,
            headers: vec![
                ("Server".to_owned(), "nginx/1.22.1".to_owned()),
                ("Content-Type".to_owned(), "text/html; charset=utf-8".to_owned()),
            ],
            body: body.into(),
            framing: Framing::Length,
            gzip: false,
            takes: Duration::ZERO,
        }
    }

    /// nginx's own page of an error (structure captured: nginx 1.22.1).
    #[must_use]
    pub fn nginx(status: u16) -> Self {
        let title = format!("{status} {}", reason(status));
        let body = format!(
            "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1>\
             </center>\r\n<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n"
        );
        let mut page = Page::html(status, body);
        page.headers[1].1 = "text/html".to_owned();
        page
    }

    /// The same with one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same after so long.
    #[must_use]
    pub fn after(mut self, takes: Duration) -> Self {
        self.takes = takes;
        self
    }

    /// The same, compressed.
    #[must_use]
    pub fn gzipped(mut self) -> Self {
        self.gzip = true;
        self
    }

    /// The same, with the end of the body told otherwise.
    #[must_use]
    pub fn framed(mut self, framing: Framing) -> Self {
        self.framing = framing;
        self
    }

    /// The bytes of the reply. `keep`: whether the connection stays open.
    #[must_use]
    pub fn bytes(&self, head_only: bool, keep: bool) -> Vec<u8> {
        let body = if self.gzip { gzip(&self.body) } else { self.body.clone() };
        let mut reply = status_line(self.status);
        for (name, value) in &self.headers {
            reply.push_str(&format!("{name}: {value}\r\n"));
        }
        if self.gzip {
            reply.push_str("Content-Encoding: gzip\r\n");
        }
        match self.framing {
            Framing::Length => reply.push_str(&format!("Content-Length: {}\r\n", body.len())),
            Framing::Chunks => reply.push_str("Transfer-Encoding: chunked\r\n"),
            Framing::Close => {}
        }
        let keep = keep && self.framing != Framing::Close;
        reply.push_str(if keep {
            "Connection: keep-alive\r\n\r\n"
        } else {
            "Connection: close\r\n\r\n"
        });
        let mut bytes = reply.into_bytes();
        if !head_only {
            match self.framing {
                Framing::Length | Framing::Close => bytes.extend(body),
                Framing::Chunks => bytes.extend(chunked(&body, 64)),
            }
        }
        bytes
    }
}

/// A status line with its line end.
#[must_use]
pub fn status_line(status: u16) -> String {
    format!("HTTP/1.1 {status} {}\r\n", reason(status))
}

/// A head of status 200 that ends with these lines, for bytes that break after it. Each line
/// without its end.
#[must_use]
pub fn head(lines: &[&str]) -> Vec<u8> {
    let mut head = status_line(200);
    head.push_str("Server: nginx/1.22.1\r\nContent-Type: text/html; charset=utf-8\r\n");
    for line in lines {
        head.push_str(line);
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    head.into_bytes()
}

/// A body in gzip.
#[must_use]
pub fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to a vector does not fail.
    encoder.write_all(body).and_then(|()| encoder.finish()).unwrap_or_default()
}

/// A body in chunks of a size, with the last one.
#[must_use]
pub fn chunked(body: &[u8], size: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for chunk in body.chunks(size.max(1)) {
        bytes.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
        bytes.extend(chunk);
        bytes.extend(b"\r\n");
    }
    bytes.extend(b"0\r\n\r\n");
    bytes
}

/// The reason phrase of a status (RFC 9110, 15); those from 520 on are Cloudflare's.
#[must_use]
pub fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        409 => "Conflict",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Time-out",
        _ => "Unknown",
    }
}
