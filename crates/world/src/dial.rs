//! Connections: to one address, by a deadline, with the refusal as an answer.
//!
//! No happy eyeballs and no second try: whoever reads the answer knows which address gave it. It
//! also tells whether this machine has a road to an address family at all, since a visitor without
//! IPv6 is no fault of the site's.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use rayfix_core::evidence::TcpAnswer;
use tokio::net::{TcpSocket, TcpStream, UdpSocket};
use tokio::time::{Instant, timeout_at};

use crate::clock;

/// Connects, or says how the peer answered instead.
pub(crate) async fn connect(to: SocketAddr, by: Instant) -> Result<TcpStream, TcpAnswer> {
    let begun = clock::instant();
    let socket = if to.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
    let socket = socket.map_err(|error| answer(&error, begun))?;
    match timeout_at(by, socket.connect(to)).await {
        Err(_) => Err(TcpAnswer::Silent { after_ms: clock::ms_since(begun) }),
        Ok(Err(error)) => Err(answer(&error, begun)),
        Ok(Ok(stream)) => {
            // Small writes go out at once; where the system cannot do that, nothing is lost.
            let _ = stream.set_nodelay(true);
            Ok(stream)
        }
    }
}

fn answer(error: &io::Error, begun: Instant) -> TcpAnswer {
    let errno = error.raw_os_error().unwrap_or(0);
    match error.kind() {
        io::ErrorKind::ConnectionRefused => TcpAnswer::Refused,
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => {
            TcpAnswer::Unreachable { errno }
        }
        io::ErrorKind::TimedOut => TcpAnswer::Silent { after_ms: clock::ms_since(begun) },
        _ => TcpAnswer::Failed { errno },
    }
}

/// Whether this machine lacks any road to the family of an address while it has one to the other:
/// then asking would say something about this machine only.
///
/// Connecting a datagram socket sends nothing; the system only looks for a road.
pub(crate) async fn no_road_here(to: SocketAddr) -> bool {
    if road(to).await {
        return false;
    }
    let (own, other) =
        if to.is_ipv4() { (SOMEWHERE_V4, SOMEWHERE_V6) } else { (SOMEWHERE_V6, SOMEWHERE_V4) };
    !road(SocketAddr::new(own, to.port())).await && road(SocketAddr::new(other, to.port())).await
}

async fn road(to: SocketAddr) -> bool {
    let from: IpAddr =
        if to.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    match UdpSocket::bind(SocketAddr::new(from, 0)).await {
        Ok(socket) => match socket.connect(to).await {
            Ok(()) => true,
            // Any other error is about this address and not about its family.
            Err(error) => !matches!(
                error.kind(),
                io::ErrorKind::NetworkUnreachable | io::ErrorKind::AddrNotAvailable
            ),
        },
        // The system does not know the family at all.
        Err(_) => false,
    }
}

/// Addresses of the public internet (Cloudflare's ranges); a machine with a road to the family has
/// one to them.
const SOMEWHERE_V4: IpAddr = IpAddr::V4(Ipv4Addr::new(104, 16, 0, 1));
const SOMEWHERE_V6: IpAddr = IpAddr::V6(Ipv6Addr::new(0x2606, 0x4700, 0, 0, 0, 0, 0, 1));

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::pretend;

    async fn check(to: SocketAddr) -> Result<(), TcpAnswer> {
        connect(to, clock::instant() + Duration::from_millis(300)).await.map(drop)
    }

    #[tokio::test]
    async fn a_listener_accepts_and_a_closed_port_refuses() {
        let listener = pretend::listener().await;
        assert_eq!(check(listener.local_addr().unwrap()).await, Ok(()));
        assert_eq!(check(pretend::closed_port().await).await, Err(TcpAnswer::Refused));
    }

    #[tokio::test]
    async fn a_full_queue_is_silence() {
        let (full, _held) = pretend::silent_port().await;
        match check(full).await {
            Err(TcpAnswer::Silent { after_ms }) => assert!((250..5_000).contains(&after_ms)),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn error_numbers_have_their_answers() {
        // Linux: 111 ECONNREFUSED, 101 ENETUNREACH, 113 EHOSTUNREACH, 110 ETIMEDOUT, 13 EACCES.
        let of = |errno| answer(&io::Error::from_raw_os_error(errno), clock::instant());
        assert_eq!(of(111), TcpAnswer::Refused);
        assert_eq!(of(101), TcpAnswer::Unreachable { errno: 101 });
        assert_eq!(of(113), TcpAnswer::Unreachable { errno: 113 });
        assert!(matches!(of(110), TcpAnswer::Silent { .. }));
        assert_eq!(of(13), TcpAnswer::Failed { errno: 13 });
    }

    #[tokio::test]
    async fn the_loopback_is_always_within_reach() {
        for address in ["127.0.0.1:443", "127.255.255.255:9"] {
            assert!(!no_road_here(address.parse().unwrap()).await);
        }
    }
}
