//! Requests to app servers in the languages of gateways: FastCGI and uwsgi.
//!
//! Only what one GET takes. What a FastCGI app answers is CGI, and is told as the HTTP reply that a
//! proxy makes of it.

use rayfix_core::evidence::HttpAnswer;
use rayfix_core::evidence::http::{End, Progress, Reader, Timing};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::{Instant, timeout_at};

use crate::clock;
use crate::greet::is_reset;

/// Names and values.
pub(super) type Variables = Vec<(String, String)>;

/// The variables of a GET (RFC 3875, section 4.1), and its headers as `HTTP_…`.
pub(super) fn variables(host: &str, path: &str, headers: &[(String, String)]) -> Variables {
    let (bare, query) = path.split_once('?').unwrap_or((path, ""));
    let mut all: Variables = [
        ("REQUEST_METHOD", "GET"),
        ("REQUEST_URI", path),
        ("DOCUMENT_URI", bare),
        ("SCRIPT_NAME", bare),
        ("PATH_INFO", bare),
        ("QUERY_STRING", query),
        ("CONTENT_TYPE", ""),
        ("CONTENT_LENGTH", ""),
        ("SERVER_PROTOCOL", "HTTP/1.1"),
        ("GATEWAY_INTERFACE", "CGI/1.1"),
        ("SERVER_NAME", host),
        ("SERVER_PORT", "443"),
        ("REQUEST_SCHEME", "https"),
        ("HTTPS", "on"),
        ("REMOTE_ADDR", "127.0.0.1"),
        ("REMOTE_PORT", "1"),
        ("SERVER_ADDR", "127.0.0.1"),
        ("REDIRECT_STATUS", "200"),
        ("HTTP_HOST", host),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec();
    all.extend(headers.iter().map(|(name, value)| {
        (format!("HTTP_{}", name.to_ascii_uppercase().replace('-', "_")), value.clone())
    }));
    all
}

/// A uwsgi packet: modifiers 0, the size of all, then each text with its size before it, all sizes
/// little-endian (uWSGI docs, "The uwsgi Protocol"). What does not fit is left out.
pub(super) fn uwsgi(variables: &Variables) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in variables {
        let (Ok(name_size), Ok(size)) = (u16::try_from(name.len()), u16::try_from(value.len()))
        else {
            continue;
        };
        body.extend(name_size.to_le_bytes());
        body.extend(name.bytes());
        body.extend(size.to_le_bytes());
        body.extend(value.bytes());
    }
    let [low, high] = u16::try_from(body.len()).unwrap_or(u16::MAX).to_le_bytes();
    let mut packet = vec![0, low, high, 0];
    packet.extend(body);
    packet
}

/// Kinds of FastCGI records (FastCGI 1.0, section 8).
const BEGIN: u8 = 1;
const ENDED: u8 = 3;
const PARAMS: u8 = 4;
const INPUT: u8 = 5;
const OUTPUT: u8 = 6;

fn record(kind: u8, body: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(body.len()).unwrap_or(u16::MAX).to_be_bytes();
    // Version 1, request 1, no padding.
    let mut record = vec![1, kind, 0, 1, high, low, 0, 0];
    record.extend(body);
    record
}

fn fastcgi_request(variables: &Variables) -> Vec<u8> {
    let mut params = Vec::new();
    let size = |params: &mut Vec<u8>, text: &str| match u8::try_from(text.len()) {
        Ok(short @ ..=127) => params.push(short),
        _ => {
            let long = u32::try_from(text.len()).unwrap_or(0) | 1 << 31;
            params.extend(long.to_be_bytes());
        }
    };
    for (name, value) in variables {
        size(&mut params, name);
        size(&mut params, value);
        params.extend(name.bytes());
        params.extend(value.bytes());
    }
    // The role of a responder; the connection is closed afterwards.
    let mut bytes = record(BEGIN, &[0, 1, 0, 0, 0, 0, 0, 0]);
    for part in params.chunks(60_000) {
        bytes.extend(record(PARAMS, part));
    }
    bytes.extend(record(PARAMS, &[]));
    bytes.extend(record(INPUT, &[]));
    bytes
}

/// Asks a FastCGI app, and tells what it answers as HTTP.
pub(super) async fn fastcgi<S>(stream: &mut S, variables: &Variables, by: Instant) -> HttpAnswer
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut cgi = Cgi { reader: Reader::new(), head: Some(Vec::new()) };
    let mut sent = clock::instant();
    let mut first_byte_ms = None;
    let talking = async {
        // One that ends the connection while we write may have said why.
        let _ = stream.write_all(&fastcgi_request(variables)).await;
        let _ = stream.flush().await;
        sent = clock::instant();
        loop {
            let mut start = [0; 8];
            if let Err(error) = stream.read_exact(&mut start).await {
                return if is_reset(&error) { End::Reset } else { End::Closed };
            }
            let [version, kind, _, _, high, low, padding, _] = start;
            if version != 1 {
                cgi.push(&start);
                return End::Closed;
            }
            let size = usize::from(u16::from_be_bytes([high, low]));
            let mut body = vec![0; size + usize::from(padding)];
            if let Err(error) = stream.read_exact(&mut body).await {
                return if is_reset(&error) { End::Reset } else { End::Closed };
            }
            match kind {
                OUTPUT if size > 0 => {
                    first_byte_ms.get_or_insert_with(|| clock::ms_since(sent));
                    if cgi.push(&body[..size]) {
                        return End::Left;
                    }
                }
                ENDED => return End::Closed,
                _ => {}
            }
        }
    };
    let end = timeout_at(by, talking).await.unwrap_or(End::Deadline);
    let after_ms = clock::ms_since(sent);
    cgi.finish(end, Timing { first_byte_ms, after_ms })
}

