//! What becomes of connections from each address, and which rule decides it.

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

use super::addresses::{Family, Numbers};
use super::model::{Backend, Hook, How, TableFamily};

/// What was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Which sources, by range: each is ruled on alone.
    pub ranges: Vec<IpNet>,
    /// Which ports of this host.
    pub ports: Vec<u16>,
    /// The host's address; `None`: the one that its routes suggest.
    pub to: Option<IpAddr>,
    /// The interface; `None`: the one that the routes suggest.
    pub interface: Option<String>,
}

/// All rulings of one host.
#[derive(Debug, Clone, PartialEq)]
pub struct Rulings {
    /// In the order asked: ranges within ports.
    pub rulings: Vec<Ruling>,
    /// The interface and address of each family that were taken for where connections arrive.
    pub doors: Vec<(Family, super::surroundings::Door)>,
    /// What was taken for granted, or not told and would matter: a sentence each.
    pub assumed: Vec<String>,
    /// What could not be read, and may matter.
    pub troubles: Vec<super::model::Trouble>,
    /// Per port and family asked about: whether somebody listens on a door's address; `None`: not told.
    pub listens: Vec<(Family, u16, Option<bool>)>,
}

/// What becomes of one range at one port.
#[derive(Debug, Clone, PartialEq)]
pub struct Ruling {
    /// The range.
    pub range: IpNet,
    /// The port.
    pub port: u16,
    /// The range exactly, without overlap, lowest first.
    pub pieces: Vec<Piece>,
}

/// A part of a range that fares alike by the same rules.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// Its addresses.
    pub prefix: IpNet,
    /// How it fares.
    pub outcome: Outcome,
    /// Who decides. Of an unknown piece: every rule that cannot be told. Accepted with nothing in the way:
    /// empty. Hundreds of thousands of pieces may share one.
    pub by: Arc<[Decider]>,
}

/// How connections fare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// They are accepted, answered, and go on.
    Accepted,
    /// Gone in silence, at this step.
    Dropped(Step),
    /// Refused, and the sender is told.
    Rejected(How),
    /// As long as it is below a limit: accepted; above it, not.
    Limited,
    /// It cannot be told.
    Unknown,
}

/// Which packet of a connection a rule sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// The first, from the client.
    First,
    /// This host's answer.
    Reply,
    /// What the client sends after it.
    Later,
    /// This host's refusal.
    Refusal,
}

/// Who decides.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decider {
    /// A rule.
    Rule(RuleAt),
    /// The policy of a base chain.
    Policy(ChainAt),
    /// A route, a routing rule, or the lack of one: as `ip` writes it.
    Route(String),
    /// The check of sources (`rp_filter`) on an interface.
    SourceCheck(String),
    /// Nobody listens where a translation leads.
    Nobody {
        /// The address.
        address: IpAddr,
        /// The port.
        port: u16,
        /// The rule that leads there.
        led_by: Option<RuleAt>,
    },
    /// A queue that no program reads, by the rule that leads there.
    Queue(RuleAt),
    /// What IPv6 needs to find its neighbours is kept out by this, so nothing gets through.
    Neighbours(Box<Decider>),
    /// Something was not told: a sentence without its end.
    Untold(String),
}

/// A chain's place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChainAt {
    /// Who holds it.
    pub backend: Backend,
    /// `inet`
    pub family: TableFamily,
    /// `filter`
    pub table: String,
    /// `INPUT`
    pub chain: String,
    /// The hook of the base chain that it was entered from.
    pub hook: Hook,
}

/// A rule's place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleAt {
    /// Its chain.
    pub at: ChainAt,
    /// Its place in the chain, from 1.
    pub number: usize,
    /// nft's handle.
    pub handle: Option<u64>,
    /// As its tool writes it.
    pub text: String,
    /// The named set whose element decided, if one did.
    pub set: Option<String>,
}

/// One packet's walk, step by step: of a connection from one address to one port.
#[derive(Debug, Clone, PartialEq)]
pub struct Walk {
    /// From.
    pub from: IpAddr,
    /// To.
    pub to: Option<IpAddr>,
    /// The port.
    pub port: u16,
    /// In order.
    pub steps: Vec<Walked>,
    /// How it ends.
    pub outcome: Outcome,
    /// Who decides.
    pub by: Vec<Decider>,
}

/// A step of a walk.
#[derive(Debug, Clone, PartialEq)]
pub struct Walked {
    /// Which packet.
    pub packet: Step,
    /// What stands there.
    pub at: Decider,
    /// What it does with the packet, for people: `holds: drop`, `does not hold`, `cannot be told`.
    pub does: Does,
    /// What changed: `now to 172.17.0.2:8080`, `marked 0x1`; empty: nothing.
    pub change: String,
}

/// What a rule does with a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Does {
    /// Lets it through its base chain.
    Accepts,
    /// Ends it.
    Drops,
    /// Ends it and tells the sender.
    Rejects,
    /// Sends it into another chain, or back.
    Leads,
    /// Changes it, and it goes on.
    Changes,
    /// Holds or not: it cannot be told.
    Perhaps,
    /// Holds below a limit, or above it.
    Limits,
    /// Chooses the way.
    Routes,
}

impl Rulings {
    /// Whether somebody listens on a port over any family; `None`: not told.
    #[must_use]
    pub fn somebody_listens(&self, port: u16) -> Option<bool> {
        let mut here = self.listens.iter().filter(|(_, at, _)| *at == port);
        let told = here.clone().filter_map(|(_, _, somebody)| *somebody).max();
        // Not told of one family, it may be there that somebody does.
        if here.any(|(_, _, somebody)| somebody.is_none()) && told != Some(true) {
            return None;
        }
        told
    }
}

impl Ruling {
    /// How the whole range fares; `None`: its parts fare unlike each other.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        let first = self.pieces.first()?.outcome;
        self.pieces.iter().all(|piece| piece.outcome == first).then_some(first)
    }

    /// The addresses that fare like this.
    #[must_use]
    pub fn addresses(&self, fares: impl Fn(Outcome) -> bool) -> Numbers {
        let family = Family::of(self.range.addr());
        let like = self.pieces.iter().filter(|piece| fares(piece.outcome));
        Numbers::from_prefixes(family, like.map(|piece| &piece.prefix))
    }

    /// Which share of the range is accepted for certain or below a limit, 0 to 1.
    #[must_use]
    pub fn share_accepted(&self) -> f64 {
        let accepted =
            self.addresses(|outcome| matches!(outcome, Outcome::Accepted | Outcome::Limited));
        let (low, high) = super::addresses::interval(&self.range);
        accepted.count() / ((high - low) as f64 + 1.0)
    }
}

impl Outcome {
    /// The word of the JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Accepted => "accepted",
            Outcome::Dropped(_) => "dropped",
            Outcome::Rejected(_) => "rejected",
            Outcome::Limited => "limited",
            Outcome::Unknown => "unknown",
        }
    }
}
