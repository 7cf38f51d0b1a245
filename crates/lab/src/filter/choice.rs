//! From which addresses a ruleset is tried: Cloudflare's, others, and those on both sides of every boundary.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::IpNet;
use rayfix_core::firewall::addresses::{interval, number};
use rayfix_core::firewall::{Family, Rulings};
use rayfix_core::ranges::Ranges;

use super::chance::Chance;

/// Of everybody else: fifty, of both families, private ones and neighbours of Cloudflare's ranges among them.
pub const OTHERS: &[&str] = &[
    "8.8.8.8",
    "1.1.1.1",
    "9.9.9.9",
    "198.51.100.7",
    "198.51.100.200",
    "192.0.2.1",
    "10.0.0.5",
    "10.255.255.254",
    "172.16.0.9",
    "172.31.255.1",
    "192.168.1.20",
    "100.64.0.1",
    "45.33.32.156",
    "185.199.108.153",
    "151.101.1.69",
    "13.107.42.14",
    "52.95.110.1",
    "34.117.59.81",
    "91.189.91.48",
    "80.249.99.148",
    "5.9.10.113",
    "62.210.16.6",
    "223.255.255.1",
    "1.0.0.1",
    "104.15.255.255",
    "104.28.0.0",
    "172.63.255.255",
    "172.72.0.0",
    "162.157.255.255",
    "162.160.0.0",
    "173.245.47.255",
    "173.245.64.0",
    "131.0.71.255",
    "131.0.76.0",
    "2001:4860:4860::8888",
    "2620:fe::fe",
    "2a00:1450:4001::5",
    "2001:db8:51::7",
    "2001:db8:ffff::1",
    "fd00::5",
    "2003:db::1",
    "2a01:4f8:1c1c::1",
    "2600:1f18::77",
    "2606:46ff:ffff:ffff::1",
    "2606:4701::1",
    "2400:cb01::1",
    "2803:f7ff::1",
    "2c0f:f249::1",
    "2a06:98bf::1",
    "2a06:98c8::1",
];

/// So many addresses on boundaries are tried at one port at most.
const BOUNDARIES: usize = 300;

/// Of each of Cloudflare's ranges the first, the last and `inside` within; and the others.
#[must_use]
pub fn usual(chance: &mut Chance, inside: usize) -> BTreeSet<IpAddr> {
    let mut chosen: BTreeSet<IpAddr> =
        OTHERS.iter().map(|text| text.parse().expect("the others are well-formed")).collect();
    for prefix in Ranges::built_in().prefixes() {
        chosen.extend([prefix.network(), prefix.broadcast()]);
        chosen.extend((0..inside).map(|_| within(chance, prefix)));
    }
    chosen
}

/// One address of a prefix.
pub fn within(chance: &mut Chance, prefix: &IpNet) -> IpAddr {
    let (low, high) = interval(prefix);
    let wide = u128::from(chance.draw()) << 64 | u128::from(chance.draw());
    // Of a prefix as wide as the whole space all bits are by chance.
    let number = (high - low).checked_add(1).map_or(wide, |width| low + wide % width);
    Family::of(prefix.addr()).address(number)
}

/// Those at which one piece of a ruling ends, and those next to them.
#[must_use]
pub fn boundaries(chance: &mut Chance, rulings: &Rulings) -> BTreeSet<IpAddr> {
    let mut found = BTreeSet::new();
    for ruling in &rulings.rulings {
        let family = Family::of(ruling.range.addr());
        for pair in ruling.pieces.windows(2) {
            let [one, other] = pair else { continue };
            if (one.outcome, &one.by) == (other.outcome, &other.by) {
                continue;
            }
            for edge in [interval(&one.prefix).1, interval(&other.prefix).0] {
                found.insert(family.address(edge));
                found.insert(family.address(edge.saturating_sub(1)));
                found.insert(family.address(edge.saturating_add(1).min(family.highest())));
            }
        }
    }
    found.retain(|address| can_be_tried(*address));
    while found.len() > BOUNDARIES {
        let at = chance.below(found.len());
        let one = *found.iter().nth(at).expect("it is below the number of them");
        found.remove(&one);
    }
    found
}

/// Whether a packet from there is one that a router may bring: not one of this host, of its own networks,
/// for a group, or for nobody.
#[must_use]
pub fn can_be_tried(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let first = v4.octets()[0];
            first != 0 && first != 127 && first < 224 && v4.octets()[..3] != [203, 0, 113]
        }
        IpAddr::V6(v6) => {
            let (link, number) = (v6.segments()[0] & 0xffc0 == 0xfe80, number(address));
            let near = v6.segments()[..4] == [0x2001, 0xdb8, 0x10, 0];
            number > u128::from(u64::MAX) && !link && !near && !v6.is_multicast()
        }
    }
}
