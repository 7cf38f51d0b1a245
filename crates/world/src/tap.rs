//! The first bytes that a peer sends, kept while the TLS library reads them.
//!
//! The library tells only that something was no TLS; these bytes tell what it was. An alert is kept
//! apart, since a peer that resets the connection after it makes the library see the reset only.
//! Bytes beyond the first kilobyte pass by.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use rayfix_core::evidence::{TlsAnswer, tls};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The first bytes that came from a peer.
#[derive(Debug, Default)]
pub(crate) struct Tap {
    first: Vec<u8>,
    alert: Option<u8>,
}

impl Tap {
    /// Enough to tell what is no TLS.
    const MOST: usize = 1024;

    pub(crate) fn take(&mut self, bytes: &[u8]) {
        let room = Tap::MOST - self.first.len();
        self.first.extend_from_slice(&bytes[..bytes.len().min(room)]);
        // An alert in the clear is a record of its own at the end of what was sent.
        if let [.., 0x15, 3, _, 0, 2, 1 | 2, code] = *bytes {
            self.alert = Some(code);
        }
    }

    /// The answer where what came is no TLS.
    pub(crate) fn plain(&self) -> Option<TlsAnswer> {
        tls::first_record(&self.first)
            .answer()
            .filter(|answer| matches!(answer, TlsAnswer::NotTls { .. }))
    }

    /// The answer of a peer that ended the connection.
    pub(crate) fn ending(&self, reset: bool) -> TlsAnswer {
        if let Some(plain) = self.plain() {
            return plain;
        }
        match self.alert {
            Some(code) => TlsAnswer::Alert { code, client_certificate_asked: false },
            None => TlsAnswer::Cut { reset, after_bytes: !self.first.is_empty() },
        }
    }
}

/// A connection whose first incoming bytes are kept.
#[derive(Debug)]
pub(crate) struct Tapped<S> {
    stream: S,
    tap: Arc<Mutex<Tap>>,
}

impl<S> Tapped<S> {
    pub(crate) fn new(stream: S, tap: &Arc<Mutex<Tap>>) -> Self {
        Tapped { stream, tap: Arc::clone(tap) }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tapped<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            lock(&self.tap).take(&buffer.filled()[before..]);
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tapped<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// Takes a lock; a panic elsewhere leaves nothing half done behind these.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
