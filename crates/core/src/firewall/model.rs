//! A packet filter's rules in one language, whoever wrote them: nft, iptables over either back end.
//!
//! The readers translate into this; only the evaluation knows what it means. Nothing is left out in
//! silence: what a reader does not understand becomes a part that is [`Part::Unknown`], which the
//! evaluation takes as "could be either". Numbers are as the kernel compares them: a port, a mark, an
//! address of the rule's family, a bit mask of states.

use std::collections::BTreeMap;

use super::addresses::{Family, Numbers};

/// All rules of one host, as far as they were told.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ruleset {
    /// In the order in which they were registered, as far as it is known: the later one stands later.
    pub tables: Vec<Table>,
    /// The sets of `ipset`, by name.
    pub ipsets: BTreeMap<String, Set>,
    /// What could not be read: which input, and a sentence without its end. A host with troubles may
    /// be ruled on only as far as they do not matter.
    pub troubles: Vec<Trouble>,
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The name of the input: `nft.json`.
    pub input: String,
    /// `line 7 is no rule: …`; a sentence without its end.
    pub why: String,
    /// Whether rules may be missing from what was read, so that no ruling is certain.
    pub rules_missing: bool,
}

/// Who holds a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Backend {
    /// `nft`, and everybody who speaks its language.
    Nft,
    /// `iptables` over nft: `nft` shows it, `iptables-save` shows it whole.
    IptablesNft,
    /// `iptables-legacy`: `nft` does not show it.
    IptablesLegacy,
}

/// Which packets a table sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TableFamily {
    /// IPv4.
    Ip,
    /// IPv6.
    Ip6,
    /// Both.
    Inet,
    /// Everything on a device.
    Netdev,
    /// What a bridge passes on.
    Bridge,
    /// Address resolution.
    Arp,
}

/// Yes, no, or not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tri {
    /// Yes.
    Yes,
    /// No.
    No,
    /// Not known.
    Unknown,
}

/// A table.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Who holds it.
    pub backend: Backend,
    /// Which packets it sees.
    pub family: TableFamily,
    /// Its name.
    pub name: String,
    /// Whether it is switched off.
    pub dormant: Tri,
    /// Its chains, in the order of the listing.
    pub chains: Vec<Chain>,
    /// Its named sets and maps; an unnamed one stands in its rule.
    pub sets: BTreeMap<String, Set>,
}

/// A chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Chain {
    /// Its name.
    pub name: String,
    /// Where it hangs; `None`: it is only jumped to.
    pub base: Option<Base>,
    /// In order.
    pub rules: Vec<Rule>,
}

/// Where a base chain hangs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// What it is for.
    pub kind: BaseKind,
    /// At which point of a packet's way.
    pub hook: Hook,
    /// Lower runs earlier; `filter` is 0.
    pub priority: i32,
    /// What happens at its end.
    pub policy: Policy,
    /// Of a chain at ingress or egress: its devices; empty: they are not known.
    pub devices: Vec<String>,
}

/// What a base chain is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BaseKind {
    /// Any.
    Filter,
    /// Sees only the first packet of a connection.
    Nat,
    /// At output: a changed mark chooses the route anew.
    Route,
}

/// Points of a packet's way, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hook {
    /// Before everything.
    Ingress,
    /// Before the route is chosen.
    Prerouting,
    /// To this host.
    Input,
    /// Through this host.
    Forward,
    /// From this host.
    Output,
    /// After the route is chosen.
    Postrouting,
    /// Behind everything.
    Egress,
}

/// The end of a base chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Goes on.
    Accept,
    /// Ends.
    Drop,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rule {
    /// nft's handle.
    pub handle: Option<u64>,
    /// Its place in its chain, from 1.
    pub number: usize,
    /// As its own tool writes it, in one line; sets by name, long unnamed ones shortened.
    pub text: String,
    /// What its author said of it (`comment "…"`, `--comment`).
    pub comment: Option<String>,
    /// What it asks and does, in its order. A part that does not hold ends the rule. What has no effect
    /// on the packet (counters, logs, quotas of zero) is left out.
    pub parts: Vec<Part>,
}

