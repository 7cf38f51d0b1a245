//! Questions to the kernel over netlink: dumps of sockets and addresses.
//!
//! A dump is one request and as many replies as it takes. Only reading requests are ever sent, none
//! of them needs a privilege. What the bytes of a reply mean is known to those who ask.

use std::io;
use std::time::Duration;

use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{
    AddressFamily, Protocol, RecvFlags, SendFlags, SocketFlags, SocketType, netlink, recv, send,
    socket_with,
};

/// One part of netlink.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    /// Sockets (`NETLINK_SOCK_DIAG`).
    Sockets,
    /// Interfaces and addresses (`NETLINK_ROUTE`).
    Routes,
}

/// The header of a message: length, type, flags, number, sender (linux/netlink.h).
const HEADER: usize = 16;
/// `NLM_F_REQUEST | NLM_F_DUMP`.
const DUMP: u16 = 0x1 | 0x300;
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;

/// How long the kernel may take for one reply.
const PATIENCE: Duration = Duration::from_millis(800);
/// A dump that is longer is cut; 16 MiB are more than 100,000 sockets.
const MOST_BYTES: usize = 16 << 20;

/// Asks for a dump and hands the body of each message to `each`.
///
/// # Errors
/// Where the kernel refuses (a sandbox, a missing module) or does not answer.
pub(super) fn dump(
    part: Part,
    kind: u16,
    request: &[u8],
    mut each: impl FnMut(&[u8]),
) -> io::Result<()> {
    let protocol = match part {
        Part::Sockets => Some(netlink::SOCK_DIAG),
        Part::Routes => None,
    };
    let socket = open(protocol)?;
    set_socket_timeout(&socket, Timeout::Recv, Some(PATIENCE))?;
    send(&socket, &message(kind, request), SendFlags::empty())?;
    let mut room = vec![0; 64 << 10];
    let mut taken = 0;
    while taken < MOST_BYTES {
        let (_, length) = recv(&socket, &mut room[..], RecvFlags::empty())?;
        taken += length.max(HEADER);
        let Some(bytes) = room.get(..length) else { break };
        if read(bytes, kind, &mut each)? {
            break;
        }
    }
    Ok(())
}

fn open(protocol: Option<Protocol>) -> rustix::io::Result<rustix::fd::OwnedFd> {
    socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, protocol)
}

fn message(kind: u16, request: &[u8]) -> Vec<u8> {
    let length = u32::try_from(HEADER + request.len()).unwrap_or(u32::MAX);
    let mut bytes = Vec::with_capacity(HEADER + request.len());
    bytes.extend(length.to_ne_bytes());
    bytes.extend(kind.to_ne_bytes());
    bytes.extend(DUMP.to_ne_bytes());
    bytes.extend(1_u32.to_ne_bytes());
    bytes.extend(0_u32.to_ne_bytes());
    bytes.extend(request);
    bytes
}

/// Reads the messages of one reply; whether it was the last.
fn read(mut bytes: &[u8], wanted: u16, each: &mut impl FnMut(&[u8])) -> io::Result<bool> {
    while let (Some(length), Some(kind)) = (u32_at(bytes, 0), u16_at(bytes, 4)) {
        let length = length as usize;
        let Some(body) = bytes.get(HEADER..length) else { return Ok(true) };
        match kind {
            NLMSG_DONE => return Ok(true),
            NLMSG_ERROR => {
                let code = u32_at(body, 0).unwrap_or(0).cast_signed();
                let why = io::Error::from_raw_os_error(code.saturating_neg());
                return if code == 0 { Ok(true) } else { Err(why) };
            }
            // Replies of the routing part have the type that follows in the same group.
            kind if kind == wanted || kind / 4 == wanted / 4 => each(body),
            _ => {}
        }
        bytes = bytes.get(aligned(length)..).unwrap_or_default();
    }
    Ok(false)
}

/// The attributes behind a fixed head: type and value.
pub(super) fn attributes(mut bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let length = usize::from(u16_at(bytes, 0)?);
        // The two highest bits say how the value is packed.
        let kind = u16_at(bytes, 2)? & 0x3fff;
        let value = bytes.get(4..length)?;
        bytes = bytes.get(aligned(length)..).unwrap_or_default();
        Some((kind, value))
    })
}

fn aligned(length: usize) -> usize {
    length.next_multiple_of(4)
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_taken_apart_up_to_the_last() {
        let mut bytes = message(20, b"one!");
        bytes.extend(message(99, b"not asked for"));
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes.extend(message(20, b"two"));
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        let mut bodies = Vec::new();
        let mut each = |body: &[u8]| bodies.push(body.to_vec());
        assert!(!read(&bytes, 20, &mut each).unwrap());
        assert!(read(&message(NLMSG_DONE, &[0; 4]), 20, &mut each).unwrap());
        assert_eq!(bodies, [b"one!".to_vec(), b"two".to_vec()]);
        let refused = message(NLMSG_ERROR, &(-1_i32).to_ne_bytes());
        assert_eq!(
            read(&refused, 20, &mut |_| ()).unwrap_err().kind(),
            io::ErrorKind::PermissionDenied
        );
    }

    #[test]
    fn cut_or_odd_bytes_end_the_reading() {
        for bytes in [&b""[..], &[1, 0, 0, 0, 20, 0], &[255; 40], &[0; 40]] {
            let _ = read(bytes, 20, &mut |_| ());
            assert!(attributes(bytes).count() < 20);
        }
    }
}
