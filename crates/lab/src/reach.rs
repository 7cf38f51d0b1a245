//! Ports that accept, refuse, drop or have no route, without any privilege.
//!
//! A port that refuses is one that is bound and does not listen: nobody else can take it. A port
//! that drops is one whose accept queue is full: Linux then drops every further SYN, as a firewall
//! would. No route: the loopback's broadcast address, to which Linux refuses to connect with
//! ENETUNREACH. What is not here: rejecting by ICMP, for which privileges are needed.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use socket2::{Domain, Socket, Type};
use tokio::net::TcpListener;

use crate::stage::Reach;

/// A port of the pretend world as it really stands on this machine.
#[derive(Debug)]
pub struct Stand {
    /// Where it is.
    pub at: SocketAddr,
    /// Where connections arrive, if they do.
    pub listener: Option<TcpListener>,
    /// What keeps the port as it is; dropping it frees the port.
    pub held: Vec<Socket>,
}

/// Puts up a port for an address of the pretend world. IPv4 addresses stand where they say; IPv6
/// ones on `::1`, or, on a machine without IPv6, on an IPv4 address beside the others.
///
/// # Errors
/// When the system refuses a socket.
pub fn stand(address: IpAddr, reach: Reach) -> io::Result<Stand> {
    if reach == Reach::Unrouted {
        let nowhere = SocketAddr::from((Ipv4Addr::new(127, 255, 255, 255), 9));
        return Ok(Stand { at: nowhere, listener: None, held: Vec::new() });
    }
    let socket = bind(address)?;
    let at = socket
        .local_addr()?
        .as_socket()
        .ok_or_else(|| io::Error::other("a bound socket has an address"))?;
    match reach {
        Reach::Accepts => {
            socket.listen(1024)?;
            socket.set_nonblocking(true)?;
            let listener = TcpListener::from_std(socket.into())?;
            Ok(Stand { at, listener: Some(listener), held: Vec::new() })
        }
        Reach::Refuses | Reach::Unrouted => Ok(Stand { at, listener: None, held: vec![socket] }),
        Reach::Drops => {
            // A queue of length zero still takes one connection: this one.
            socket.listen(0)?;
            let filler = Socket::new(Domain::for_address(at), Type::STREAM, None)?;
            filler.connect(&at.into())?;
            Ok(Stand { at, listener: None, held: vec![socket, filler] })
        }
    }
}

fn bind(address: IpAddr) -> io::Result<Socket> {
    let real = match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
    };
    let bound = |real: IpAddr| -> io::Result<Socket> {
        let at = SocketAddr::new(real, 0);
        let socket = Socket::new(Domain::for_address(at), Type::STREAM, None)?;
        socket.bind(&at.into())?;
        Ok(socket)
    };
    bound(real).or_else(|error| match address {
        IpAddr::V4(_) => Err(error),
        IpAddr::V6(_) => bound(IpAddr::V4(Ipv4Addr::new(127, 0, 66, 1))),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::net::TcpStream;

    use super::*;

    #[tokio::test]
    async fn each_port_answers_a_syn_as_it_should() {
        for address in ["127.0.65.1", "2001:db8:65::1"] {
            for (reach, expected) in [
                (Reach::Accepts, "accepted"),
                (Reach::Refuses, "refused"),
                (Reach::Drops, "silent"),
                (Reach::Unrouted, "unreachable"),
            ] {
                let stand = stand(address.parse().unwrap(), reach).unwrap();
                let attempt = TcpStream::connect(stand.at);
                let seen = match tokio::time::timeout(Duration::from_millis(300), attempt).await {
                    Err(_) => "silent",
                    Ok(Ok(_)) => "accepted",
                    Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => "refused",
                    Ok(Err(error)) if error.kind() == io::ErrorKind::NetworkUnreachable => {
                        "unreachable"
                    }
                    Ok(Err(error)) => panic!("{reach:?}: {error}"),
                };
                assert_eq!(seen, expected, "{reach:?} on {address}");
            }
        }
    }
}
