//! What was asked of a zone: its settings, its records, and how the doors of each origin answered.

use std::net::IpAddr;

use crate::evidence::{HttpAnswer, Reply, ReplyFault, TcpAnswer, TlsAnswer};
use crate::scene::visits::{asks_for_client_certificate, is_redirect};
use crate::target::{Scheme, Site, SslMode};

use super::pins::Overrides;

/// A zone and everything of it that the mode of the zone governs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoneAsked {
    /// `example.com`.
    pub name: String,
    /// The mode that the zone has now; none: it was not told, or is a word that nobody knows here.
    pub mode: Option<SslMode>,
    /// Whether Cloudflare raises the mode by itself (`ssl_automatic_mode`); none: not told.
    pub automatic: Option<bool>,
    /// Whether nothing of the zone is proxied.
    pub paused: bool,
    /// How the edge treats all hosts of the zone.
    pub habits: Habits,
    /// Rules that speak of single hosts.
    pub overrides: Overrides,
    /// Every proxied record, in the order of their names.
    pub records: Vec<RecordAsked>,
    /// What every door was asked for: the door's scheme and the visitor's.
    pub requests: Vec<(Scheme, Scheme)>,
    /// What could not be read of the account, a sentence each.
    pub unread: Vec<String>,
    /// The most origins that were asked at one time.
    pub at_once: usize,
    /// How long all of it took, in milliseconds.
    pub took_ms: u64,
}

impl ZoneAsked {
    /// A zone of which only the name is known.
    #[must_use]
    pub fn unknown(name: &str) -> ZoneAsked {
        ZoneAsked {
            name: name.to_owned(),
            mode: None,
            automatic: None,
            paused: false,
            habits: Habits::default(),
            overrides: Overrides::default(),
            records: Vec::new(),
            requests: Vec::new(),
            unread: Vec::new(),
            at_once: 0,
            took_ms: 0,
        }
    }
}

/// How the edge treats all hosts of a zone, besides the mode.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Habits {
    /// Whether http visitors are sent to https (Always Use HTTPS); none: not told, taken as no.
    pub always_https: Option<bool>,
    /// Whether origins are shown a certificate (authenticated origin pulls); none: not told.
    pub shows_certificate: Option<bool>,
}

/// A proxied record, and what it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordAsked {
    /// `shop.example.com`, or `*.example.com`.
    pub name: String,
    /// The name it was asked by: the record's own, or one that a star stands for.
    pub host: String,
    /// `A`, `AAAA`, `CNAME`.
    pub kind: String,
    /// The address or name in it.
    pub content: String,
    /// What it leads to.
    pub leads: Leads,
}

/// What a record leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leads {
    /// Origins, asked; never empty.
    Origins(Vec<OriginSeen>),
    /// Somewhere that the mode does not govern.
    Aside(Aside),
    /// A name without an address: the edge answers 1016 in every mode.
    Nowhere,
    /// It is not known.
    Unknown(Doubt),
}

/// Where the mode has no say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aside {
    /// A tunnel: the edge asks its connector.
    Tunnel,
    /// An address that stands for no machine: a Worker or a rule answers.
    Originless,
    /// An address of Cloudflare's own: error 1000 in every mode.
    Prohibited,
}

impl Aside {
    /// A fragment: `leads to …`.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Aside::Tunnel => "a tunnel",
            Aside::Originless => "no origin, a Worker or a rule answers",
            Aside::Prohibited => "Cloudflare's own address, error 1000 in every mode",
        }
    }
}

/// Why an outcome is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Doubt {
    /// Time was up.
    NotAsked,
    /// This machine has no road to the address.
    NoRoadHere,
    /// The origin speaks only TLS that the edge may finish and we cannot.
    OldTls,
    /// It answered nothing for as long as we waited; the edge waits longer.
    Late,
    /// It wants a certificate, and whether the edge shows one is not known.
    Certificate,
    /// A load balancer answers for the host; its pools were not asked.
    Balanced,
    /// The name leads to Cloudflare's own addresses; what is behind them is not seen from here.
    Behind,
    /// The name servers did not answer.
    Unresolved,
    /// A rule leads it elsewhere, in a way that was not followed.
    Rule,
}

impl Doubt {
    /// A fragment that says why.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Doubt::NotAsked => "not asked in time",
            Doubt::NoRoadHere => "this machine has no road to its address",
            Doubt::OldTls => {
                "it speaks only TLS 1.0 or 1.1, or old suites, which was not followed to the end"
            }
            Doubt::Late => "it did not answer in the time that we waited; the edge waits longer",
            Doubt::Certificate => {
                "it wants a certificate of the edge's, and whether it is shown one is not known"
            }
            Doubt::Balanced => "a load balancer answers for it, whose pools were not asked",
            Doubt::Behind => "it leads to Cloudflare's own addresses, behind which nothing is seen",
            Doubt::Unresolved => "the name servers did not say where it leads",
            Doubt::Rule => "an origin rule leads it elsewhere, which was not followed",
        }
    }
}

