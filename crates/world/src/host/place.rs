//! What this machine is: its name, addresses, privileges, when it was started.

mod interfaces;

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use jiff::Timestamp;
use rayfix_core::evidence::host::{Known, Place};

use super::files;
use super::programs;
use crate::clock;

/// Addresses of the internet to which nothing is sent: the kernel is only asked from which of its
/// own it would speak to them.
const ELSEWHERE: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(104, 16, 0, 1)),
    IpAddr::V6(Ipv6Addr::new(0x2606, 0x4700, 0, 0, 0, 0, 0, 1)),
];

/// Looks.
pub(super) fn look(known: Known) -> Place {
    let container = container();
    Place {
        name: rustix::system::uname().nodename().to_string_lossy().into_owned(),
        known,
        addresses: addresses(),
        root: rustix::process::geteuid().is_root(),
        systemd: fs::exists("/run/systemd/system").unwrap_or(false),
        booted: booted(container.is_some()),
        container,
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

/// The addresses that others can reach: first those from which this machine speaks, then the rest
/// of its interfaces.
fn addresses() -> Vec<IpAddr> {
    let mut all = speaks_from();
    for address in interfaces::addresses().unwrap_or_default() {
        if !all.contains(&address) {
            all.push(address);
        }
    }
    all.retain(|address| !interfaces::is_local(*address));
    all
}

/// When the kernel was started; in a container, when its first process was.
fn booted(in_container: bool) -> Option<Timestamp> {
    let first = || programs::since(1);
    if in_container { first().or_else(clock::booted) } else { clock::booted() }
}

/// What this machine runs in, where that is a container.
fn container() -> Option<String> {
    let word = |text: String| {
        let text = text.trim();
        let is_word =
            text.len() < 40 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        (!text.is_empty()).then(|| if is_word { text } else { "container" }.to_owned())
    };
    // systemd and LXC, then each engine's own mark, then the path of the first process's group.
    files::read("/run/systemd/container", 256)
        .or_else(|| files::read("/run/host/container-manager", 256))
        .and_then(word)
        .or_else(|| exists("/.dockerenv").then(|| "docker".to_owned()))
        .or_else(|| exists("/run/.containerenv").then(|| "podman".to_owned()))
        .or_else(|| engine(&files::read("/proc/1/cgroup", 65_536)?).map(str::to_owned))
}

fn exists(path: &str) -> bool {
    fs::exists(path).unwrap_or(false)
}

/// The engine whose group the first process is in.
fn engine(cgroup: &str) -> Option<&'static str> {
    let names = [
        ("kubepods", "kubernetes"),
        ("docker", "docker"),
        ("libpod", "podman"),
        ("lxc", "lxc"),
        ("machine.slice", "container"),
    ];
    names.into_iter().find_map(|(part, engine)| cgroup.contains(part).then_some(engine))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_says_what_it_is_without_its_loopback() {
        let place = look(Known::Told);
        assert!(!place.name.is_empty());
        assert!(place.addresses.iter().all(|address| !address.is_loopback()), "{place:?}");
        assert!(place.addresses.iter().all(|address| is_own(*address)), "{place:?}");
        assert!(place.booted.unwrap() <= clock::now());
    }

    #[test]
    fn engines_are_known_by_their_groups() {
        for (cgroup, wanted) in [
            ("12:cpu:/docker/0123\n", Some("docker")),
            (
                "0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-01.scope\n",
                Some("kubernetes"),
            ),
            ("1:name=systemd:/lxc/shop\n", Some("lxc")),
            ("0::/init.scope\n", None),
            ("0::/\n", None),
        ] {
            assert_eq!(engine(cgroup), wanted, "{cgroup}");
        }
    }
}