/// A part of a rule.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// Goes on where it holds.
    Match(Match),
    /// Goes on where one of these holds; within one, all must hold. `negated`: where none does.
    AnyOf {
        /// The alternatives.
        of: Vec<Vec<Match>>,
        /// Turned round.
        negated: bool,
    },
    /// Passes up to a rate, a number, a sum (`limit`, `connlimit`, `ct count`, `quota`, meters, ufw's
    /// `limit`); `over`: passes only above it.
    Limit {
        /// Holds only above the limit.
        over: bool,
    },
    /// Goes on or not, and nobody can tell: `geoip`, `bpf`, `recent`, `time`, `owner` of a socket.
    Perhaps {
        /// `match geoip`, for people.
        what: String,
    },
    /// Changes the packet's mark, or its connection's.
    Mark(SetMark),
    /// The connection is not tracked.
    NoTrack,
    /// Changes where the packet goes, or where it comes from; ends the chain where it is bound.
    Nat(Nat),
    /// Ends the rule.
    Verdict(Verdict),
    /// A verdict map: the verdict of the element that the key is in; none: goes on behind the rule's part.
    VerdictMap {
        /// What is looked up.
        key: Vec<Term>,
        /// The map.
        map: Lookup,
    },
    /// Puts the packet's own addresses into a set (`add @seen { ip saddr }`, `-j SET`).
    Adds {
        /// The set, by name.
        set: String,
        /// An `ipset`, not one of the table's own.
        ipset: bool,
    },
    /// Whatever this does, it could end in any way.
    Unknown {
        /// `tproxy`, for people.
        what: String,
    },
}

/// A question to a packet.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// What is looked at; more than one: a concatenation, looked up whole.
    pub key: Vec<Term>,
    /// Turned round. A packet that has no such field holds neither way.
    pub negated: bool,
    /// What it is compared with.
    pub with: With,
}

/// A field and what is done to its value before it is compared, first things first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The field.
    pub field: Field,
    /// In order.
    pub ops: Vec<Op>,
}

/// A step of arithmetic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// Bitwise and.
    And(u128),
    /// Bitwise or.
    Or(u128),
    /// Bitwise exclusive or.
    Xor(u128),
    /// To the left by so many bits.
    Left(u32),
    /// To the right by so many bits.
    Right(u32),
}

/// Which end of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// Where it comes from.
    Source,
    /// Where it goes.
    Destination,
}

/// What is looked at. The value is a number unless it says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// An address of this family (`ip saddr`, `ip6 daddr`, `-s`); a packet of the other family has none.
    Address(FamilyOf, End),
    /// A port; of one protocol only (`tcp dport`: 6), or of any that has ports (`th dport`: `None`).
    Port(Option<u8>, End),
    /// `meta l4proto`, `ip protocol`, `ip6 nexthdr`, `-p`; with a family where only that one has it.
    Protocol(Option<FamilyOf>),
    /// `meta nfproto`: 2 is IPv4, 10 is IPv6.
    Nfproto,
    /// `meta protocol`, `ether type`: 0x0800 is IPv4, 0x86dd is IPv6.
    EtherType,
    /// The name of the interface that it came in by: text.
    InName,
    /// The name of the interface that it goes out by: text.
    OutName,
    /// `meta mark`, `-m mark`.
    Mark,
    /// `ct mark`, `-m connmark`.
    ConnectionMark,
    /// `ct state`: bits 1 invalid, 2 established, 4 related, 8 new, 64 untracked.
    State,
    /// `ct status`: the kernel's bits (1 expected, 2 seen-reply, 4 assured, 8 confirmed, 16 snat, 32 dnat).
    Status,
    /// `ct direction`: 0 original, 1 reply.
    Direction,
    /// `ct original saddr` and the like; the connection's first packet before any translation.
    OriginalAddress(End),
    /// `ct original proto-dst` and the like.
    OriginalPort(End),
    /// `ct reply saddr` and the like.
    ReplyAddress(End),
    /// `ct reply proto-dst` and the like.
    ReplyPort(End),
    /// `tcp flags`: fin 1, syn 2, rst 4, psh 8, ack 16, urg 32, ecn 64, cwr 128.
    TcpFlags,
    /// `meta pkttype`: host 0, broadcast 1, multicast 2, other 3.
    PacketType,
    /// `fib saddr type` / `fib daddr type`, `-m addrtype`: the kernel's RTN_ number (unspec 0, unicast 1,
    /// local 2, broadcast 3, anycast 4, multicast 5, blackhole 6, unreachable 7, prohibit 8). `by_interface`:
    /// limited to the interface that it came in by (`. iif`, `--limit-iface-in`).
    AddressType {
        /// Which.
        end: End,
        /// Limited to the interface.
        by_interface: bool,
    },
    /// Whether there is a route back to the source: 1, else 0 (`fib saddr . iif oif exists`, `-m rpfilter`).
    /// `by_interface`: by the interface that it came in by; `mark`: with the packet's mark.
    WayBack {
        /// By the interface that it came in by.
        by_interface: bool,
        /// With the packet's mark.
        mark: bool,
    },
    /// ICMP's type of the family; a TCP packet has none.
    IcmpType(FamilyOf),
    /// `meta length`, `ip length`.
    Length,
    /// `ip ttl`, `ip6 hoplimit`.
    HopsLeft,
    /// `ip dscp`, `-m dscp`: the six bits.
    Dscp,
    /// `ct helper`, `ct zone`, the socket's owner, the time, a label: known to nobody here, by their name.
    Other(String),
}

