//! What a rule looks at: an expression of nft's as a field, what is done to it, and what it takes for
//! granted.
//!
//! nft leaves out of its listings what follows from an expression: `tcp dport` is of TCP only, `ip ttl` of
//! IPv4 only. A field that does not say so itself bears it as matches of its own.

use super::super::addresses::Numbers;
use super::super::model::{End, FamilyOf, Field, Match, Op, TableFamily, Term};
use super::tree::{Object, Tree};
use super::wording;
use super::words::{self, Kind};

/// What is looked at.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Looked {
    pub(super) term: Term,
    pub(super) kind: Kind,
    /// What must hold for the field to be there.
    pub(super) needs: Vec<Match>,
    /// Its value, where what is asked here always has the same: no fragments, no options.
    pub(super) always: Option<u128>,
    /// No packet of the kind that is asked about here has it.
    pub(super) never: bool,
}

/// Where an expression stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place {
    pub(super) family: TableFamily,
    /// The family of the packets that come this far in the rule.
    pub(super) only: Option<FamilyOf>,
}

impl Place {
    pub(super) fn of(family: TableFamily) -> Place {
        let only = match family {
            TableFamily::Ip => Some(FamilyOf::V4),
            TableFamily::Ip6 => Some(FamilyOf::V6),
            TableFamily::Inet | TableFamily::Netdev | TableFamily::Bridge | TableFamily::Arp => {
                None
            }
        };
        Place { family, only }
    }
}

/// Packets of this family.
pub(super) fn of_family(family: FamilyOf) -> Match {
    Match::numbers(Field::Nfproto, Numbers::one(if family == FamilyOf::V4 { 2 } else { 10 }))
}

/// Packets of this protocol.
pub(super) fn of_protocol(protocol: u8) -> Match {
    Match::numbers(Field::Protocol(None), Numbers::one(protocol.into()))
}

/// No packet.
pub(super) fn nothing() -> Match {
    Match::numbers(Field::Nfproto, Numbers::none())
}

/// What must hold for a field to be there that is not compared, only stored.
pub(super) fn implied(field: &Field, place: Place) -> Vec<Match> {
    let family = match field {
        Field::Address(family, _) | Field::Protocol(Some(family)) | Field::IcmpType(family) => {
            Some(*family)
        }
        _ => None,
    };
    let mut needs = Vec::new();
    needs.extend(family.filter(|family| place.only != Some(*family)).map(of_family));
    if let Field::Port(Some(protocol), _) = field {
        needs.push(of_protocol(*protocol));
    }
    needs
}

impl Looked {
    fn at(field: Field, kind: Kind) -> Looked {
        Looked { term: Term::of(field), kind, needs: Vec::new(), always: None, never: false }
    }

    fn unknown(what: String) -> Looked {
        Looked::at(Field::Other(what), Kind::Opaque)
    }

    fn needing(mut self, needs: Match) -> Looked {
        self.needs.push(needs);
        self
    }

    fn always(mut self, value: u128) -> Looked {
        self.always = Some(value);
        self.kind = words::PLAIN;
        self
    }

    pub(super) fn is_unknown(&self) -> bool {
        matches!(self.term.field, Field::Other(_))
    }
}

/// The terms of a key: of a concatenation, or one.
pub(super) fn key(tree: &Tree<'_>, place: Place) -> Vec<Looked> {
    match tree.under("concat").and_then(Tree::list) {
        Some(list) => list.iter().map(|each| looked(each, place)).collect(),
        None => vec![looked(tree, place)],
    }
}

/// One term.
pub(super) fn looked(tree: &Tree<'_>, place: Place) -> Looked {
    understood(tree, place).unwrap_or_else(|| Looked::unknown(wording::expression(tree)))
}

