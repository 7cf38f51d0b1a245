//! nft's words for numbers: protocols, states, flags, types. And which kind of value a field or a set has.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::super::addresses::number as number_of;
use super::super::model::FamilyOf;
use super::tree::Tree;

/// Words and the numbers that they stand for.
type Words = &'static [(&'static str, u128)];

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// An address of one family.
    Address(FamilyOf),
    /// An address; it tells its family itself.
    AnyAddress,
    /// A number of so many bits, and the words for some.
    Number(u32, Words),
    /// The name of an interface.
    Name,
    /// Not known here.
    Opaque,
}

pub(super) const SERVICE: Kind = Kind::Number(16, &[]);
pub(super) const MARK: Kind = Kind::Number(32, &[]);
pub(super) const PLAIN: Kind = Kind::Number(64, &[]);
pub(super) const YES_NO: Kind = Kind::Number(1, &[("exists", 1), ("missing", 0)]);

pub(super) const PROTOCOL: Kind = Kind::Number(
    8,
    &[
        ("ip", 0),
        ("hopopt", 0),
        ("icmp", 1),
        ("igmp", 2),
        ("ggp", 3),
        ("ipencap", 4),
        ("ipip", 4),
        ("st", 5),
        ("tcp", 6),
        ("egp", 8),
        ("igp", 9),
        ("pup", 12),
        ("udp", 17),
        ("hmp", 20),
        ("xns-idp", 22),
        ("rdp", 27),
        ("iso-tp4", 29),
        ("dccp", 33),
        ("xtp", 36),
        ("ddp", 37),
        ("idpr-cmtp", 38),
        ("ipv6", 41),
        ("ipv6-route", 43),
        ("ipv6-frag", 44),
        ("idrp", 45),
        ("rsvp", 46),
        ("gre", 47),
        ("esp", 50),
        ("ah", 51),
        ("skip", 57),
        ("ipv6-icmp", 58),
        ("icmpv6", 58),
        ("ipv6-nonxt", 59),
        ("ipv6-opts", 60),
        ("rspf", 73),
        ("vmtp", 81),
        ("eigrp", 88),
        ("ospf", 89),
        ("ax.25", 93),
        ("etherip", 97),
        ("encap", 98),
        ("pim", 103),
        ("comp", 108),
        ("ipcomp", 108),
        ("vrrp", 112),
        ("l2tp", 115),
        ("isis", 124),
        ("sctp", 132),
        ("fc", 133),
        ("mobility-header", 135),
        ("mh", 135),
        ("udplite", 136),
        ("mpls-in-ip", 137),
        ("manet", 138),
        ("hip", 139),
        ("shim6", 140),
        ("wesp", 141),
        ("rohc", 142),
    ],
);

pub(super) const STATE: Kind = Kind::Number(
    32,
    &[("invalid", 1), ("established", 2), ("related", 4), ("new", 8), ("untracked", 64)],
);

pub(super) const STATUS: Kind = Kind::Number(
    32,
    &[
        ("expected", 1),
        ("seen-reply", 2),
        ("assured", 4),
        ("confirmed", 8),
        ("snat", 16),
        ("dnat", 32),
        ("dying", 512),
    ],
);

pub(super) const DIRECTION: Kind = Kind::Number(8, &[("original", 0), ("reply", 1)]);

pub(super) const NFPROTO: Kind = Kind::Number(
    8,
    &[("inet", 1), ("ipv4", 2), ("arp", 3), ("netdev", 5), ("bridge", 7), ("ipv6", 10)],
);

pub(super) const ETHER_TYPE: Kind = Kind::Number(
    16,
    &[
        ("ip", 0x0800),
        ("arp", 0x0806),
        ("vlan", 0x8100),
        ("8021q", 0x8100),
        ("ip6", 0x86dd),
        ("8021ad", 0x88a8),
    ],
);

pub(super) const PACKET_TYPE: Kind = Kind::Number(
    8,
    &[("host", 0), ("unicast", 0), ("broadcast", 1), ("multicast", 2), ("other", 3)],
);

pub(super) const ADDRESS_TYPE: Kind = Kind::Number(
    32,
    &[
        ("unspec", 0),
        ("unicast", 1),
        ("local", 2),
        ("broadcast", 3),
        ("anycast", 4),
        ("multicast", 5),
        ("blackhole", 6),
        ("unreachable", 7),
        ("prohibit", 8),
        ("throw", 9),
        ("nat", 10),
        ("xresolve", 11),
    ],
);

pub(super) const TCP_FLAGS: Kind = Kind::Number(
    8,
    &[
        ("fin", 1),
        ("syn", 2),
        ("rst", 4),
        ("psh", 8),
        ("ack", 16),
        ("urg", 32),
        ("ecn", 64),
        ("cwr", 128),
    ],
);

pub(super) const ICMP_TYPE: Kind = Kind::Number(
    8,
    &[
        ("echo-reply", 0),
        ("destination-unreachable", 3),
        ("source-quench", 4),
        ("redirect", 5),
        ("echo-request", 8),
        ("router-advertisement", 9),
        ("router-solicitation", 10),
        ("time-exceeded", 11),
        ("parameter-problem", 12),
        ("timestamp-request", 13),
        ("timestamp-reply", 14),
        ("info-request", 15),
        ("info-reply", 16),
        ("address-mask-request", 17),
        ("address-mask-reply", 18),
    ],
);

