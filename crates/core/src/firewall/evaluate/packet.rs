//! One packet of a connection, at one point of its way: everything concrete about it, and the value of
//! each field that a rule may ask for.

use std::borrow::Cow;

use super::super::addresses::{Family, Numbers};
use super::super::model::{End, Field, Hook, Term};
use super::super::ruling::Step;
use super::arithmetic::work_out;
use super::world::World;

/// States of connections, as the kernel's bits.
pub(super) mod state {
    pub(in super::super) const INVALID: u128 = 1;
    pub(in super::super) const ESTABLISHED: u128 = 2;
    pub(in super::super) const RELATED: u128 = 4;
    pub(in super::super) const NEW: u128 = 8;
    pub(in super::super) const UNTRACKED: u128 = 64;
}

/// What kind of packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// TCP.
    Tcp,
    /// ICMP of its family, of this type.
    Icmp(u8),
}

/// A packet at a hook.
#[derive(Debug, Clone)]
pub(super) struct Packet {
    /// Which of the connection's.
    pub(super) step: Step,
    /// Its family.
    pub(super) family: Family,
    /// What it is.
    pub(super) kind: Kind,
    /// Which end is the client.
    pub(super) client: End,
    /// Of a packet that has no client (a neighbour's): where it comes from and goes to.
    pub(super) ends: Option<(Numbers, Numbers)>,
    /// Where it is.
    pub(super) hook: Hook,
    /// The interface that it came in by; empty: from this host. `None`: not known.
    pub(super) incoming: Option<String>,
    /// The interface that it goes out by; empty: to this host, or not yet chosen. `None`: not known.
    pub(super) outgoing: Option<String>,
    /// The address that was asked for; `None`: not known.
    pub(super) asked_address: Option<u128>,
    /// The port that was asked for.
    pub(super) asked_port: u16,
    /// Whether the kernel has looked up the connection: behind priority -200.
    pub(super) looked_up: bool,
    /// Whether it bears where the connection really goes, not what the client asked for.
    pub(super) carried_out: bool,
    /// What the kernel then says of it, if it is tracked and has an entry; see [`Packet::state`].
    pub(super) known_as: u128,
    /// It refuses a packet that was left untracked. To what iptables writes, such a refusal was seen before, and can
    /// no longer be left untracked itself; `notrack` of nft takes it.
    pub(super) of_untracked: bool,
    /// Whether it is the first of its connection.
    pub(super) first: bool,
    /// Of this host's: whether it answers what came after the first.
    pub(super) again: bool,
}

/// What a field holds.
#[derive(Debug, Clone)]
pub(super) enum Seen<'a> {
    /// The client's address.
    Client,
    /// This.
    Known(u128),
    /// One of these.
    Among(Numbers),
    /// This name.
    Name(Cow<'a, str>),
    /// A name that is not known; never `lo`.
    NameUnknown,
    /// A packet of this kind has none.
    Absent,
    /// Not to be told.
    Unknown,
}

impl Packet {
    /// What the kernel says of its connection: the bits of one state.
    pub(super) fn state(&self, world: &World) -> u128 {
        if world.untracked {
            return state::UNTRACKED;
        }
        if !self.looked_up {
            return state::INVALID;
        }
        match self.step {
            // What looks for neighbours is never tracked.
            _ if self.known_as == state::UNTRACKED => state::UNTRACKED,
            // An answer without a question.
            Step::Reply if !world.entry && !self.again => state::INVALID,
            // Taken up midway (net.netfilter.nf_conntrack_tcp_loose, on by default).
            Step::Reply | Step::Later if !world.entry => state::NEW,
            // Data in a handshake that was not answered, as far as the kernel knows.
            Step::Later if world.unanswered => state::INVALID,
            _ => self.known_as,
        }
    }

    fn to(&self, world: &World) -> super::world::Place {
        if self.carried_out || self.first {
            world.to
        } else {
            super::world::Place { address: self.asked_address, port: Some(self.asked_port) }
        }
    }