/// As [`Family`], ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FamilyOf {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl From<FamilyOf> for Family {
    fn from(of: FamilyOf) -> Family {
        match of {
            FamilyOf::V4 => Family::V4,
            FamilyOf::V6 => Family::V6,
        }
    }
}

/// What a value is compared with.
#[derive(Debug, Clone, PartialEq)]
pub enum With {
    /// One of these numbers.
    Numbers(Numbers),
    /// Any of these bits is set (`ct state new,established`, `tcp flags syn`).
    AnyBit(u128),
    /// One of these names; a `*` at the end stands for any rest.
    Names(Vec<String>),
    /// An element of a set.
    Set(Lookup),
}

/// Where an element is looked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Lookup {
    /// In a set or map of the same table.
    Named(String),
    /// In an `ipset`.
    Ipset(String),
    /// Here.
    Here(Box<Set>),
}

/// A set or a map.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Set {
    /// Whether all elements were told; `false` (too big to list): nothing is known of it.
    pub complete: bool,
    /// Whether each element bears a limit (a meter): found means found and over it.
    pub limited: bool,
    /// What is in it.
    pub elements: Elements,
}

/// The elements of a set.
#[derive(Debug, Clone, PartialEq)]
pub enum Elements {
    /// Of one component, without data: numbers.
    Numbers(Numbers),
    /// Of one component whose family the elements themselves tell (ipsets of one family have the other
    /// one empty).
    Addresses {
        /// IPv4.
        v4: Numbers,
        /// IPv6.
        v6: Numbers,
    },
    /// Everything else: several components, names, data. The first that holds counts.
    Many(Vec<Element>),
}

impl Default for Elements {
    fn default() -> Elements {
        Elements::Many(Vec::new())
    }
}

/// An element with several components, or with data.
#[derive(Debug, Clone, PartialEq)]
pub struct Element {
    /// One for each term of the key.
    pub key: Vec<Item>,
    /// `nomatch`: what it holds is not in the set. It stands before what it takes away from.
    pub except: bool,
    /// What a map gives.
    pub data: Option<Data>,
}

/// One component of an element.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// One of these.
    Numbers(Numbers),
    /// This name; a `*` at the end stands for any rest.
    Name(String),
    /// Any (a map's `*`).
    Any,
    /// Not understood, with its text.
    Unknown(String),
}

/// What a map gives.
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    /// A verdict.
    Verdict(Verdict),
    /// A number: a mark, an address.
    Number(u128),
    /// An address and a port.
    Place(u128, u16),
    /// Not understood, with its text.
    Unknown(String),
}

