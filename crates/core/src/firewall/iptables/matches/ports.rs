//! Ports, flags of TCP, types of ICMP.

use super::super::super::addresses::{Family, Numbers};
use super::super::super::model::{End, FamilyOf, Field, Match, Op, Part, Term, With};
use super::super::options::Block;
use super::super::rule::{Around, among};
use super::super::words::{number, port_list, ports};

/// `-m tcp`
pub(super) fn tcp(block: &mut Block<'_>, parts: &mut Vec<Part>) -> Option<()> {
    plain(block, 6, parts)?;
    while let Some(option) = block.take("--tcp-flags") {
        let (mask, set) = (flags(option.arg())?, flags(option.second())?);
        parts.push(flags_part(mask, set, option.negated));
    }
    while let Some(option) = block.take("--syn") {
        parts.push(flags_part(0x17, 0x02, option.negated));
    }
    Some(())
}

fn flags_part(mask: u128, set: u128, negated: bool) -> Part {
    Part::Match(Match {
        key: vec![Term { field: Field::TcpFlags, ops: vec![Op::And(mask)] }],
        negated,
        with: With::Numbers(Numbers::one(set)),
    })
}

fn flags(text: &str) -> Option<u128> {
    let mut bits = 0;
    for name in text.split(',') {
        bits |= match name {
            "FIN" => 1,
            "SYN" => 2,
            "RST" => 4,
            "PSH" => 8,
            "ACK" => 16,
            "URG" => 32,
            "ALL" => 63,
            "NONE" => 0,
            _ => return None,
        };
    }
    Some(bits)
}

/// The ports of one protocol.
pub(super) fn plain(block: &mut Block<'_>, protocol: u8, parts: &mut Vec<Part>) -> Option<()> {
    for (end, names) in [
        (End::Source, ["--sport", "--source-port"]),
        (End::Destination, ["--dport", "--destination-port"]),
    ] {
        while let Some(option) = block.take_any(&names) {
            let numbers = ports(option.arg())?;
            let field = Field::Port(Some(protocol), end);
            parts.push(Part::Match(among(field, numbers, option.negated)));
        }
    }
    Some(())
}

/// `-m multiport`
pub(super) fn multiport(block: &mut Block<'_>, parts: &mut Vec<Part>) -> Option<()> {
    let option = block.options.pop()?;
    let numbers = port_list(option.arg())?;
    let (source, destination) =
        (Field::Port(None, End::Source), Field::Port(None, End::Destination));
    parts.push(match option.name {
        "--sports" | "--source-ports" => Part::Match(among(source, numbers, option.negated)),
        "--dports" | "--destination-ports" => {
            Part::Match(among(destination, numbers, option.negated))
        }
        "--ports" | "--port" => Part::AnyOf {
            of: vec![
                vec![among(source, numbers.clone(), false)],
                vec![among(destination, numbers, false)],
            ],
            negated: option.negated,
        },
        _ => return None,
    });
    Some(())
}

/// `-m icmp`, `-m icmp6`
pub(super) fn icmp(
    block: &mut Block<'_>,
    around: &Around<'_>,
    parts: &mut Vec<Part>,
) -> Option<()> {
    while let Some(option) = block.take_any(&["--icmp-type", "--icmpv6-type", "--icmp6-type"]) {
        let family = around.of();
        let field = Field::IcmpType(family);
        let any = Numbers::of(0, 255);
        let (kind, code) = match option.arg().split_once('/') {
            Some((kind, code)) => (number(kind)?, Some(number(code)?)),
            None => named(around.family, option.arg())?,
        };
        if family == FamilyOf::V4 && kind == 255 {
            // Any type.
            let numbers = if option.negated { Numbers::none() } else { any };
            parts.push(Part::Match(among(field, numbers, false)));
            continue;
        }
        // A neighbour's question bears no other code than 0.
        let only_code = family == FamilyOf::V6 && kind >= 128 && code == Some(0);
        match code.filter(|_| !only_code) {
            None => parts.push(Part::Match(among(field, Numbers::one(kind), option.negated))),
            Some(_) => {
                let numbers = if option.negated { any } else { Numbers::one(kind) };
                parts.push(Part::Match(among(field, numbers, false)));
                parts.push(Part::Perhaps { what: format!("ICMP type {}", option.arg()) });
            }
        }
    }
    Some(())
}

/// A type by number or name, with its code where the name means one.
fn named(family: Family, text: &str) -> Option<(u128, Option<u128>)> {
    if let Some(number) = number(text) {
        return (number <= 255).then_some((number, None));
    }
    Some(match (family, text) {
        (Family::V4, "any") => (255, None),
        (Family::V4, "echo-reply" | "pong") => (0, None),
        (Family::V4, "destination-unreachable") => (3, None),
        (Family::V4, "network-unreachable") => (3, Some(0)),
        (Family::V4, "host-unreachable") => (3, Some(1)),
        (Family::V4, "protocol-unreachable") => (3, Some(2)),
        (Family::V4, "port-unreachable") => (3, Some(3)),
        (Family::V4, "fragmentation-needed") => (3, Some(4)),
        (Family::V4, "source-quench") => (4, None),
        (Family::V4, "redirect") => (5, None),
        (Family::V4, "echo-request" | "ping") => (8, None),
        (Family::V4, "router-advertisement") => (9, None),
        (Family::V4, "router-solicitation") => (10, None),
        (Family::V4, "time-exceeded" | "ttl-exceeded") => (11, None),
        (Family::V4, "parameter-problem") => (12, None),
        (Family::V4, "timestamp-request") => (13, None),
        (Family::V4, "timestamp-reply") => (14, None),
        (Family::V4, "address-mask-request") => (17, None),
        (Family::V4, "address-mask-reply") => (18, None),
        (Family::V6, "destination-unreachable") => (1, None),
        (Family::V6, "no-route") => (1, Some(0)),
        (Family::V6, "communication-prohibited") => (1, Some(1)),
        (Family::V6, "address-unreachable") => (1, Some(3)),
        (Family::V6, "port-unreachable") => (1, Some(4)),
        (Family::V6, "packet-too-big") => (2, None),
        (Family::V6, "time-exceeded" | "ttl-exceeded") => (3, None),
        (Family::V6, "parameter-problem") => (4, None),
        (Family::V6, "echo-request" | "ping") => (128, None),
        (Family::V6, "echo-reply" | "pong") => (129, None),
        (Family::V6, "router-solicitation") => (133, None),
        (Family::V6, "router-advertisement") => (134, None),
        (Family::V6, "neighbour-solicitation" | "neighbor-solicitation") => (135, None),
        (Family::V6, "neighbour-advertisement" | "neighbor-advertisement") => (136, None),
        (Family::V6, "redirect") => (137, None),
        _ => return None,
    })
}
