//! Requests: one written, one reply read as it comes, until it is whole or the deadline is there.
//!
//! Core's reader decides what the bytes are and when enough came; this file only moves them and
//! tells how the connection ended. Nothing is kept besides what the reader keeps.

use std::fmt::Write as _;
use std::io;
use std::time::Duration;

use rayfix_core::evidence::HttpAnswer;
use rayfix_core::evidence::http::{End, Progress, Reader, Timing};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout, timeout_at};

use crate::clock;
use crate::greet::{is_reset, tls_error};

/// How a request ended.
pub(crate) struct Exchanged {
    pub(crate) answer: HttpAnswer,
    /// Where a redirect leads, with everything that is left out of the answer.
    pub(crate) location: Option<String>,
    /// The beginning of the body, unpacked.
    pub(crate) body: Vec<u8>,
}

/// A GET of this path on this site. `Connection: close` is ours, so that bytes beyond the body's
/// end show themselves.
pub(crate) fn get(authority: &str, path: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    let mut text = format!("GET {path} HTTP/1.1\r\nHost: {authority}\r\n");
    for (name, value) in headers {
        // Writing to a string does not fail.
        let _ = write!(text, "{name}: {value}\r\n");
    }
    text.push_str("Connection: close\r\n\r\n");
    text.into_bytes()
}

/// Who we say we are.
pub(crate) const USER_AGENT: (&str, &str) =
    ("User-Agent", concat!("rayfix/", env!("CARGO_PKG_VERSION")));

/// What a browser asks for.
pub(crate) const ACCEPT_HTML: (&str, &str) =
    ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");

/// The one packing that the reader unpacks.
pub(crate) const ACCEPT_GZIP: (&str, &str) = ("Accept-Encoding", "gzip");

/// Sends a request and reads its reply: for as long as `by` where it is slow, but no longer than
/// `enough` after its first byte where the body flows on and on.
pub(crate) async fn exchange<S>(
    stream: &mut S,
    request: &[u8],
    enough: Duration,
    by: Instant,
) -> Exchanged
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut sent = clock::instant();
    let mut first_byte_ms = None;
    let mut reader = Reader::new();
    let talking = async {
        // A peer that ends the connection while we write may have said why: read it all the same.
        if stream.write_all(request).await.is_ok() {
            let _ = stream.flush().await;
        }
        sent = clock::instant();
        let mut buffer = vec![0; 16 * 1024];
        loop {
            match stream.read(&mut buffer).await {
                Ok(0) => return End::Closed,
                Err(error) => return ending(&error),
                Ok(came) => {
                    let first_byte_ms = *first_byte_ms.get_or_insert_with(|| clock::ms_since(sent));
                    if reader.push(&buffer[..came]) == Progress::Done {
                        break;
                    }
                    let flowing = Duration::from_millis(clock::ms_since(sent) - first_byte_ms);
                    if flowing > enough && reader.head().is_some() {
                        return End::Left;
                    }
                }
            }
        }
        if let Ok(Ok(came @ 1..)) = timeout(LINGER, stream.read(&mut buffer)).await {
            reader.push(&buffer[..came]);
        }
        End::Complete
    };
    let end = timeout_at(by, talking).await.unwrap_or(End::Deadline);
    let location = reader.location().map(str::to_owned);
    let body = reader.body().to_vec();
    let timing = Timing { first_byte_ms, after_ms: clock::ms_since(sent) };
    Exchanged { answer: reader.finish(end, timing), location, body }
}

/// How long bytes beyond the end of a reply are waited for. The peer was told to close, so mostly
/// its close comes at once.
const LINGER: Duration = Duration::from_millis(50);

fn ending(error: &io::Error) -> End {
    match tls_error(error) {
        Some(rustls::Error::AlertReceived(alert)) => End::Alert(u8::from(*alert)),
        Some(_) => End::Reset,
        None if is_reset(error) => End::Reset,
        None => End::Closed,
    }
}

#[cfg(test)]
mod tests {
    use rayfix_core::evidence::http::{Malformation, ReplyFault};

    use super::*;

    const ENOUGH: Duration = Duration::from_millis(300);
    use crate::dial;
    use crate::pretend::{self, Then};

    async fn check(said: &[u8], then: Then) -> HttpAnswer {
        let peer = pretend::origin(said, then).await;
        let by = clock::instant() + Duration::from_millis(700);
        let mut stream = dial::connect(peer, by).await.unwrap();
        exchange(&mut stream, &get("shop.example", "/", &[USER_AGENT]), ENOUGH, by).await.answer
    }

    #[tokio::test]
    async fn each_way_to_end_is_told_apart() {
        let HttpAnswer::Empty { reset: false, .. } = check(b"", Then::Close).await else {
            panic!()
        };
        let HttpAnswer::Empty { reset: true, .. } = check(b"", Then::Reset).await else { panic!() };
        let HttpAnswer::Silent { after_ms: 500.. } = check(b"", Then::Stall).await else {
            panic!()
        };
        let half = b"HTTP/1.1 200 OK\r\nServ";
        let cut = HttpAnswer::CutInHead { reset: false, bytes: half.len() as u64 };
        assert_eq!(check(half, Then::Close).await, cut);
        let HttpAnswer::Malformed { what: Malformation::StatusLine, .. } =
            check(b"220 mail.example ESMTP\r\n", Then::Close).await
        else {
            panic!()
        };
    }

    async fn faults(said: &[u8], then: Then) -> Vec<ReplyFault> {
        match check(said, then).await {
            HttpAnswer::Replied(reply) => reply.faults,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn the_body_is_held_against_its_length() {
        let ok = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        assert_eq!(faults(ok, Then::Close).await, []);
        assert_eq!(faults(ok, Then::Stall).await, []);
        let short = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok";
        let fault = |reset| ReplyFault::ShortBody { declared: 9, came: 2, reset };
        assert_eq!(faults(short, Then::Close).await, [fault(false)]);
        assert_eq!(faults(short, Then::Stall).await, [ReplyFault::BodyStalled { came: 2 }]);
        let long = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nok";
        assert_eq!(faults(long, Then::Close).await, [ReplyFault::LongBody { declared: 1 }]);
    }

    #[tokio::test]
    async fn endless_peers_end_by_the_limits_or_the_deadline() {
        let drip = b"HTTP/1.1 200 OK\r\nA: ";
        assert!(matches!(check(drip, Then::Drip(b"x")).await, HttpAnswer::Silent { .. }));
        let flood = Then::Flood(b"X-Filler: 0123456789abcdef0123456789abcdef\r\n");
        let HttpAnswer::HeadEndless { .. } = check(b"HTTP/1.1 200 OK\r\n", flood).await else {
            panic!()
        };
        for body in [Then::Flood(b"0123456789abcdef0123456789abcdef"), Then::Drip(b"x")] {
            let faults = faults(b"HTTP/1.1 200 OK\r\n\r\n", body).await;
            assert!(matches!(faults[..], [ReplyFault::BodyLeftUnread { .. }]), "{faults:?}");
        }
    }
}
