//! What was seen, and nothing else: readings, each with who was asked, when, and the answer.
//!
//! There is one file per family of answers. A refusal is an answer like any other; not having
//! asked is not. Nothing in here is an opinion: those are in `causes/`. Evidence is append-only and
//! free of secrets, so it can be saved as a case and judged again elsewhere.

pub mod account;
pub mod chain;
pub mod dns;
pub mod edge;
pub mod host;
pub mod http;
pub mod tcp;
pub mod tls;

use std::fmt;
use std::net::SocketAddr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::account::{AccountAnswer, AccountQuestion};
pub use self::dns::{DnsAnswer, Record};
pub use self::edge::{EdgePage, PageForm, Trace, VisitAnswer};
pub use self::host::{HostAnswer, HostQuestion};
pub use self::http::{HttpAnswer, Reply, ReplyFault};
pub use self::tcp::TcpAnswer;
pub use self::tls::{Greeting, Offer, TlsAnswer};
use crate::hop::Hop;
use crate::target::{Road, Site, Target};

/// What a sentence cites: `r7`. Numbered from 1 in the order of the evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ReadingId(pub u32);

impl fmt::Display for ReadingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "r{}", self.0)
    }
}

impl From<ReadingId> for String {
    fn from(id: ReadingId) -> String {
        id.to_string()
    }
}

impl TryFrom<String> for ReadingId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.strip_prefix('r')
            .and_then(|number| number.parse().ok())
            .map(ReadingId)
            .ok_or_else(|| format!("`{text}` is no reading; r1, r2 … are"))
    }
}

/// How a question ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Answer<T> {
    /// The world answered; silence and refusal are answers.
    Got(T),
    /// An earlier station was in the way; another reading says how.
    Unreached {
        /// The station where it ended.
        at: Hop,
    },
    /// We did not ask.
    NotAsked {
        /// Why not.
        why: WhyNot,
    },
}

/// Why a question was not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhyNot {
    /// The user gave the answer (`--connect`).
    Given,
    /// No address of the origin is known.
    NoOrigin,
    /// No address of the name is known.
    NoAddress,
    /// This machine has no road to that address family.
    NoRoadHere,
    /// The deadline for the whole sitting came first.
    OutOfTime,
    /// Only root may ask.
    NeedsRoot,
    /// The Cloudflare account refused an earlier question in a way that holds for all: the token opens
    /// nothing, no more questions are taken, or nobody answers.
    AccountRefused,
    /// The account has no zone for the site, or none that the token may see.
    NoZone,
}

/// What a question saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "saw", rename_all = "lowercase")]
pub enum Seen {
    /// A name lookup.
    Dns(DnsAnswer),
    /// A visit through the edge.
    Visit(VisitAnswer),
    /// The edge's own `/cdn-cgi/trace`.
    Trace(Trace),
    /// A connection to the origin.
    Tcp(TcpAnswer),
    /// A handshake with the origin.
    Tls(TlsAnswer),
    /// A request to the origin.
    Http(HttpAnswer),
    /// A question to the Cloudflare account.
    Account(AccountAnswer),
    /// A look into this machine.
    Host(HostAnswer),
}

/// What was asked, with everything that tells two questions apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "lowercase")]
pub enum Question {
    /// Which addresses a name has.
    Resolve {
        /// The name.
        name: String,
        /// A or AAAA; CNAMEs on the way are part of the answer.
        record: Record,
    },
    /// The site, as a visitor asks for it, through whatever the name leads to.
    Visit {
        /// With query values taken out.
        site: Site,
        /// The address that was connected to.
        to: SocketAddr,
        /// Which form of error page was asked for.
        accept: Accept,
        /// Counted from 1 over the whole sitting, the asked scheme first; each on a connection of
        /// its own. The legs of a chain of redirects share it.
        sample: u32,
        /// 0 for the site itself, then one more for each redirect followed.
        leg: u32,
    },
    /// `/cdn-cgi/trace` of the site.
    Trace {
        /// The address that was connected to.
        to: SocketAddr,
    },
    /// A connection to the origin.
    Connect {
        /// Address and port.
        to: SocketAddr,
    },
    /// A handshake with the origin.
    Greet {
        /// Address and port.
        to: SocketAddr,
        /// The name in the hello (SNI); none: the hello carries no name.
        name: Option<String>,
        /// What the hello offers.
        offer: Offer,
    },
    /// A request to the origin, with the site's name in `Host` and in the hello.
    Request {
        /// Address, port and scheme.
        road: Road,
        /// With query values taken out.
        path: String,
        /// Whether it carries the headers that the edge adds.
        dressed: bool,
        /// Whether it was asked under the names that a rule of the zone sets, instead of the site's.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        renamed: bool,
    },
    /// A question to the Cloudflare account.
    Account(AccountQuestion),
    /// A look into this machine, which is the origin.
    Host(HostQuestion),
}

