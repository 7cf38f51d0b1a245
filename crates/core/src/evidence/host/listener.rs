//! Who listens on this machine: TCP and Unix sockets, with their programs and queues.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::proxy::nginx::PeerAddress;

/// All listeners.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listeners {
    /// TCP before Unix, by address.
    pub sockets: Vec<Listener>,
    /// Whether the programs of all of them could be seen; needs root.
    pub owners_seen: bool,
    /// Connections that the kernel dropped since it started because a queue was full
    /// (`ListenOverflows`), at the beginning of the sitting.
    pub overflows_before: Option<u64>,
    /// The same at its end.
    pub overflows_after: Option<u64>,
}

/// One listening socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    /// Where.
    pub at: ListensAt,
    /// The program that has it: of several that share it, the one that started the others. `None`:
    /// not visible without root.
    pub program: Option<Program>,
    /// Connections that wait to be accepted.
    pub waiting: u32,
    /// How many may wait.
    pub queue: u32,
}

/// Where a socket listens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ListensAt {
    /// TCP.
    Tcp {
        /// Address and port; the unspecified address is every one.
        address: SocketAddr,
        /// Whether an IPv6 socket takes no IPv4 (`IPV6_V6ONLY`).
        only_v6: bool,
    },
    /// A Unix socket in the file system, absolute; an abstract one begins with `@`.
    Unix {
        /// Its path.
        path: String,
    },
}

/// A program that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// Its number.
    pub pid: u32,
    /// Its short name: `nginx`.
    pub name: String,
    /// Its command line without secrets, at most 300 bytes.
    pub command: String,
    /// The user that it runs as, by name where there is one.
    pub user: String,
    /// Its systemd unit.
    pub unit: Option<String>,
    /// Its container, short: the first 12 characters of its id, or its name.
    pub container: Option<String>,
    /// When it was started.
    pub since: Option<Timestamp>,
}

impl ListensAt {
    /// Whether a connection to `to` on this machine would come here. Names are not resolved: for
    /// them, `localhost` is both loopback addresses, and any other is none.
    #[must_use]
    pub fn takes(&self, to: &PeerAddress) -> bool {
        match (self, to) {
            (ListensAt::Unix { path }, PeerAddress::Unix(wanted)) => same_path(path, wanted),
            (ListensAt::Tcp { .. }, PeerAddress::Ip(to)) => self.takes_tcp(*to),
            (ListensAt::Tcp { .. }, PeerAddress::Name { host, port }) if host == "localhost" => {
                let loopback = [IpAddr::from([127, 0, 0, 1]), IpAddr::from(Ipv6Addr::LOCALHOST)];
                loopback.iter().any(|ip| self.takes_tcp(SocketAddr::new(*ip, *port)))
            }
            _ => false,
        }
    }

    fn takes_tcp(&self, to: SocketAddr) -> bool {
        let ListensAt::Tcp { address, only_v6 } = self else { return false };
        if address.port() != to.port() {
            return false;
        }
        match address.ip() {
            IpAddr::V6(ip) if ip.is_unspecified() => to.is_ipv6() || !only_v6,
            ip if ip.is_unspecified() => to.is_ipv4(),
            ip => ip.to_canonical() == to.ip().to_canonical(),
        }
    }

    /// Whether only this machine itself reaches it.
    #[must_use]
    pub fn is_local(&self) -> bool {
        match self {
            ListensAt::Tcp { address, .. } => address.ip().to_canonical().is_loopback(),
            ListensAt::Unix { .. } => true,
        }
    }

    /// Its port, if it has one.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        match self {
            ListensAt::Tcp { address, .. } => Some(address.port()),
            ListensAt::Unix { .. } => None,
        }
    }
}

/// `/var/run` is `/run` on every system of today.
fn same_path(one: &str, other: &str) -> bool {
    let bare = |path: &str| {
        path.strip_prefix("/var")
            .filter(|p| p.starts_with("/run/"))
            .map_or(path.to_owned(), str::to_owned)
    };
    bare(one) == bare(other)
}

impl fmt::Display for ListensAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ListensAt::Tcp { address, .. } => address.fmt(f),
            ListensAt::Unix { path } => write!(f, "unix:{path}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_takes_what_the_kernel_would_give_it() {
        let tcp =
            |address: &str, only_v6| ListensAt::Tcp { address: address.parse().unwrap(), only_v6 };
        let ip = |to: &str| PeerAddress::Ip(to.parse().unwrap());
        let local = |port| PeerAddress::Name { host: "localhost".to_owned(), port };
        for (socket, to, takes) in [
            (tcp("0.0.0.0:80", false), ip("203.0.113.7:80"), true),
            (tcp("0.0.0.0:80", false), ip("[::1]:80"), false),
            (tcp("[::]:80", false), ip("127.0.0.1:80"), true),
            (tcp("[::]:80", true), ip("127.0.0.1:80"), false),
            (tcp("127.0.0.1:80", false), ip("127.0.0.1:81"), false),
            (tcp("127.0.0.1:80", false), local(80), true),
            (tcp("[::1]:80", false), local(80), true),
            (tcp("203.0.113.7:80", false), local(80), false),
        ] {
            assert_eq!(socket.takes(&to), takes, "{socket} for {to}");
        }
        let unix = ListensAt::Unix { path: "/run/app.sock".to_owned() };
        assert!(unix.takes(&PeerAddress::Unix("/var/run/app.sock".to_owned())));
        assert!(!unix.takes(&PeerAddress::Unix("/run/other.sock".to_owned())));
    }
}
