//! What this machine is: its name, addresses, privileges, when it was started.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use jiff::Timestamp;
use rayfix_core::evidence::host::{Known, Place};

/// Addresses of the internet to which nothing is sent: the kernel is only asked from which of its
/// own it would speak to them.
const ELSEWHERE: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(104, 16, 0, 1)),
    IpAddr::V6(Ipv6Addr::new(0x2606, 0x4700, 0, 0, 0, 0, 0, 1)),
];

/// Looks.
pub(super) fn look(known: Known) -> Place {
    Place {
        name: rustix::system::uname().nodename().to_string_lossy().into_owned(),
        known,
        addresses: speaks_from(),
        root: rustix::process::geteuid().is_root(),
        systemd: fs::exists("/run/systemd/system").unwrap_or(false),
        booted: booted(),
        container: container(),
    }
}

/// Whether an address is one of this machine's own.
pub(super) fn is_own(address: IpAddr) -> bool {
    UdpSocket::bind(SocketAddr::new(address, 0)).is_ok()
}

/// The addresses from which this machine would speak to others; no packet is sent.
pub(super) fn speaks_from() -> Vec<IpAddr> {
    let from = |elsewhere: &IpAddr| {
        let any: IpAddr = match elsewhere {
            IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let socket = UdpSocket::bind(SocketAddr::new(any, 0)).ok()?;
        socket.connect(SocketAddr::new(*elsewhere, 443)).ok()?;
        Some(socket.local_addr().ok()?.ip())
    };
    ELSEWHERE.iter().filter_map(from).collect()
}

/// When the kernel was started; in a container, when its first process was.
fn booted() -> Option<Timestamp> {
    let text = fs::read_to_string("/proc/stat").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("btime "))?;
    Timestamp::from_second(line.trim().parse().ok()?).ok()
}

fn container() -> Option<String> {
    let told = fs::read_to_string("/run/systemd/container").ok();
    told.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}