fn understood(tree: &Tree<'_>, place: Place) -> Option<Looked> {
    let (tag, inner) = tree.tagged()?;
    match tag {
        "payload" => payload(inner.object()?, place),
        "meta" => meta(inner),
        "ct" => ct(inner),
        "fib" => fib(inner.object()?),
        "exthdr" | "ip option" => extension(tag, inner.object()?, place),
        "tcp option" | "sctp chunk" => {
            let protocol = if tag == "tcp option" { 6 } else { 132 };
            Some(Looked::unknown(wording::expression(tree)).needing(of_protocol(protocol)))
        }
        "&" | "|" | "^" | "<<" | ">>" => arithmetic(tag, inner.list()?, place),
        _ => None,
    }
}

fn arithmetic(tag: &str, list: &[Tree<'_>], place: Place) -> Option<Looked> {
    let (first, rest) = list.split_first()?;
    let mut looked = understood(first, place)?;
    if rest.is_empty() {
        return None;
    }
    let mut still = looked.always.take();
    for each in rest {
        let number = looked.kind.of(each)?;
        let op = match tag {
            "&" => Op::And(number),
            "|" => Op::Or(number),
            "^" => Op::Xor(number),
            "<<" => Op::Left(u32::try_from(number).ok().filter(|bits| *bits < 128)?),
            _ => Op::Right(u32::try_from(number).ok().filter(|bits| *bits < 128)?),
        };
        looked.term.ops.push(op);
        if tag == "<<" && looked.kind.bits() < 128 {
            // What is pushed out at the top is gone.
            looked.term.ops.push(Op::And(looked.kind.highest()));
        }
        // Whole packets have an offset of zero; "do not fragment" may be set or not.
        let is_offset = looked.term.field == Field::Other("ip frag-off".to_owned());
        still = match op {
            Op::And(mask) if is_offset && mask & 0x4000 == 0 => Some(0),
            Op::And(mask) => still.map(|value| value & mask),
            Op::Or(_) | Op::Xor(_) | Op::Left(_) | Op::Right(_) => None,
        };
    }
    looked.always = still;
    Some(looked)
}

fn payload(object: &Object<'_>, place: Place) -> Option<Looked> {
    if object.has_only(&["base", "offset", "len"]) {
        return raw(object, place);
    }
    if !object.has_only(&["protocol", "field"]) {
        return None;
    }
    let (protocol, field) = (object.text("protocol")?, object.text("field")?);
    let other = || Looked::unknown(format!("{protocol} {field}"));
    let looked = match (protocol, field) {
        ("ip" | "ip6", _) => return Some(internet(protocol, field)),
        ("tcp" | "udp" | "udplite" | "sctp" | "dccp" | "th", "sport" | "dport") => {
            let end = if field == "sport" { End::Source } else { End::Destination };
            return Some(Looked::at(Field::Port(number_of(protocol), end), words::SERVICE));
        }
        ("tcp", "flags") => Looked::at(Field::TcpFlags, words::TCP_FLAGS),
        ("icmp", "type") => Looked::at(Field::IcmpType(FamilyOf::V4), words::ICMP_TYPE),
        ("icmpv6", "type") => Looked::at(Field::IcmpType(FamilyOf::V6), words::ICMPV6_TYPE),
        ("ether", "type") => Looked::at(Field::EtherType, words::ETHER_TYPE),
        ("arp", _) => {
            return Some(other().needing(Match::numbers(Field::EtherType, Numbers::one(0x0806))));
        }
        _ => other(),
    };
    let looked = match protocol {
        "icmp" | "igmp" => looked.needing(of_family(FamilyOf::V4)),
        "icmpv6" => looked.needing(of_family(FamilyOf::V6)),
        _ => looked,
    };
    Some(match number_of(protocol) {
        Some(number) => looked.needing(of_protocol(number)),
        None => looked,
    })
}

fn internet(protocol: &str, field: &str) -> Looked {
    let family = if protocol == "ip" { FamilyOf::V4 } else { FamilyOf::V6 };
    let looked = match field {
        "saddr" => return Looked::at(Field::Address(family, End::Source), Kind::Address(family)),
        "daddr" => {
            return Looked::at(Field::Address(family, End::Destination), Kind::Address(family));
        }
        "protocol" | "nexthdr" => {
            return Looked::at(Field::Protocol(Some(family)), words::PROTOCOL);
        }
        "ttl" | "hoplimit" => Looked::at(Field::HopsLeft, Kind::Number(8, &[])),
        "dscp" => Looked::at(Field::Dscp, words::DSCP),
        // That of IPv6 does not count the header.
        "length" if family == FamilyOf::V4 => Looked::at(Field::Length, words::SERVICE),
        _ => {
            let other = Looked::unknown(format!("{protocol} {field}"));
            match field {
                "version" => other.always(if family == FamilyOf::V4 { 4 } else { 6 }),
                "hdrlength" => other.always(5),
                "frag-off" => Looked { kind: words::SERVICE, ..other },
                _ => other,
            }
        }
    };
    looked.needing(of_family(family))
}

fn number_of(protocol: &str) -> Option<u8> {
    Some(match protocol {
        "tcp" => 6,
        "udp" => 17,
        "udplite" => 136,
        "sctp" => 132,
        "dccp" => 33,
        "icmp" => 1,
        "icmpv6" => 58,
        "igmp" => 2,
        "ah" => 51,
        "esp" => 50,
        "comp" => 108,
        "gre" => 47,
        _ => return None,
    })
}

/// `@nh,96,32`: what is at a place of the packet. The kernel asks nothing about its family first.
fn raw(object: &Object<'_>, place: Place) -> Option<Looked> {
    let number = |key| object.get(key).and_then(Tree::number);
    let (offset, length) = (number("offset")?, number("len")?);
    let end = offset.checked_add(length)?;
    let within = |low: u128, high: u128| low <= offset && end <= high && length > 0;
    // The field, and where it begins and ends.
    let (field, low, high) = match (object.text("base")?, place.only) {
        ("nh", Some(FamilyOf::V4)) if within(96, 128) => {
            (Field::Address(FamilyOf::V4, End::Source), 96, 128)
        }
        ("nh", Some(FamilyOf::V4)) if within(128, 160) => {
            (Field::Address(FamilyOf::V4, End::Destination), 128, 160)
        }
        ("nh", Some(FamilyOf::V4)) if within(72, 80) => {
            (Field::Protocol(Some(FamilyOf::V4)), 72, 80)
        }
        ("nh", Some(FamilyOf::V6)) if within(64, 192) => {
            (Field::Address(FamilyOf::V6, End::Source), 64, 192)
        }
        ("nh", Some(FamilyOf::V6)) if within(192, 320) => {
            (Field::Address(FamilyOf::V6, End::Destination), 192, 320)
        }
        ("nh", Some(FamilyOf::V6)) if within(48, 56) => {
            (Field::Protocol(Some(FamilyOf::V6)), 48, 56)
        }
        ("th", _) if within(0, 16) => (Field::Port(None, End::Source), 0, 16),
        ("th", _) if within(16, 32) => (Field::Port(None, End::Destination), 16, 32),
        _ => return None,
    };
    let bits = u32::try_from(length).ok()?;
    let mut looked = Looked::at(field, Kind::Number(bits.min(64), &[]));
    if bits == 128 {
        looked.kind = Kind::Address(FamilyOf::V6);
    } else if bits == 32 && high - low == 32 {
        looked.kind = Kind::Address(FamilyOf::V4);
    } else if bits > 64 {
        looked.kind = Kind::Opaque;
    }
    if end < high {
        looked.term.ops.push(Op::Right(u32::try_from(high - end).ok()?));
    }
    if low < offset {
        looked.term.ops.push(Op::And((1 << bits) - 1));
    }
    Some(looked)
}

fn meta(inner: &Tree<'_>) -> Option<Looked> {
    let key = match inner.object() {
        Some(object) if object.has_only(&["key"]) => object.text("key")?,
        Some(_) => return None,
        None => inner.text()?,
    };
    Some(match key {
        "mark" => Looked::at(Field::Mark, words::MARK),
        "iifname" | "iif" => Looked::at(Field::InName, Kind::Name),
        "oifname" | "oif" => Looked::at(Field::OutName, Kind::Name),
        "l4proto" => Looked::at(Field::Protocol(None), words::PROTOCOL),
        "nfproto" => Looked::at(Field::Nfproto, words::NFPROTO),
        "protocol" => Looked::at(Field::EtherType, words::ETHER_TYPE),
        "pkttype" => Looked::at(Field::PacketType, words::PACKET_TYPE),
        "length" => Looked::at(Field::Length, Kind::Number(32, &[])),
        _ => return None,
    })
}

fn ct(inner: &Tree<'_>) -> Option<Looked> {
    let object = inner.object()?;
    if !object.has_only(&["key", "dir", "family"]) {
        return None;
    }
    let (key, dir) = (object.text("key")?, object.text("dir"));
    let family = match object.text("family") {
        Some("ip") => Some(FamilyOf::V4),
        Some("ip6") => Some(FamilyOf::V6),
        Some(_) => return None,
        None => None,
    };
    let Some(dir) = dir else {
        return Some(match key {
            "state" => Looked::at(Field::State, words::STATE),
            "status" => Looked::at(Field::Status, words::STATUS),
            "direction" => Looked::at(Field::Direction, words::DIRECTION),
            "mark" => Looked::at(Field::ConnectionMark, words::MARK),
            _ => return None,
        });
    };
    let original = match dir {
        "original" => true,
        "reply" => false,
        _ => return None,
    };
    let (family, part) = match key.split_once(' ') {
        Some(("ip", part)) => (Some(FamilyOf::V4), part),
        Some(("ip6", part)) => (Some(FamilyOf::V6), part),
        Some(_) => return None,
        None => (family, key),
    };
    let end = match part {
        "saddr" | "proto-src" => End::Source,
        "daddr" | "proto-dst" => End::Destination,
        _ => return None,
    };
    if part.starts_with("proto") {
        let field = if original { Field::OriginalPort(end) } else { Field::ReplyPort(end) };
        return Some(Looked::at(field, words::SERVICE));
    }
    let field = if original { Field::OriginalAddress(end) } else { Field::ReplyAddress(end) };
    Some(match family {
        Some(family) => Looked::at(field, Kind::Address(family)).needing(of_family(family)),
        None => Looked::at(field, Kind::AnyAddress),
    })
}

fn fib(object: &Object<'_>) -> Option<Looked> {
    if !object.has_only(&["result", "flags"]) {
        return None;
    }
    let flags = object.get("flags")?.words()?;
    let has = |flag| flags.contains(&flag);
    let by_interface = has("iif");
    match object.text("result")? {
        "oif" | "oifname" | "check" => {
            let known = flags.iter().all(|flag| ["saddr", "iif", "mark"].contains(flag));
            let field = Field::WayBack { by_interface, mark: has("mark") };
            (known && has("saddr")).then(|| Looked::at(field, words::YES_NO))
        }
        "type" => {
            let known = flags.iter().all(|flag| ["saddr", "daddr", "iif"].contains(flag));
            let end = match (has("saddr"), has("daddr")) {
                (true, false) => End::Source,
                (false, true) => End::Destination,
                _ => return None,
            };
            let field = Field::AddressType { end, by_interface };
            known.then(|| Looked::at(field, words::ADDRESS_TYPE))
        }
        _ => None,
    }
}

/// Options and headers between the address and the protocol: what is asked about here has none.
fn extension(tag: &str, object: &Object<'_>, place: Place) -> Option<Looked> {
    if !object.has_only(&["name", "field", "offset"]) {
        return None;
    }
    let family = if tag == "exthdr" { FamilyOf::V6 } else { FamilyOf::V4 };
    let what = format!("{tag} {}", object.text("name")?);
    let looked = match object.get("field") {
        Some(_) => Looked { never: true, ..Looked::unknown(what) },
        None => {
            let looked = Looked::unknown(what).always(0);
            Looked { kind: words::YES_NO, ..looked }
        }
    };
    Some(if place.only == Some(family) { looked } else { looked.needing(of_family(family)) })
}
