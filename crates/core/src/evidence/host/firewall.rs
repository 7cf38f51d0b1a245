//! What this machine's packet filter does with connections from Cloudflare's addresses, port by port.
//!
//! What is accepted is only counted; what is not is told in groups: addresses that fare alike for the
//! same kind of reason, with the rules that decide. Lists are cut to a bounded length and say how many
//! there were.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// The packet filter and the routes, as they were evaluated.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirewallSeen {
    /// Who manages it: `ufw`, `firewalld`, `nftables`; `None`: there is no rule, or nobody's mark.
    pub manager: Option<String>,
    /// Where connections were taken to arrive.
    pub doors: Vec<FirewallDoor>,
    /// One for each port and family, IPv4 before IPv6 within a port.
    pub passages: Vec<Passage>,
    /// What was taken for granted: sentences.
    pub assumed: Vec<String>,
    /// What could not be read and may matter: `nft.json: line 7 is no rule`.
    pub troubles: Vec<String>,
    /// Whether rules may be missing from what was read, so that nothing here is certain.
    pub rules_missing: bool,
}

/// Where connections of a family arrive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirewallDoor {
    /// IPv6; else IPv4.
    pub ipv6: bool,
    /// The interface; `None`: not known.
    pub interface: Option<String>,
    /// The address on it; `None`: not known.
    pub address: Option<IpAddr>,
}

/// One port in one family.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passage {
    /// The port.
    pub port: u16,
    /// IPv6; else IPv4.
    pub ipv6: bool,
    /// Whether somebody listens there on the door's address; `None`: not known.
    pub listens: Option<bool>,
    /// How many of Cloudflare's ranges were asked about.
    pub ranges: usize,
    /// How many of them are accepted whole, below a limit or without one.
    pub accepted: usize,
    /// Those that are not, or not surely; the most addresses first.
    pub groups: Vec<NotAccepted>,
}

/// Addresses that are not accepted, for one kind of reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotAccepted {
    /// How they fare.
    pub fares: Fares,
    /// Which packet of a connection ends, where one ends in silence.
    pub ends: Option<Ends>,
    /// Of a refusal: how the sender is told: `tcp-reset`, `port-unreachable`, `unreachable`.
    pub refusal: Option<String>,
    /// The addresses, lowest first: at most [`NotAccepted::MOST`] prefixes.
    pub prefixes: Vec<IpNet>,
    /// How many prefixes there are.
    pub count: usize,
    /// Cloudflare's ranges that are in it whole.
    pub whole: Vec<IpNet>,
    /// Those that are in it in part.
    pub part: Vec<IpNet>,
    /// How many addresses; the highest number where there are more.
    pub addresses: u64,
    /// Their share of Cloudflare's addresses of the family, in millionths, rounded up.
    pub share: u32,
    /// Whether these are single addresses, far apart: stretches of fewer than 256 (of IPv6: of
    /// networks of 64 bits).
    pub single: bool,
    /// Who decides: at most [`NotAccepted::MOST_DECIDERS`].
    pub by: Vec<DecidedBy>,
    /// How many decide.
    pub deciders: usize,
    /// What is wrong with the rules, where that can be told.
    pub flaw: Option<Flaw>,
}

impl NotAccepted {
    /// More prefixes are not told.
    pub const MOST: usize = 24;
    /// More deciders are not told.
    pub const MOST_DECIDERS: usize = 5;
}

/// How addresses fare that are not surely accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fares {
    /// Gone in silence.
    Dropped,
    /// Refused, and told so.
    Rejected,
    /// Accepted below a limit only.
    Limited,
    /// It cannot be told.
    Unknown,
}

impl Fares {
    /// `dropped`
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Fares::Dropped => "dropped",
            Fares::Rejected => "rejected",
            Fares::Limited => "limited",
            Fares::Unknown => "unknown",
        }
    }
}

/// Which packet of a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ends {
    /// The first one that comes in.
    First,
    /// This machine's answer.
    Reply,
    /// What comes in after it.
    Later,
    /// This machine's refusal.
    Refusal,
}