/// Which form of error page a visit asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Accept {
    /// As a browser does (`text/html`).
    Html,
    /// `application/problem+json`.
    Problem,
}

/// One question and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// What sentences cite.
    pub id: ReadingId,
    /// The file name of the probe that asked: `origin_tls`.
    pub probe: String,
    /// The station that was asked.
    pub hop: Hop,
    /// Who was asked, for people: `203.0.113.7:443`, or a name.
    pub peer: String,
    /// When, in UTC, to the millisecond.
    pub at: Timestamp,
    /// How long the answer took.
    pub took_ms: u64,
    /// What was asked.
    pub question: Question,
    /// How it ended.
    pub answer: Answer<Seen>,
}

/// A reading before it has a number: what a probe returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seeing {
    /// The file name of the probe that asked.
    pub probe: &'static str,
    /// When, in UTC.
    pub at: Timestamp,
    /// How long the answer took.
    pub took_ms: u64,
    /// What was asked.
    pub question: Question,
    /// How it ended.
    pub answer: Answer<Seen>,
}

impl Question {
    /// The station that the question is put to.
    #[must_use]
    pub fn hop(&self) -> Hop {
        match self {
            Question::Resolve { .. } => Hop::Dns,
            Question::Visit { .. } | Question::Trace { .. } => Hop::Edge,
            Question::Connect { .. } => Hop::Net,
            Question::Greet { .. } => Hop::Tls,
            Question::Request { .. } => Hop::Http,
            Question::Account(question) => question.hop(),
            Question::Host(question) => question.hop(),
        }
    }

    /// Who is asked, for people.
    #[must_use]
    pub fn peer(&self) -> String {
        match self {
            Question::Resolve { name, .. } => name.clone(),
            Question::Visit { to, .. }
            | Question::Trace { to }
            | Question::Connect { to }
            | Question::Greet { to, .. } => to.to_string(),
            Question::Request { road, .. } => road.to.to_string(),
            Question::Account(_) => "the Cloudflare account".to_owned(),
            Question::Host(question) => question.peer(),
        }
    }

    /// What puts readings in an order that does not depend on who answered first.
    fn rank(&self) -> (Hop, u8, String) {
        let (kind, rest) = match self {
            Question::Resolve { name, record } => (0, format!("{name} {record:?}")),
            Question::Visit { to, sample, leg, .. } => (0, format!("{sample:04} {leg:04} {to}")),
            Question::Trace { to } => (1, to.to_string()),
            Question::Connect { to } => (0, to.to_string()),
            Question::Greet { to, name, offer } => {
                let said = name.as_deref().unwrap_or_default();
                (0, format!("{to} {:?} {} {said}", name.is_none(), *offer as u8))
            }
            Question::Request { road, dressed, path, renamed } => {
                (0, format!("{} {:?} {dressed} {path} {renamed}", road.to, road.scheme))
            }
            // What the account told stands between what was asked from outside and what was seen within.
            Question::Account(question) => {
                let (kind, rest) = question.rank();
                (50 + kind, rest)
            }
            // What was asked from outside stands before what was seen within.
            Question::Host(question) => {
                let (kind, rest) = question.rank();
                (100 + kind, rest)
            }
        };
        (self.hop(), kind, rest)
    }
}

