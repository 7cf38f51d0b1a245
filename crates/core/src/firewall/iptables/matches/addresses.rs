//! Spans and kinds of addresses, and the way back to them.

use super::super::super::addresses::{Family, Numbers};
use super::super::super::model::{End, Field, Part};
use super::super::options::{Block, Opt};
use super::super::rule::{Around, among, never};
use super::super::words::address_span;

/// `-m iprange`
pub(super) fn iprange(
    block: &mut Block<'_>,
    around: &Around<'_>,
    parts: &mut Vec<Part>,
) -> Option<()> {
    for (name, end) in [("--src-range", End::Source), ("--dst-range", End::Destination)] {
        if let Some(option) = block.take(name) {
            let numbers = address_span(around.family, option.arg())?;
            let field = Field::Address(around.of(), end);
            parts.push(Part::Match(among(field, numbers, option.negated)));
        }
    }
    Some(())
}

/// The kernel's numbers of kinds of addresses.
fn kinds(text: &str) -> Option<Vec<u128>> {
    let names = [
        "UNSPEC",
        "UNICAST",
        "LOCAL",
        "BROADCAST",
        "ANYCAST",
        "MULTICAST",
        "BLACKHOLE",
        "UNREACHABLE",
        "PROHIBIT",
        "THROW",
        "NAT",
        "XRESOLVE",
    ];
    let number = |name: &str| names.iter().position(|known| name.eq_ignore_ascii_case(known));
    text.split(',').map(|name| number(name).map(|number| number as u128)).collect()
}

/// `-m addrtype`
pub(super) fn addrtype(
    block: &mut Block<'_>,
    around: &Around<'_>,
    parts: &mut Vec<Part>,
) -> Option<()> {
    let by_interface = block.has("--limit-iface-in");
    for (name, end) in [("--src-type", End::Source), ("--dst-type", End::Destination)] {
        let Some(option) = block.take(name) else { continue };
        let kinds = kinds(option.arg())?;
        let field = Field::AddressType { end, by_interface };
        match around.family {
            Family::V4 => {
                let numbers = kinds.into_iter().map(|kind| (kind, kind)).collect();
                parts.push(Part::Match(among(field, numbers, option.negated)));
            }
            Family::V6 => parts.push(v6(&option, &kinds, field, around, end)),
        }
    }
    Some(())
}

/// For IPv6 the kernel takes some kinds from the address alone, and wants all of those that are named;
/// the others it looks up, and one is enough.
fn v6(option: &Opt<'_>, kinds: &[u128], field: Field, around: &Around<'_>, end: End) -> Part {
    let address = Field::Address(around.of(), end);
    let multicast = Numbers::of(0xff << 120, u128::MAX);
    let unspecified = Numbers::one(0);
    // Neither of these, nor an IPv4 address in other clothes.
    let mapped = Numbers::of(0xffff << 32, (0xffff << 32) | 0xffff_ffff);
    let unicast = Numbers::all(Family::V6).without(&multicast.or(&unspecified).or(&mapped));
    let mut all = Vec::new();
    for (kind, numbers) in [(5, multicast), (1, unicast), (0, unspecified)] {
        if kinds.contains(&kind) {
            all.push(among(address.clone(), numbers, false));
        }
    }
    let looked_up: Vec<(u128, u128)> = kinds
        .iter()
        .filter(|kind| [2, 4, 7, 8].contains(kind))
        .map(|kind| (*kind, *kind))
        .collect();
    if !looked_up.is_empty() {
        all.push(among(field, Numbers::from_intervals(looked_up), false));
    }
    match (all.len(), option.negated) {
        (1, negated) => {
            let mut only = all.remove(0);
            only.negated = negated;
            Part::Match(only)
        }
        (0, true) => never(),
        (_, negated) => Part::AnyOf { of: vec![all], negated },
    }
}

/// `-m pkttype`
pub(super) fn pkttype(block: &mut Block<'_>, parts: &mut Vec<Part>) -> Option<()> {
    let option = block.take("--pkt-type")?;
    let kind = match option.arg() {
        "unicast" | "host" | "to-us" => 0,
        "broadcast" => 1,
        "multicast" => 2,
        "otherhost" => 3,
        _ => return None,
    };
    parts.push(Part::Match(among(Field::PacketType, Numbers::one(kind), option.negated)));
    Some(())
}

/// `-m rpfilter`
pub(super) fn rpfilter(block: &mut Block<'_>, parts: &mut Vec<Part>) -> Option<()> {
    let by_interface = !block.has("--loose");
    let mark = block.has("--validmark");
    // Of no matter to an address from outside.
    block.has("--accept-local");
    let negated = block.has("--invert");
    let field = Field::WayBack { by_interface, mark };
    parts.push(Part::Match(among(field, Numbers::one(1), negated)));
    Some(())
}
