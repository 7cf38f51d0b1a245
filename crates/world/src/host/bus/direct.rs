//! systemd's own socket, without a bus in between.
//!
//! There systemd signs its messages `org.freedesktop.systemd1`, which on a bus could only be the name
//! of a service, never of a sender, and which the D-Bus library therefore refuses. The sender is of no
//! use to us, so it is made one that is allowed, in place and of the same length, before the library
//! sees it.

use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use zbus::connection::socket::{ReadHalf, Socket, Split, WriteHalf};
use zbus::export::async_trait::async_trait;

/// The header's field 7 (sender), a string of 24 bytes, little-endian as every processor that systemd
/// is built for writes it.
const SIGNED: &[u8] = b"\x07\x01s\x00\x18\x00\x00\x00org.freedesktop.systemd1";
/// Where the name begins, and what a sender begins with.
const NAME: (usize, u8) = (8, b':');

/// A connection to systemd itself.
#[derive(Debug)]
pub(super) struct Direct(pub(super) UnixStream);

impl Socket for Direct {
    type ReadHalf = Reader;
    type WriteHalf = Writer;

    fn split(self) -> Split<Reader, Writer> {
        let (read, write) = self.0.into_split();
        Split::new(Reader(read), Writer(write))
    }
}

/// The half that is read from.
#[derive(Debug)]
pub(super) struct Reader(OwnedReadHalf);

#[async_trait]
impl ReadHalf for Reader {
    async fn recvmsg(&mut self, buffer: &mut [u8]) -> io::Result<(usize, Vec<OwnedFd>)> {
        let length = self.0.read(buffer).await?;
        if let Some(read) = buffer.get_mut(..length) {
            rename(read);
        }
        Ok((length, Vec::new()))
    }
}

/// The half that is written to.
#[derive(Debug)]
pub(super) struct Writer(OwnedWriteHalf);

#[async_trait]
impl WriteHalf for Writer {
    async fn sendmsg(&mut self, buffer: &[u8], _fds: &[BorrowedFd<'_>]) -> io::Result<usize> {
        self.0.write(buffer).await
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.0.flush().await
    }

    async fn close(&mut self) -> io::Result<()> {
        self.0.shutdown().await
    }
}

/// Makes the sender one that is allowed. The first bytes of a message alone are looked at: its
/// header is at most a few hundred long.
fn rename(read: &mut [u8]) {
    let head = read.len().min(1_024);
    let at = read[..head].windows(SIGNED.len()).position(|bytes| bytes == SIGNED);
    if let Some(byte) = at.and_then(|at| read.get_mut(at + NAME.0)) {
        *byte = NAME.1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sender_becomes_one_that_is_allowed() {
        let mut message = [b"l\x02\x01\x01....".as_slice(), SIGNED, b"\0rest"].concat();
        rename(&mut message);
        let text = String::from_utf8_lossy(&message).into_owned();
        assert!(text.contains(":rg.freedesktop.systemd1"), "{text}");
        for mut other in
            [&b""[..], b"l\x02", b"org.freedesktop.systemd1 in a body"].map(<[u8]>::to_vec)
        {
            let before = other.clone();
            rename(&mut other);
            assert_eq!(other, before);
        }
    }
}
