//! Addresses that a drawn rule may speak of: Cloudflare's ranges, parts of them, what reaches beyond them,
//! and others.

use std::net::IpAddr;

use ipnet::IpNet;
use rayfix_core::firewall::Family;
use rayfix_core::ranges::Ranges;

use super::super::chance::Chance;
use super::super::choice::{OTHERS, within};

/// A prefix of a family.
pub(super) fn prefix(chance: &mut Chance, family: Family) -> IpNet {
    let ranges = Ranges::built_in();
    let of_it: Vec<&IpNet> =
        ranges.prefixes().iter().filter(|prefix| Family::of(prefix.addr()) == family).collect();
    let range = **chance.one(&of_it);
    let bits = family.bits();
    let longer = |chance: &mut Chance, by: usize| {
        let length = (usize::from(range.prefix_len()) + by).min(usize::from(bits)) as u8;
        net(within(chance, &range), length)
    };
    match chance.below(8) {
        0 | 1 => range,
        2 => longer(chance, 1),
        3 => {
            let by = 2 + chance.below(8);
            longer(chance, by)
        }
        4 => net(within(chance, &range), bits),
        5 => {
            let shorter = 1 + chance.below(5) as u8;
            net(range.network(), range.prefix_len().saturating_sub(shorter))
        }
        6 => {
            let others: Vec<IpAddr> = OTHERS
                .iter()
                .filter_map(|text| text.parse().ok())
                .filter(|address| Family::of(*address) == family)
                .collect();
            let length = *chance.one(&[bits, bits - 4, bits / 2]);
            net(*chance.one(&others), length)
        }
        _ => net(range.network(), *chance.one(&[0, 1, 2, 3])),
    }
}

/// `first-last`, both within one of Cloudflare's ranges or around one.
pub(super) fn stretch(chance: &mut Chance, family: Family) -> String {
    let around = prefix(chance, family);
    let mut ends = [within(chance, &around), within(chance, &around)];
    ends.sort();
    format!("{}-{}", ends[0], ends[1])
}

/// Several prefixes that do not overlap.
pub(super) fn several(chance: &mut Chance, family: Family, most: usize) -> Vec<IpNet> {
    let count = 1 + chance.below(most);
    let drawn: Vec<IpNet> = (0..count).map(|_| prefix(chance, family)).collect();
    IpNet::aggregate(&drawn)
}

fn net(address: IpAddr, length: u8) -> IpNet {
    IpNet::new(address, length).map_or_else(|_| IpNet::from(address), |net| net.trunc())
}
