//! HTTP/1.1 requests as both the edge and the origins read them, and the ways a connection ends.
//!
//! Written by hand because the lab must control every byte that leaves it. It reads what visitors
//! and the edge of this lab send; it is no general server.

use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection, plain or with TLS.
pub trait Wire: AsyncRead + AsyncWrite + Unpin + Send {
    /// The connection below.
    fn tcp(&self) -> &TcpStream;
}

impl Wire for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl Wire for tokio_rustls::server::TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

impl Wire for tokio_rustls::client::TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// A request whose head came whole.
#[derive(Debug, Clone)]
pub struct Request {
    /// `GET`.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Names in lower case, in the order sent.
    pub headers: Vec<(String, String)>,
}

impl Request {
    /// The first value of a header; `name` in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The host without its port, lower case; empty where there is none.
    #[must_use]
    pub fn host(&self) -> String {
        let host = self.header("host").unwrap_or_default();
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
            _ => host,
        };
        name.to_ascii_lowercase()
    }

    /// Whether the sender wants the connection closed after the reply.
    #[must_use]
    pub fn closes(&self) -> bool {
        self.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }

    fn body_bytes(&self) -> usize {
        self.header("content-length").and_then(|value| value.parse().ok()).unwrap_or(0)
    }
}

/// What came instead of a request: nothing, the end, or something that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoRequest;

/// Reads one request and passes over its body; at most 256 KiB of head, 1 MiB of body.
///
/// # Errors
/// When the connection ends first, or what came is no request.
pub async fn read_request(wire: &mut (impl AsyncRead + Unpin)) -> Result<Request, NoRequest> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = find(&bytes, b"\r\n\r\n") {
            break at;
        }
        let mut part = [0; 8192];
        match wire.read(&mut part).await {
            Ok(count) if count > 0 && bytes.len() < 256 * 1024 => bytes.extend(&part[..count]),
            _ => return Err(NoRequest),
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let mut first = lines.next().unwrap_or_default().split(' ');
    let (Some(method), Some(path), Some(version)) = (first.next(), first.next(), first.next())
    else {
        return Err(NoRequest);
    };
    if !version.starts_with("HTTP/1.") {
        return Err(NoRequest);
    }
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let request = Request { method: method.to_owned(), path: path.to_owned(), headers };
    let mut left = request.body_bytes().min(1 << 20).saturating_sub(bytes.len() - end - 4);
    while left > 0 {
        let mut part = [0; 8192];
        match wire.read(&mut part[..left.min(8192)]).await {
            Ok(count) if count > 0 => left -= count,
            _ => return Err(NoRequest),
        }
    }
    Ok(request)
}

/// Where a pattern begins.
#[must_use]
pub fn find(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    bytes.windows(pattern.len()).position(|window| window == pattern)
}

/// Ends the connection in order, and waits (at most 3 s) until the other side has ended it too:
/// closing with unread bytes would reset it.
pub async fn close(mut wire: impl Wire) {
    let _ = wire.shutdown().await;
    linger(&mut wire).await;
}

/// Reads what the other side still sends until it ends the connection, at most 3 s.
pub async fn linger(wire: &mut (impl AsyncRead + Unpin)) {
    let _ = tokio::time::timeout(Duration::from_secs(3), drain(wire)).await;
}

/// Holds the connection until the other side gives up.
pub async fn hang(mut wire: impl Wire) {
    drain(&mut wire).await;
}

async fn drain(wire: &mut (impl AsyncRead + Unpin)) {
    let mut part = [0; 8192];
    while let Ok(count) = wire.read(&mut part).await {
        if count == 0 {
            break;
        }
    }
}

/// Resets the connection.
pub fn reset(wire: impl Wire) {
    // A linger time of zero turns the close into a reset (tcp(7), SO_LINGER).
    let _ = SockRef::from(wire.tcp()).set_linger(Some(Duration::ZERO));
    drop(wire);
}