/// Everything that was seen in one sitting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What was asked about.
    pub target: Target,
    /// In the order of the way, not of the clock.
    pub readings: Vec<Reading>,
    /// How long the sitting took.
    pub took_ms: u64,
}

impl Evidence {
    /// Numbers what was seen, in the order of the way; of equal questions, the earlier first.
    #[must_use]
    pub fn new(target: Target, seen: Vec<Seeing>, took_ms: u64) -> Self {
        let readings = seen
            .into_iter()
            .map(|seeing| Reading {
                id: ReadingId(0),
                probe: seeing.probe.to_owned(),
                hop: seeing.question.hop(),
                peer: seeing.question.peer(),
                at: seeing.at,
                took_ms: seeing.took_ms,
                question: seeing.question,
                answer: seeing.answer,
            })
            .collect();
        let target = Target { site: target.site.redacted(), ..target };
        Evidence { target, readings: numbered(readings), took_ms }
    }

    /// The same with what another sitting saw within the origin; what that one saw from there of the
    /// way to it is left out, since it is no visitor's way.
    #[must_use]
    pub fn joined(self, within: Evidence) -> Self {
        let looks = |reading: &Reading| matches!(reading.question, Question::Host(_));
        let mut readings = self.readings;
        readings.retain(|reading| !looks(reading));
        readings.extend(within.readings.into_iter().filter(looks));
        let took_ms = self.took_ms + within.took_ms;
        Evidence { target: self.target, readings: numbered(readings), took_ms }
    }

    /// The reading with this number.
    #[must_use]
    pub fn reading(&self, id: ReadingId) -> Option<&Reading> {
        self.readings.iter().find(|reading| reading.id == id)
    }
}

/// Readings in the order of the way, numbered from 1; of equal questions, the earlier first.
fn numbered(mut readings: Vec<Reading>) -> Vec<Reading> {
    readings.sort_by_key(|reading| (reading.question.rank(), reading.at));
    for (reading, number) in readings.iter_mut().zip(1..) {
        reading.id = ReadingId(number);
    }
    readings
}

impl Reading {
    /// What was seen, where the question was answered.
    #[must_use]
    pub fn seen(&self) -> Option<&Seen> {
        match &self.answer {
            Answer::Got(seen) => Some(seen),
            Answer::Unreached { .. } | Answer::NotAsked { .. } => None,
        }
    }

    /// The handshake's outcome, where this was one that was answered.
    #[must_use]
    pub fn tls(&self) -> Option<&TlsAnswer> {
        match self.seen() {
            Some(Seen::Tls(answer)) => Some(answer),
            _ => None,
        }
    }

    /// The connection's outcome, where this was one.
    #[must_use]
    pub fn tcp(&self) -> Option<&TcpAnswer> {
        match self.seen() {
            Some(Seen::Tcp(answer)) => Some(answer),
            _ => None,
        }
    }

    /// The request's outcome, where this was one that was answered.
    #[must_use]
    pub fn http(&self) -> Option<&HttpAnswer> {
        match self.seen() {
            Some(Seen::Http(answer)) => Some(answer),
            _ => None,
        }
    }

    /// The visit's outcome, where this was one.
    #[must_use]
    pub fn visit(&self) -> Option<&VisitAnswer> {
        match self.seen() {
            Some(Seen::Visit(answer)) => Some(answer),
            _ => None,
        }
    }

    /// What this machine told, where it was asked.
    #[must_use]
    pub fn host(&self) -> Option<(&HostQuestion, &HostAnswer)> {
        match (&self.question, self.seen()) {
            (Question::Host(question), Some(Seen::Host(answer))) => Some((question, answer)),
            _ => None,
        }
    }

    /// The lookup's outcome, where this was one.
    #[must_use]
    pub fn dns(&self) -> Option<&DnsAnswer> {
        match self.seen() {
            Some(Seen::Dns(answer)) => Some(answer),
            _ => None,
        }
    }
}