/// A CGI reply on its way to an HTTP one.
struct Cgi {
    reader: Reader,
    /// The bytes of the head until it has ended.
    head: Option<Vec<u8>>,
}

/// As large as the reader of HTTP takes one.
const LARGEST_HEAD: usize = 256 << 10;

impl Cgi {
    /// Takes what came; whether that is enough.
    fn push(&mut self, bytes: &[u8]) -> bool {
        let Some(head) = &mut self.head else {
            return self.reader.push(bytes) == Progress::Done;
        };
        head.extend(bytes);
        let is_whole = head.windows(2).any(|two| two == b"\n\n")
            || head.windows(4).any(|four| four == b"\r\n\r\n");
        (is_whole || head.len() > LARGEST_HEAD) && self.flush()
    }

    /// Writes the status line that HTTP has and CGI has not.
    fn flush(&mut self) -> bool {
        let Some(head) = self.head.take() else { return false };
        if head.is_empty() {
            return false;
        }
        let text = String::from_utf8_lossy(&head);
        let mut lines = text.lines().take_while(|line| !line.is_empty());
        let of = |name: &str, line: &str| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        };
        let status = lines.clone().find_map(|line| of("status", line));
        let leads = lines.any(|line| of("location", line).is_some());
        let status =
            status.unwrap_or_else(|| if leads { "302 Found" } else { "200 OK" }.to_owned());
        self.reader.push(format!("HTTP/1.1 {status}\r\n").as_bytes());
        self.reader.push(&head) == Progress::Done
    }

    fn finish(mut self, end: End, timing: Timing) -> HttpAnswer {
        self.flush();
        self.reader.finish(end, timing)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rayfix_core::evidence::http::ReplyFault;
    use tokio::io::duplex;

    use super::*;

    #[test]
    fn a_uwsgi_packet_has_its_sizes() {
        let packet = uwsgi(&vec![("A".to_owned(), "bc".to_owned())]);
        assert_eq!(packet, b"\0\x07\0\0\x01\0A\x02\0bc");
        let all = variables("shop.example", "/x?y=1", &[("CF-Ray".to_owned(), "1".to_owned())]);
        let value = |name: &str| all.iter().find(|(own, _)| own == name).unwrap().1.clone();
        assert_eq!(
            [value("PATH_INFO"), value("QUERY_STRING"), value("HTTP_CF_RAY"), value("HTTP_HOST")],
            ["/x", "y=1", "1", "shop.example"]
        );
    }

    async fn check(said: &[Vec<u8>]) -> HttpAnswer {
        let (mut ours, mut app) = duplex(1 << 20);
        app.write_all(&said.concat()).await.unwrap();
        app.shutdown().await.unwrap();
        let by = clock::instant() + Duration::from_secs(5);
        fastcgi(&mut ours, &variables("h", "/", &[]), by).await
    }

    fn status(answer: &HttpAnswer) -> (u16, &[ReplyFault]) {
        match answer {
            HttpAnswer::Replied(reply) => (reply.status, &reply.faults),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_cgi_reply_is_told_as_http() {
        let end = record(ENDED, &[0; 8]);
        let out = |text: &str| record(OUTPUT, text.as_bytes());
        let ok = check(&[out("Content-Type: text/html\r\n"), out("\r\nhello"), end.clone()]).await;
        assert_eq!(status(&ok), (200, &[][..]));
        let bad = out("Status: 500 Internal Server Error\r\nX: y\r\n\r\n");
        assert_eq!(status(&check(&[bad, end.clone()]).await).0, 500);
        let moved = check(&[out("Location: /login\r\n\r\n"), end.clone()]).await;
        assert_eq!(status(&moved).0, 302);
        // Said on its error stream only, and then gone.
        let complaint = record(7, b"PHP message: no");
        let empty = check(&[complaint, end]).await;
        assert!(matches!(empty, HttpAnswer::Empty { reset: false, .. }), "{empty:?}");
        let cut = check(&[out("Content-Ty")]).await;
        assert!(
            matches!(cut, HttpAnswer::CutInHead { .. } | HttpAnswer::Malformed { .. }),
            "{cut:?}"
        );
        let other = check(&[b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()]).await;
        assert!(!matches!(other, HttpAnswer::Replied(_)), "{other:?}");
    }

    #[test]
    fn a_fastcgi_request_has_long_values() {
        let long = "x".repeat(300);
        let bytes = fastcgi_request(&vec![("N".to_owned(), long)]);
        // After the first record of 16 bytes: its own 8, the short size, the long one.
        assert_eq!(&bytes[24..30], [1, 0x80, 0, 1, 44, b'N']);
    }
}
