//! The addresses of this machine's interfaces, over netlink (rtnetlink(7)).
//!
//! Loopback and link-local addresses are nothing that an edge could dial, and neither are the bridges
//! that container engines and virtual machines make for themselves. Other bridges may well be the way
//! to the world, and stay.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::host::files;
use crate::host::netlink::{self, Part, attributes, u32_at};

/// `RTM_GETADDR`.
const GET_ADDRESSES: u16 = 22;
const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;
const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;
/// Scopes from here on do not leave the machine or the link.
const RT_SCOPE_LINK: u8 = 253;
/// `IFA_F_TENTATIVE | IFA_F_DADFAILED`: not usable (yet).
const UNUSABLE: u8 = 0x40 | 0x08;

/// How the interfaces of container engines and virtual machines begin.
const INNER: [&str; 14] = [
    "cali", "cbr", "cni", "docker", "flannel", "incusbr", "kube-", "lo", "lxcbr", "lxdbr",
    "nerdctl", "podman", "veth", "virbr",
];

/// More addresses are not kept.
const MOST: usize = 64;

/// The addresses that others can reach.
///
/// # Errors
/// Where the kernel does not tell.
pub(super) fn addresses() -> io::Result<Vec<IpAddr>> {
    let mut names = HashMap::new();
    let mut found = Vec::new();
    // `struct ifaddrmsg`, of any family.
    netlink::dump(Part::Routes, GET_ADDRESSES, &[0; 8], |body| {
        if let Some((address, index)) = address(body).filter(|_| found.len() < MOST) {
            let names = names.entry(index).or_insert_with(|| name(index));
            if !names.as_deref().is_some_and(is_inner) && !found.contains(&address) {
                found.push(address);
            }
        }
    })?;
    Ok(found)
}

/// Reads `struct ifaddrmsg` and its attributes: an address, and the number of its interface.
fn address(body: &[u8]) -> Option<(IpAddr, u32)> {
    let (family, flags, scope) = (*body.first()?, *body.get(2)?, *body.get(3)?);
    if scope >= RT_SCOPE_LINK || flags & UNUSABLE != 0 {
        return None;
    }
    let (mut local, mut any) = (None, None);
    for (kind, value) in attributes(body.get(8..)?) {
        let ip: Option<IpAddr> = match family {
            AF_INET => <[u8; 4]>::try_from(value).ok().map(|ip| Ipv4Addr::from(ip).into()),
            AF_INET6 => <[u8; 16]>::try_from(value).ok().map(|ip| Ipv6Addr::from(ip).into()),
            _ => None,
        };
        match kind {
            // Of a link between two, the other attribute is the other's address.
            IFA_LOCAL => local = ip,
            IFA_ADDRESS => any = ip,
            _ => {}
        }
    }
    let ip = local.or(any)?;
    (!is_local(ip)).then_some((ip, u32_at(body, 4)?))
}

/// Whether an address never leaves its machine or link.
pub(super) fn is_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_link_local() || ip.is_unspecified(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unicast_link_local() || ip.is_unspecified(),
    }
}

/// The name of an interface, by its number.
fn name(index: u32) -> Option<String> {
    let mut names = files::names("/sys/class/net", 10_000).into_iter();
    names.find(|name| {
        let told = fs::read_to_string(format!("/sys/class/net/{name}/ifindex"));
        told.is_ok_and(|told| told.trim() == index.to_string())
    })
}

fn is_inner(name: &str) -> bool {
    let is_bridge = name
        .strip_prefix("br-")
        .is_some_and(|id| id.len() == 12 && id.bytes().all(|b| b.is_ascii_hexdigit()));
    is_bridge
        || INNER.iter().any(|begin| {
            name.strip_prefix(begin).is_some_and(|rest| {
                // `lo` and `docker0`, and not `london`.
                begin.len() > 3 || rest.bytes().all(|b| b.is_ascii_digit())
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(family: u8, flags: u8, scope: u8, pairs: &[(u16, &[u8])]) -> Vec<u8> {
        let mut bytes = vec![family, 24, flags, scope];
        bytes.extend(2_u32.to_ne_bytes());
        for (kind, value) in pairs {
            bytes.extend(u16::try_from(value.len() + 4).unwrap().to_ne_bytes());
            bytes.extend(kind.to_ne_bytes());
            bytes.extend(*value);
        }
        bytes
    }

    #[test]
    fn addresses_that_others_can_reach_are_read() {
        let mut six = [0; 16];
        six[..4].copy_from_slice(&[0x20, 1, 0x0d, 0xb8]);
        let mut link = [0; 16];
        link[..2].copy_from_slice(&[0xfe, 0x80]);
        for (bytes, wanted) in [
            (
                message(
                    AF_INET,
                    0x80,
                    0,
                    &[(IFA_ADDRESS, &[203, 0, 113, 9]), (IFA_LOCAL, &[203, 0, 113, 7])],
                ),
                Some("203.0.113.7"),
            ),
            (message(AF_INET6, 0x80, 0, &[(IFA_ADDRESS, &six)]), Some("2001:db8::")),
            (message(AF_INET6, 0x40, 0, &[(IFA_ADDRESS, &six)]), None),
            (message(AF_INET6, 0x80, 253, &[(IFA_ADDRESS, &link)]), None),
            (message(AF_INET, 0x80, 254, &[(IFA_LOCAL, &[127, 0, 0, 1])]), None),
            (message(AF_INET, 0x80, 0, &[(IFA_LOCAL, &[1, 2])]), None),
            (Vec::new(), None),
        ] {
            let told = address(&bytes).map(|(ip, _)| ip.to_string());
            assert_eq!(told.as_deref(), wanted);
        }
    }

    #[test]
    fn bridges_of_engines_are_inner_and_others_are_not() {
        for name in ["lo", "docker0", "br-0123456789ab", "virbr0", "cni0", "veth12ab", "podman1"] {
            assert!(is_inner(name), "{name}");
        }
        for name in ["eth0", "enp1s0", "br0", "br-lan", "bond0", "wg0", "london", "ens18"] {
            assert!(!is_inner(name), "{name}");
        }
        assert!(addresses().is_ok());
    }
}