/// Changes a mark.
#[derive(Debug, Clone, PartialEq)]
pub struct SetMark {
    /// The connection's; else the packet's.
    pub of_connection: bool,
    /// To what.
    pub to: Value,
}

/// A number that a rule works out.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// This one.
    Number(u128),
    /// What a field holds, after some arithmetic (`meta mark set meta mark & 0xff | 1`).
    Of(Term),
    /// What two fields hold, joined by exclusive or (`--restore-mark` under a mask).
    Both(Term, Term),
    /// What a map gives for a key; the rule ends where it gives nothing.
    Map {
        /// What is looked up.
        key: Vec<Term>,
        /// The map.
        map: Lookup,
    },
    /// Not to be told: `numgen`, `jhash`; with its text.
    Unknown(String),
}

/// A translation of addresses.
#[derive(Debug, Clone, PartialEq)]
pub enum Nat {
    /// To another address, another port, or both.
    Destination {
        /// The address; `None`: stays.
        address: Option<NatTo>,
        /// The port; `None`: stays.
        port: Option<NatTo>,
    },
    /// To this host, by the address of the interface; the port, where it changes.
    Redirect {
        /// `None`: stays.
        port: Option<NatTo>,
    },
    /// From another address: of no matter for where it goes.
    Source,
    /// A map of places (`dnat to ip daddr . tcp dport map @m`).
    Map {
        /// What is looked up.
        key: Vec<Term>,
        /// The map.
        map: Lookup,
    },
}

/// Where a translation leads.
#[derive(Debug, Clone, PartialEq)]
pub enum NatTo {
    /// One of these (a range); one number where it is certain.
    OneOf(Numbers),
    /// What a map or field gives.
    Value(Value),
}

/// How a rule ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The packet is through with this base chain.
    Accept,
    /// It is gone.
    Drop,
    /// It is gone, and its sender is told.
    Reject(How),
    /// Back to where the chain was jumped from; in a base chain, its policy.
    Return,
    /// On in another chain, and back here after it.
    Jump(String),
    /// On in another chain, and not back here.
    Goto(String),
    /// With the next rule.
    Continue,
    /// To a program. `bypass`: accepted where none listens.
    Queue {
        /// The queues, by number.
        numbers: Numbers,
        /// Accepted where none listens.
        bypass: bool,
    },
    /// The kernel answers the first packet itself, in the server's place, and hands the connection on.
    SynProxy,
}

/// How a sender is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum How {
    /// With a TCP reset.
    Reset,
    /// With an ICMP message: port unreachable.
    PortUnreachable,
    /// With any other ICMP message: host or net unreachable, prohibited.
    Unreachable,
}

impl Table {
    /// A chain by its name.
    #[must_use]
    pub fn chain(&self, name: &str) -> Option<usize> {
        self.chains.iter().position(|chain| chain.name == name)
    }
}

impl TableFamily {
    /// As nft writes it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            TableFamily::Ip => "ip",
            TableFamily::Ip6 => "ip6",
            TableFamily::Inet => "inet",
            TableFamily::Netdev => "netdev",
            TableFamily::Bridge => "bridge",
            TableFamily::Arp => "arp",
        }
    }

    /// Whether packets of a family pass through it.
    #[must_use]
    pub fn sees(self, family: Family) -> bool {
        match self {
            TableFamily::Ip => family == Family::V4,
            TableFamily::Ip6 => family == Family::V6,
            TableFamily::Inet | TableFamily::Netdev => true,
            TableFamily::Bridge | TableFamily::Arp => false,
        }
    }
}

impl Term {
    /// A field as it is.
    #[must_use]
    pub fn of(field: Field) -> Term {
        Term { field, ops: Vec::new() }
    }
}

impl Match {
    /// One field among numbers.
    #[must_use]
    pub fn numbers(field: Field, numbers: Numbers) -> Match {
        Match { key: vec![Term::of(field)], negated: false, with: With::Numbers(numbers) }
    }
}