pub(super) const ICMPV6_TYPE: Kind = Kind::Number(
    8,
    &[
        ("destination-unreachable", 1),
        ("packet-too-big", 2),
        ("time-exceeded", 3),
        ("parameter-problem", 4),
        ("echo-request", 128),
        ("echo-reply", 129),
        ("mld-listener-query", 130),
        ("mld-listener-report", 131),
        ("mld-listener-done", 132),
        ("mld-listener-reduction", 132),
        ("nd-router-solicit", 133),
        ("nd-router-advert", 134),
        ("nd-neighbor-solicit", 135),
        ("nd-neighbor-advert", 136),
        ("nd-redirect", 137),
        ("router-renumbering", 138),
        ("ind-neighbor-solicit", 141),
        ("ind-neighbor-advert", 142),
        ("mld2-listener-report", 143),
    ],
);

pub(super) const DSCP: Kind = Kind::Number(
    6,
    &[
        ("cs0", 0),
        ("df", 0),
        ("be", 0),
        ("lephb", 1),
        ("cs1", 8),
        ("af11", 10),
        ("af12", 12),
        ("af13", 14),
        ("cs2", 16),
        ("af21", 18),
        ("af22", 20),
        ("af23", 22),
        ("cs3", 24),
        ("af31", 26),
        ("af32", 28),
        ("af33", 30),
        ("cs4", 32),
        ("af41", 34),
        ("af42", 36),
        ("af43", 38),
        ("cs5", 40),
        ("va", 44),
        ("ef", 46),
        ("cs6", 48),
        ("cs7", 56),
    ],
);

impl Kind {
    /// Of a set's type, by its name.
    pub(super) fn of_type(name: &str) -> Kind {
        match name {
            "ipv4_addr" => Kind::Address(FamilyOf::V4),
            "ipv6_addr" => Kind::Address(FamilyOf::V6),
            "inet_service" => SERVICE,
            "inet_proto" => PROTOCOL,
            "mark" => MARK,
            "ifname" | "iface_index" => Kind::Name,
            "ct_state" => STATE,
            "ct_status" => STATUS,
            "ct_dir" => DIRECTION,
            "nf_proto" | "nfproto" => NFPROTO,
            "ether_type" => ETHER_TYPE,
            "pkt_type" => PACKET_TYPE,
            "fib_addrtype" => ADDRESS_TYPE,
            "tcp_flag" => TCP_FLAGS,
            "icmp_type" => ICMP_TYPE,
            "icmpv6_type" => ICMPV6_TYPE,
            "dscp" => DSCP,
            "boolean" => YES_NO,
            "integer" => PLAIN,
            _ => Kind::Opaque,
        }
    }

    /// The highest number.
    pub(super) fn highest(self) -> u128 {
        match self {
            Kind::Address(FamilyOf::V4) => u128::from(u32::MAX),
            Kind::Number(bits, _) => (1 << bits) - 1,
            Kind::Address(FamilyOf::V6) | Kind::AnyAddress | Kind::Name | Kind::Opaque => u128::MAX,
        }
    }

    /// How many bits.
    pub(super) fn bits(self) -> u32 {
        match self {
            Kind::Address(FamilyOf::V4) => 32,
            Kind::Number(bits, _) => bits,
            Kind::Address(FamilyOf::V6) | Kind::AnyAddress | Kind::Name | Kind::Opaque => 128,
        }
    }

    /// The number of a word.
    pub(super) fn of_text(self, text: &str) -> Option<u128> {
        match self {
            Kind::Address(FamilyOf::V4) => {
                let address = text.parse::<Ipv4Addr>().ok().map(|address| address.to_bits().into());
                address.or_else(|| text.starts_with("0x").then(|| plain(text)).flatten())
            }
            Kind::Address(FamilyOf::V6) => {
                let address = text.parse::<Ipv6Addr>().ok().map(Ipv6Addr::to_bits);
                address.or_else(|| text.starts_with("0x").then(|| plain(text)).flatten())
            }
            Kind::AnyAddress => text.parse::<IpAddr>().ok().map(number_of),
            Kind::Number(_, words) => {
                let known = words.iter().find(|(word, _)| *word == text).map(|(_, number)| *number);
                known.or_else(|| plain(text))
            }
            Kind::Name => None,
            Kind::Opaque => plain(text),
        }
    }

    /// The number of a constant: a number, a word, or bits put together.
    pub(super) fn of(self, tree: &Tree<'_>) -> Option<u128> {
        match tree {
            Tree::Number(_) => tree.number(),
            Tree::Bool(yes) => Some((*yes).into()),
            Tree::Text(text) => self.of_text(text),
            Tree::List(list) => self.together(list),
            Tree::Object(_) => self.together(tree.under("|")?.list()?),
            Tree::Null | Tree::Fraction => None,
        }
    }

    fn together(self, list: &[Tree<'_>]) -> Option<u128> {
        list.iter().try_fold(0, |bits, item| Some(bits | self.of(item)?))
    }
}

/// A number as people write it: `5`, `0x1f`.
fn plain(text: &str) -> Option<u128> {
    match text.strip_prefix("0x") {
        Some(digits) => u128::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}