/// What is wrong with the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flaw {
    /// A rule names these addresses.
    Named,
    /// Other ranges are let in here, and these are not on the list.
    NotOnList,
    /// A rule that accepts them stands behind the one that decides.
    BeforeAccept,
    /// Ranges are let in at another port, and at this one none is.
    PortForgotten,
    /// Ranges of the other family are let in at this port, and of this family none is.
    FamilyForgotten,
    /// No range is let in at all.
    Everything,
}

impl Flaw {
    /// The word of the JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Flaw::Named => "named",
            Flaw::NotOnList => "not-on-list",
            Flaw::BeforeAccept => "before-accept",
            Flaw::PortForgotten => "port-forgotten",
            Flaw::FamilyForgotten => "family-forgotten",
            Flaw::Everything => "everything",
        }
    }
}

/// Who decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecidedBy {
    /// What kind of thing it is.
    pub kind: DeciderKind,
    /// Whose it is: `fail2ban`; `None`: nobody's mark.
    pub owner: Option<String>,
    /// The chain, of a rule or a policy.
    pub chain: Option<ChainSeen>,
    /// The rule's place in its chain, from 1.
    pub number: Option<usize>,
    /// nft's handle.
    pub handle: Option<u64>,
    /// The rule, the route, or the reason, as its tool writes it; at most 300 characters.
    pub text: String,
    /// The named set whose element decides.
    pub set: Option<String>,
    /// What the rule's author said of it.
    pub comment: Option<String>,
}

/// What kind of thing decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeciderKind {
    /// A rule.
    Rule,
    /// The end of a base chain.
    Policy,
    /// A route, a routing rule, or the lack of one.
    Route,
    /// The check of sources (`rp_filter`).
    SourceCheck,
    /// Nobody listens where a translation leads.
    Nobody,
    /// A queue that no program reads.
    Queue,
    /// What IPv6 needs to find its neighbours is kept out.
    Neighbours,
    /// Something was not told.
    Untold,
}

/// A chain's place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainSeen {
    /// `nft`, `iptables-nft`, `iptables-legacy`
    pub backend: String,
    /// `inet`
    pub family: String,
    /// `filter`
    pub table: String,
    /// `INPUT`
    pub chain: String,
    /// Where it was entered from: `input`.
    pub hook: String,
}

impl FirewallSeen {
    /// The passage of a port in a family.
    #[must_use]
    pub fn passage(&self, port: u16, ipv6: bool) -> Option<&Passage> {
        self.passages.iter().find(|one| one.port == port && one.ipv6 == ipv6)
    }

    /// Whether every range of each family that was asked about is surely let in at a port, whoever listens there.
    #[must_use]
    pub fn lets_in(&self, port: u16) -> bool {
        let of_port = || self.passages.iter().filter(|one| one.port == port);
        of_port().next().is_some() && !self.rules_missing && of_port().all(Passage::lets_in)
    }
}

impl Passage {
    /// The groups that are surely kept out.
    pub fn kept_out(&self) -> impl Iterator<Item = &NotAccepted> {
        self.groups.iter().filter(|group| group.is_kept_out())
    }

    fn lets_in(&self) -> bool {
        let none_listens = |group: &NotAccepted| group.is_by(DeciderKind::Nobody);
        let passes = |group: &NotAccepted| group.fares == Fares::Limited || none_listens(group);
        self.ranges > 0 && self.groups.iter().all(passes)
    }

    /// Whether every range is surely accepted.
    #[must_use]
    pub fn is_open(&self) -> bool {
        let harmless = |group: &NotAccepted| group.fares == Fares::Limited;
        self.ranges > 0 && self.groups.iter().all(harmless)
    }
}

impl NotAccepted {
    /// Whether these are surely kept out, whatever listens.
    #[must_use]
    pub fn is_kept_out(&self) -> bool {
        matches!(self.fares, Fares::Dropped | Fares::Rejected)
            && self.by.first().is_none_or(|by| by.kind != DeciderKind::Nobody)
    }

    /// Whether one of those who decide is of a kind.
    #[must_use]
    pub fn is_by(&self, kind: DeciderKind) -> bool {
        self.by.iter().any(|by| by.kind == kind)
    }
}