    /// What a term comes to.
    pub(super) fn term(&self, term: &Term, world: &World) -> Seen<'_> {
        let seen = self.field(&term.field, world);
        work_out(seen, &term.ops, self.family)
    }

    /// What a field holds.
    pub(super) fn field(&self, field: &Field, world: &World) -> Seen<'_> {
        let tcp = self.kind == Kind::Tcp;
        match field {
            Field::Address(family, _) if Family::from(*family) != self.family => Seen::Absent,
            Field::Address(_, end) => self.address(*end, world),
            Field::Port(protocol, _) if *protocol == Some(6) && !tcp => Seen::Absent,
            Field::Port(Some(protocol), _) if *protocol != 6 => Seen::Absent,
            Field::Port(_, _) if !tcp => Seen::Unknown,
            Field::Port(_, end) if *end == self.client => Seen::Among(Numbers::of(1024, 65535)),
            Field::Port(..) => known(self.to(world).port.map(u128::from)),
            Field::Protocol(Some(family)) if Family::from(*family) != self.family => Seen::Absent,
            Field::Protocol(_) => Seen::Known(match (self.kind, self.family) {
                (Kind::Tcp, _) => 6,
                (Kind::Icmp(_), Family::V4) => 1,
                (Kind::Icmp(_), Family::V6) => 58,
            }),
            Field::Nfproto => Seen::Known(if self.family == Family::V4 { 2 } else { 10 }),
            Field::EtherType => {
                Seen::Known(if self.family == Family::V4 { 0x0800 } else { 0x86dd })
            }
            Field::InName => name(self.incoming.as_deref()),
            Field::OutName => name(self.outgoing.as_deref()),
            Field::Mark => known(world.mark.map(u128::from)),
            Field::ConnectionMark if self.has_entry(world) => {
                known(world.connection_mark.map(u128::from))
            }
            Field::State => Seen::Known(self.state(world)),
            _ if self.is_of_connection(field) && !self.has_entry(world) => Seen::Absent,
            Field::Status => self.status(world),
            _ if self.is_of_connection(field) && self.is_turned(world) => self.turned(field, world),
            Field::Direction => Seen::Known(u128::from(self.client == End::Destination)),
            Field::OriginalAddress(End::Source) => Seen::Client,
            Field::OriginalAddress(End::Destination) => known(self.asked_address),
            Field::OriginalPort(End::Source) => Seen::Among(Numbers::of(1024, 65535)),
            Field::OriginalPort(End::Destination) => Seen::Known(u128::from(self.asked_port)),
            Field::ReplyAddress(End::Source) => known(world.to.address),
            Field::ReplyAddress(End::Destination) if world.from_elsewhere => Seen::Unknown,
            Field::ReplyAddress(End::Destination) => Seen::Client,
            Field::ReplyPort(End::Source) => known(world.to.port.map(u128::from)),
            Field::ReplyPort(End::Destination) => Seen::Among(Numbers::of(1024, 65535)),
            Field::TcpFlags if !tcp => Seen::Absent,
            Field::TcpFlags => match self.step {
                Step::First => Seen::Known(2),
                Step::Reply if !self.again => Seen::Known(18),
                Step::Refusal => Seen::Among(Numbers::from_intervals(vec![(4, 4), (20, 20)])),
                // An acknowledgement, data.
                Step::Later | Step::Reply => {
                    Seen::Among([16, 24].map(|flags| (flags, flags)).into_iter().collect())
                }
            },
            Field::PacketType if self.ends.is_some() => Seen::Unknown,
            Field::PacketType => Seen::Known(0),
            Field::IcmpType(family) => match self.kind {
                Kind::Icmp(kind) if Family::from(*family) == self.family => {
                    Seen::Known(u128::from(kind))
                }
                _ => Seen::Absent,
            },
            // Who asks for a neighbour, and who answers, proves by it to be on the same wire.
            Field::HopsLeft if matches!(self.kind, Kind::Icmp(135 | 136)) => Seen::Known(255),
            Field::Dscp => Seen::Unknown,
            Field::AddressType { .. } | Field::WayBack { .. } => Seen::Unknown,
            Field::ConnectionMark | Field::Length | Field::HopsLeft | Field::Other(_) => {
                Seen::Unknown
            }
        }
    }

    fn address(&self, end: End, world: &World) -> Seen<'_> {
        if let Some((source, destination)) = &self.ends {
            let numbers = if end == End::Source { source } else { destination };
            return Seen::Among(numbers.clone());
        }
        if end == self.client {
            // A forwarded connection whose source was translated: its reply comes back to this host.
            return Seen::Client;
        }
        known(self.to(world).address)
    }

    /// Whether the kernel knows its connection, here.
    pub(super) fn has_entry(&self, world: &World) -> bool {
        let state = self.state(world);
        self.looked_up && !matches!(state, state::INVALID | state::UNTRACKED)
    }

    fn is_of_connection(&self, field: &Field) -> bool {
        matches!(
            field,
            Field::Direction
                | Field::Status
                | Field::ConnectionMark
                | Field::OriginalAddress(_)
                | Field::OriginalPort(_)
                | Field::ReplyAddress(_)
                | Field::ReplyPort(_)
        )
    }

    /// Whether the kernel takes up the connection only now, by this host's packet: then the server is the
    /// one who began it, to the kernel.
    pub(super) fn is_turned(&self, world: &World) -> bool {
        self.step == Step::Reply && self.again && !world.entry && !world.untracked
    }

    /// What a field of the connection holds when the server began it.
    fn turned(&self, field: &Field, world: &World) -> Seen<'_> {
        match field {
            Field::Direction => Seen::Known(0),
            Field::OriginalAddress(End::Source) | Field::ReplyAddress(End::Destination) => {
                known(world.to.address)
            }
            Field::OriginalAddress(End::Destination) | Field::ReplyAddress(End::Source) => {
                Seen::Client
            }
            Field::OriginalPort(End::Source) | Field::ReplyPort(End::Destination) => {
                known(world.to.port.map(u128::from))
            }
            Field::OriginalPort(End::Destination) | Field::ReplyPort(End::Source) => {
                Seen::Among(Numbers::of(1024, 65535))
            }
            Field::ConnectionMark => known(world.connection_mark.map(u128::from)),
            _ => Seen::Unknown,
        }
    }

    /// Whether a translation leads to another place than was asked: to where it leads already, the kernel
    /// binds it and changes nothing. `None`: not to be told.
    pub(super) fn is_elsewhere(&self, world: &World) -> Option<bool> {
        if !world.translated {
            return Some(false);
        }
        let known = match (world.to.address, self.asked_address) {
            (Some(to), Some(asked)) => Some(to != asked),
            _ => None,
        };
        match (known, world.to.port) {
            (Some(true), _) => Some(true),
            (_, Some(port)) if port != self.asked_port => Some(true),
            (Some(false), Some(_)) => Some(false),
            _ => None,
        }
    }

    /// That it was translated is known; whether it is confirmed, answered or assured changes on the way,
    /// and what is done of a translation is a matter of where the kernel stands.
    fn status(&self, world: &World) -> Seen<'_> {
        let elsewhere = if world.from_elsewhere { 16 } else { 0 };
        let mut found = match self.is_elsewhere(world) {
            Some(true) => vec![elsewhere | 32],
            Some(false) => vec![elsewhere],
            None => vec![elsewhere, elsewhere | 32],
        };
        let open: &[u128] = if self.first { &[128, 256] } else { &[2, 4, 8, 128, 256] };
        for bit in open {
            found.extend(found.clone().into_iter().map(|status| status | bit));
        }
        Seen::Among(found.into_iter().map(|status| (status, status)).collect())
    }
}

fn known<'a>(number: Option<u128>) -> Seen<'a> {
    number.map_or(Seen::Unknown, Seen::Known)
}

fn name(name: Option<&str>) -> Seen<'_> {
    name.map_or(Seen::NameUnknown, |name| Seen::Name(Cow::Borrowed(name)))
}