/// An address of an origin, asked under one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginSeen {
    /// Which.
    pub address: IpAddr,
    /// Where the edge asks in plain http.
    pub plain: DoorSeen,
    /// Where the edge asks with TLS.
    pub tls: DoorSeen,
}

/// How one port of an origin answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoorSeen {
    /// Which.
    pub port: u16,
    /// How the connection ended; none: not asked.
    pub tcp: Option<TcpAnswer>,
    /// Why it was not asked.
    pub doubt: Option<Doubt>,
    /// How the handshake ended, with the name as the edge sends it.
    pub tls: Option<TlsAnswer>,
    /// How a hello with all that the edge offers was answered, where the handshake did not end well.
    pub legacy: Option<TlsAnswer>,
    /// What requests were answered.
    pub said: Vec<Said>,
}

impl DoorSeen {
    /// A port of which nothing is known yet.
    #[must_use]
    pub fn unasked(port: u16, doubt: Doubt) -> DoorSeen {
        DoorSeen { port, tcp: None, doubt: Some(doubt), tls: None, legacy: None, said: Vec::new() }
    }

    /// What a request for a visitor of `scheme` and this path was answered.
    #[must_use]
    pub fn said(&self, visitor: Scheme, path: &str) -> Option<&ReplySeen> {
        let fits = |said: &&Said| said.visitor == visitor && said.path == path;
        self.said.iter().find(fits).map(|said| &said.reply)
    }
}

/// A request and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The scheme of the visitor for whom the edge would ask.
    pub visitor: Scheme,
    /// `/`.
    pub path: String,
    /// The answer.
    pub reply: ReplySeen,
}

/// An answer, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplySeen {
    /// A reply that the edge passes on.
    Passed {
        /// 200 to 599.
        status: u16,
        /// Where it leads on the same host: scheme and path.
        to: Option<(Scheme, String)>,
    },
    /// Nothing that the edge passes on; it answers with this status instead.
    Replaced(u16),
    /// Turned away for want of a certificate, as the edge passes it on (400) or makes of it (520).
    WantsCertificate(u16),
    /// Nothing, for as long as we waited.
    Late,
}

impl ReplySeen {
    /// What the edge makes of an answer. `location` is the whole header, `url` what the visitor asked for.
    #[must_use]
    pub fn of(answer: &HttpAnswer, location: Option<&str>, url: &Site) -> ReplySeen {
        match answer {
            HttpAnswer::Replied(reply) if asks_for_client_certificate(reply) => {
                ReplySeen::WantsCertificate(reply.status)
            }
            HttpAnswer::Replied(reply) => match replaced(reply) {
                Some(status) => ReplySeen::Replaced(status),
                None => {
                    let to = location.filter(|_| is_redirect(reply));
                    ReplySeen::Passed {
                        status: reply.status,
                        to: to.and_then(|location| on_same_host(location, url)),
                    }
                }
            },
            HttpAnswer::Alert { .. } => ReplySeen::WantsCertificate(520),
            HttpAnswer::Silent { .. } => ReplySeen::Late,
            HttpAnswer::Empty { .. }
            | HttpAnswer::CutInHead { .. }
            | HttpAnswer::Malformed { .. }
            | HttpAnswer::HeadEndless { .. } => ReplySeen::Replaced(520),
        }
    }
}

/// The status that the edge puts in place of a reply that it cannot pass on (5xx pages, read 2026-07). Other faults of
/// a body break it off after its head went out.
fn replaced(reply: &Reply) -> Option<u16> {
    reply.faults.iter().find_map(|fault| match fault {
        ReplyFault::GzipBroken => Some(502),
        ReplyFault::HeadTooLarge { .. }
        | ReplyFault::LengthUnclear
        | ReplyFault::LengthAndChunks => Some(520),
        _ => None,
    })
}

/// The scheme and path of a redirect that stays with the host, on the usual ports.
fn on_same_host(location: &str, url: &Site) -> Option<(Scheme, String)> {
    let to = if location.starts_with("//") {
        Site::parse(&format!("{}:{location}", url.scheme.word()))
    } else if location.starts_with('/') {
        Site::parse(&format!("{}://{}{location}", url.scheme.word(), url.host))
    } else {
        Site::parse(location)
    };
    let to = to.ok()?;
    (to.host == url.host && to.port == to.scheme.port()).then_some((to.scheme, to.path))
}
