//! Listeners as the kernel tells them over netlink (`linux/sock_diag.h`, `inet_diag.h`,
//! `unix_diag.h`).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use rayfix_core::evidence::host::ListensAt;

use super::Bare;
use crate::host::netlink::{attributes, u32_at};

/// `SOCK_DIAG_BY_FAMILY`.
pub(super) const BY_FAMILY: u16 = 20;
/// `AF_INET`.
pub(super) const TCP4: u8 = 2;
/// `AF_INET6`.
pub(super) const TCP6: u8 = 10;
const AF_UNIX: u8 = 1;
const IPPROTO_TCP: u8 = 6;
const SOCK_STREAM: u8 = 1;
/// `1 << TCP_LISTEN`.
const LISTENING: u32 = 1 << 10;
const INET_DIAG_SKV6ONLY: u16 = 11;
/// `UDIAG_SHOW_NAME | UDIAG_SHOW_RQLEN`.
const SHOW: u32 = 0x01 | 0x10;
const UNIX_DIAG_NAME: u16 = 0;
const UNIX_DIAG_RQLEN: u16 = 4;

/// `struct inet_diag_req_v2`: all listeners of a family.
pub(super) fn tcp(family: u8) -> Vec<u8> {
    let mut bytes = vec![family, IPPROTO_TCP, 0, 0];
    bytes.extend(LISTENING.to_ne_bytes());
    // Any address and port.
    bytes.resize(56, 0);
    bytes
}

/// `struct unix_diag_req`: all listeners.
pub(super) fn unix() -> Vec<u8> {
    let mut bytes = vec![AF_UNIX, 0, 0, 0];
    bytes.extend(LISTENING.to_ne_bytes());
    bytes.extend(0_u32.to_ne_bytes());
    bytes.extend(SHOW.to_ne_bytes());
    bytes.resize(24, 0);
    bytes
}

/// `struct inet_diag_msg` and its attributes. Of a listener the queues are those of connections:
/// how many wait, how many may.
pub(super) fn tcp_listener(body: &[u8]) -> Option<Bare> {
    let family = *body.first()?;
    let port = u16::from_be_bytes(body.get(4..6)?.try_into().ok()?);
    let ip: IpAddr = if family == TCP6 {
        Ipv6Addr::from(<[u8; 16]>::try_from(body.get(8..24)?).ok()?).into()
    } else {
        Ipv4Addr::from(<[u8; 4]>::try_from(body.get(8..12)?).ok()?).into()
    };
    let only_v6 = attributes(body.get(72..)?)
        .find(|(kind, _)| *kind == INET_DIAG_SKV6ONLY)
        .is_some_and(|(_, value)| value.first() == Some(&1));
    Some(Bare {
        at: ListensAt::Tcp { address: SocketAddr::new(ip.to_canonical(), port), only_v6 },
        waiting: u32_at(body, 56)?,
        queue: u32_at(body, 60)?,
        inode: u32_at(body, 68)?,
    })
}

/// `struct unix_diag_msg` and its attributes; streams that have a name.
pub(super) fn unix_listener(body: &[u8]) -> Option<Bare> {
    if *body.get(1)? != SOCK_STREAM {
        return None;
    }
    let (mut name, mut waiting, mut queue) = (None, 0, 0);
    for (kind, value) in attributes(body.get(16..)?) {
        match kind {
            UNIX_DIAG_NAME => name = Some(value),
            UNIX_DIAG_RQLEN => {
                waiting = u32_at(value, 0)?;
                queue = u32_at(value, 4)?;
            }
            _ => {}
        }
    }
    let at = ListensAt::Unix { path: path(name?)? };
    Some(Bare { at, inode: u32_at(body, 4)?, waiting, queue })
}

/// An abstract name begins with a zero byte, which is written `@`.
fn path(name: &[u8]) -> Option<String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match name {
        [] => None,
        [0, rest @ ..] => Some(format!("@{}", text(rest))),
        path => Some(text(path.strip_suffix(&[0]).unwrap_or(path))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A made-up reply in the shape of the headers.
    fn tcp_reply(family: u8, ip: &[u8], port: u16, only_v6: Option<u8>) -> Vec<u8> {
        let mut bytes = vec![family, 10, 0, 0];
        bytes.extend(port.to_be_bytes());
        bytes.extend([0, 0]);
        bytes.extend(ip);
        bytes.resize(56, 0);
        bytes.extend(3_u32.to_ne_bytes());
        bytes.extend(128_u32.to_ne_bytes());
        bytes.extend(0_u32.to_ne_bytes());
        bytes.extend(4_711_u32.to_ne_bytes());
        if let Some(only) = only_v6 {
            bytes.extend(5_u16.to_ne_bytes());
            bytes.extend(INET_DIAG_SKV6ONLY.to_ne_bytes());
            bytes.extend([only, 0, 0, 0]);
        }
        bytes
    }

    #[test]
    fn a_tcp_listener_is_read_from_its_bytes() {
        let any6 = [0; 16];
        let mut mapped = [0; 16];
        mapped[10..].copy_from_slice(&[255, 255, 127, 0, 0, 1]);
        for (bytes, address, v6) in [
            (tcp_reply(TCP4, &[127, 0, 0, 1], 8000, None), "127.0.0.1:8000", false),
            (tcp_reply(TCP6, &any6, 443, Some(1)), "[::]:443", true),
            (tcp_reply(TCP6, &any6, 443, Some(0)), "[::]:443", false),
            (tcp_reply(TCP6, &mapped, 80, Some(0)), "127.0.0.1:80", false),
        ] {
            let seen = tcp_listener(&bytes).unwrap();
            let at = ListensAt::Tcp { address: address.parse().unwrap(), only_v6: v6 };
            assert_eq!(seen, Bare { at, inode: 4_711, waiting: 3, queue: 128 });
            for length in 0..72 {
                assert!(tcp_listener(&bytes[..length]).is_none());
            }
        }
    }

    #[test]
    fn a_unix_listener_is_read_from_its_bytes() {
        let reply = |kind: u8, name: &[u8]| {
            let mut bytes = vec![AF_UNIX, kind, 10, 0];
            bytes.extend(77_u32.to_ne_bytes());
            bytes.extend([0; 8]);
            bytes.extend(u16::try_from(name.len() + 4).unwrap().to_ne_bytes());
            bytes.extend(UNIX_DIAG_NAME.to_ne_bytes());
            bytes.extend(name);
            bytes.resize(bytes.len().next_multiple_of(4), 0);
            bytes.extend(12_u16.to_ne_bytes());
            bytes.extend(UNIX_DIAG_RQLEN.to_ne_bytes());
            bytes.extend([2, 0, 0, 0, 0, 1, 0, 0].map(|byte: u8| byte));
            bytes
        };
        let seen = unix_listener(&reply(SOCK_STREAM, b"/run/shop/shop.sock\0")).unwrap();
        assert_eq!(seen.at.to_string(), "unix:/run/shop/shop.sock");
        assert_eq!((seen.inode, seen.waiting), (77, u32::from_ne_bytes([2, 0, 0, 0])));
        let hidden = unix_listener(&reply(SOCK_STREAM, b"\0bus")).unwrap();
        assert_eq!(hidden.at, ListensAt::Unix { path: "@bus".to_owned() });
        assert!(unix_listener(&reply(5, b"/run/packets")).is_none());
        assert!(unix_listener(&[1, 1, 10]).is_none());
    }
}
