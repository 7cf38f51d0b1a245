//! A pretend world as plain data: the zone, the edge, the origins, and how each of them behaves.
//!
//! [`Stage::healthy`] is a site in mode strict of which nothing is to blame; a fault or a look-alike
//! changes a few fields, and [`Stage::raise`] brings it up. The addresses are those of a world that
//! does not exist: [`Raised::detours`](crate::raise::Raised) says where each of them really listens,
//! so ports 80 and 443 need no privilege and many stages stand side by side. What is not here: how
//! anything is carried out.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use rayfix_core::target::{Scheme, SslMode};

use crate::account::AccountStage;
use crate::origins::page::{Manners, Page};
use crate::pki::Certificate;

/// The site of every stage.
pub const SITE: &str = "https://shop.example.test/";
/// The edge's addresses, as visitors resolve them.
pub const EDGE_V4: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 64, 1));
/// The same for IPv6, from the prefix for documentation.
pub const EDGE_V6: IpAddr = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0x64, 0, 0, 0, 0, 1));
/// The origin's address.
pub const ORIGIN_V4: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 65, 1));
/// The origin's other address, where a stage has one.
pub const ORIGIN_V6: IpAddr = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0x65, 0, 0, 0, 0, 1));
/// Another machine's address: where the origin was before, or what stands beside it.
pub const ORIGIN_OLD: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 65, 9));
/// Another of the edge's addresses, which no record should hold.
pub const EDGE_OTHER: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 64, 9));
/// Which addresses are Cloudflare's in the pretend world, as a ranges file says it.
pub const RANGES: &str = "127.0.64.0/24\n2001:db8:64::/48\n";

/// A pretend world.
#[derive(Debug, Clone)]
pub struct Stage {
    /// What is asked about; its host is in the zone.
    pub site: String,
    /// Further hosts that the edge and the origin serve and the zone holds.
    pub other_hosts: Vec<String>,
    /// How the zone's edge speaks to the origin.
    pub ssl_mode: SslMode,
    /// Whether the target says the mode (as `--ssl-mode` does), or leaves it to be inferred.
    pub tell_mode: bool,
    /// How long the edge and the origins think before they answer anything.
    pub latency: Duration,
    /// How long the edge waits for the origin.
    pub timeouts: Timeouts,
    /// What a visitor's lookup finds.
    pub zone: Zone,
    /// How the edge behaves.
    pub edge: Edge,
    /// The origin's addresses, in the order in which they are told; the edge uses them in turn.
    pub origins: Vec<Origin>,
    /// What the Cloudflare account holds besides all this, and how the way to it fails.
    pub account: AccountStage,
    /// For the one who asks: how long all of it may take.
    pub timeout: Duration,
    /// For the one who asks: how many visits to make.
    pub samples: u32,
}

/// How long the edge waits for the origin (connection-limits page, read 2026-07), shortened.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// From the SYN to an accepted connection; 522 when it is over.
    pub connect: Duration,
    /// For the handshake (undocumented); 525 when it is over.
    pub handshake: Duration,
    /// Between two reads; 524 when it is over.
    pub read: Duration,
    /// To hand over the request; 524 when it is over.
    pub write: Duration,
}

impl Timeouts {
    /// What Cloudflare documents: 19 s, 125 s and 30 s, divided. The handshake has as long as the
    /// connection. Never under 100 ms.
    #[must_use]
    pub fn divided_by(divisor: u32) -> Self {
        let scaled = |seconds: u64| {
            (Duration::from_secs(seconds) / divisor.max(1)).max(Duration::from_millis(100))
        };
        Timeouts {
            connect: scaled(19),
            handshake: scaled(19),
            read: scaled(125),
            write: scaled(30),
        }
    }

    /// Short enough for tests, long enough for a busy machine: 1.2 s to connect, 1.5 s to read.
    /// Divided unevenly: an accepted connection takes no time on the loopback, a handshake may.
    #[must_use]
    pub fn quick() -> Self {
        Timeouts {
            connect: Duration::from_millis(1200),
            handshake: Duration::from_millis(1500),
            read: Duration::from_millis(1500),
            write: Duration::from_millis(1500),
        }
    }
}

/// What a visitor's lookup of the site's names finds.
#[derive(Debug, Clone)]
pub struct Zone {
    /// How the name server behaves.
    pub answers: ZoneAnswers,
    /// A records; empty: the name has none.
    pub a: Vec<Ipv4Addr>,
    /// AAAA records; empty: the name has none.
    pub aaaa: Vec<Ipv6Addr>,
    /// A name that the site's name is an alias of, and that has the addresses.
    pub alias: Option<String>,
}

/// How the name server behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ZoneAnswers {
    /// With the records.
    Records,
    /// Even the site's name does not exist.
    NoName,
    /// SERVFAIL.
    Fails,
    /// REFUSED.
    Refuses,
    /// Not at all.
    Silent,
}

/// How the edge behaves.
#[derive(Debug, Clone)]
pub struct Edge {
    /// What happens before the origin is thought of.
    pub own: Own,
    /// How the edge knows the origin.
    pub record: Record,
    /// Every failure of the origin becomes a branded 502, as a common runbook tells it. A 530 goes
    /// out with status 502; its page keeps the number, without which nobody could tell it from
    /// any other 502.
    pub plain_502: bool,
    /// http visitors are sent to https.
    pub always_https: bool,
    /// Shows its client certificate to origins that ask (authenticated origin pulls).
    pub client_certificate: bool,
    /// 5xx pages are the owner's HTML (custom error pages).
    pub custom_pages: bool,
    /// Error pages are the short text `error code: 502`, as bare clients often get them.
    pub short_text: bool,
    /// The origin's own page of a 502 or 504 goes through (Enterprise: Origin Error Pages).
    pub pass_error_pages: bool,
    /// A rule of the zone sends the edge to this port of the origin instead of the visitor's. Where no door of
    /// the origin is there, it is refused.
    pub rule_port: Option<u16>,
    /// A rule of the zone has the edge ask under this Host, and greet under it.
    pub rule_host: Option<String>,
    /// The zone trusts a root of its own at origins, which vouches for nobody here, instead of the public ones.
    pub own_root: bool,
    /// A rule of the zone has the edge greet the origin under this name.
    pub rule_sni: Option<String>,
}

/// What the edge does by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Own {
    /// Asks the origin.
    Works,
    /// Answers this status with its unbranded page: a fault within the data centre.
    FailsUnbranded(u16),
    /// Answers 500 with the branded page whose Cloudflare column is red.
    FailsBranded,
    /// Answers a 1xxx page: 1001 for a name it does not know, 1101 and 1102 for a Worker, 1020 for
    /// a rule, 1200 for a full queue.
    Numbered(u16),
    /// Asks the visitor to prove that they are human: no outage.
    Challenges,
}

/// How the edge knows the origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Record {
    /// By the addresses of [`Stage::origins`]. An address of Cloudflare's own gives 1000.
    Addresses,
    /// By a name that does not resolve: 1016.
    NameUnresolvable,
    /// By a tunnel. Connected, it leads to the plain door of the first origin.
    Tunnel {
        /// Whether a cloudflared is connected; 1033 if not.
        connected: bool,
    },
    /// By the name of a tunnel that was deleted: 1016.
    DeletedTunnel,
    /// By a load balancer with one pool, of the recorded origins. Those that are well are dialled; where none
    /// is, the last resort decides (load-balancing docs, health-details, read 2026-11).
    Pool {
        /// Whether the pool itself is the last resort, and is then dialled however it is. If not, the last
        /// resort is a pool that is switched off: 1016.
        fallback: bool,
    },
}

/// One address of the origin.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Its address in the pretend world.
    pub address: IpAddr,
    /// Whether the target names it (as `--origin` does).
    pub told: bool,
    /// Whether the edge's record points at it.
    pub recorded: bool,
    /// What listens for http.
    pub plain: Door,
    /// What listens for https.
    pub tls: Door,
    /// What a load balancer's monitor says against it, in the API's words; none: nothing.
    pub unwell: Option<&'static str>,
}

/// One port of the origin, and everything behind it.
#[derive(Debug, Clone)]
pub struct Door {
    /// Its port in the pretend world.
    pub port: u16,
    /// How it answers a SYN.
    pub reach: Reach,
    /// How it answers the edge's SYNs, one road after the other; empty: like everybody's.
    pub edge_reach: Vec<Reach>,
    /// Who is turned away once connected.
    pub guard: Guard,
    /// What happens before any HTTP is spoken.
    pub opening: Opening,
    /// The TLS spoken here; `None`: plain.
    pub tls: Option<Tls>,
    /// How it answers requests.
    pub manners: Manners,
}

/// How a port answers a SYN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Accepts.
    Accepts,
    /// Refuses: nothing listens.
    Refuses,
    /// Drops it.
    Drops,
    /// No route leads there.
    Unrouted,
}

/// Who is turned away once connected, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// Nobody.
    Open,
    /// Cloudflare's addresses.
    DeniesEdgeAddresses(Denial),
    /// Requests with headers that Cloudflare adds.
    DeniesEdgeHeaders(Denial),
    /// Everybody but Cloudflare's addresses.
    DeniesOthers(Denial),
}

/// How somebody is turned away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// With a page of status 403.
    Forbids,
    /// With a reset instead of a reply.
    Resets,
    /// With the end of the connection instead of a reply.
    Closes,
}

/// What happens on a connection before any HTTP is spoken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// What should.
    Proceeds,
    /// The connection is closed once accepted.
    Closes,
    /// The connection is reset once accepted.
    Resets,
    /// The first bytes (a ClientHello, on a TLS port) are read; then the connection is closed.
    ClosesAfterHello,
    /// The first bytes are read; then the connection is reset.
    ResetsAfterHello,
    /// The first bytes are read; then nothing ever comes.
    HangsAfterHello,
    /// Every hello is answered with a fatal alert.
    Alerts(u8),
    /// These bytes are sent at once (a banner), and the connection is held.
    Says(Vec<u8>),
    /// The first bytes are read and answered with these; then the connection is closed.
    SaysAfterHello(Vec<u8>),
    /// Of TLS 1.2, only these suites are accepted (IANA numbers): a ServerHello comes back to a
    /// hello that offers one, alert 40 to any other. The handshake goes no further.
    OnlySuites(Vec<u16>),
    /// Every hello is answered with a ServerHello of this version (0x0300: SSL 3.0).
    OnlyVersion(u16),
}

/// The TLS of a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// The chain that is shown.
    pub certificate: Certificate,
    /// Versions spoken.
    pub versions: Versions,
    /// Whether the only suite is TLS 1.2's ECDHE with CHACHA20, which the edge does not offer.
    pub only_chacha: bool,
    /// Names that are served; `None`: any. Others get alert 112.
    pub names: Option<Vec<String>>,
    /// Whether the other side must show a certificate.
    pub client: ClientCertificate,
}

/// TLS versions spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Versions {
    /// 1.2 and 1.3.
    Both,
    /// 1.2.
    Only12,
    /// 1.3.
    Only13,
}

/// Whether the other side must show a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientCertificate {
    /// No.
    Unasked,
    /// Yes, signed by the edge's authority; the handshake ends without it.
    Required,
    /// Yes; without it the handshake goes on, and every request gets nginx's page of status 400.
    RequiredByPage,
}

impl Stage {
    /// A healthy site in mode strict, with the mode told: nothing is to blame.
    #[must_use]
    pub fn healthy() -> Self {
        Stage {
            site: SITE.to_owned(),
            other_hosts: Vec::new(),
            ssl_mode: SslMode::Strict,
            tell_mode: true,
            latency: Duration::ZERO,
            timeouts: Timeouts::quick(),
            zone: Zone {
                answers: ZoneAnswers::Records,
                a: vec![Ipv4Addr::new(127, 0, 64, 1)],
                aaaa: vec![Ipv6Addr::new(0x2001, 0xdb8, 0x64, 0, 0, 0, 0, 1)],
                alias: None,
            },
            edge: Edge {
                own: Own::Works,
                record: Record::Addresses,
                plain_502: false,
                always_https: false,
                client_certificate: false,
                custom_pages: false,
                short_text: false,
                pass_error_pages: false,
                rule_port: None,
                rule_host: None,
                own_root: false,
                rule_sni: None,
            },
            origins: vec![Origin::healthy(ORIGIN_V4)],
            account: AccountStage::default(),
            timeout: Duration::from_secs(8),
            samples: 5,
        }
    }

    /// The first origin.
    ///
    /// # Panics
    /// When a stage was given none, which no fault does.
    pub fn origin(&mut self) -> &mut Origin {
        self.origins.first_mut().expect("a stage has an origin until a fault takes it away")
    }

    /// The door that the edge uses for visitors of https in the stage's mode.
    pub fn door(&mut self) -> &mut Door {
        let mode = self.ssl_mode;
        let origin = self.origin();
        match mode.fetches(Scheme::Https, 443).0 {
            Scheme::Http => &mut origin.plain,
            Scheme::Https => &mut origin.tls,
        }
    }

    /// The TLS of the first origin's TLS port.
    ///
    /// # Panics
    /// When a fault took TLS away before.
    pub fn tls(&mut self) -> &mut Tls {
        self.origin().tls.tls.as_mut().expect("the TLS door of a healthy origin speaks TLS")
    }

    /// Both doors of the first origin answer requests in this way.
    pub fn answers(&mut self, manners: Manners) {
        let origin = self.origin();
        origin.plain.manners = manners.clone();
        origin.tls.manners = manners;
    }

    /// Both doors of the first origin answer SYNs in this way.
    pub fn reach(&mut self, reach: Reach) {
        let origin = self.origin();
        origin.plain.reach = reach;
        origin.tls.reach = reach;
    }

    /// Both doors of the first origin answer the edge's SYNs in this way, one road after the other.
    pub fn edge_reach(&mut self, roads: &[Reach]) {
        let origin = self.origin();
        origin.plain.edge_reach = roads.to_vec();
        origin.tls.edge_reach = roads.to_vec();
    }

    /// The site's name leads past the edge, to the first origin.
    pub fn not_proxied(&mut self) {
        let address = self.origin().address;
        self.zone.a = match address {
            IpAddr::V4(v4) => vec![v4],
            IpAddr::V6(_) => Vec::new(),
        };
        self.zone.aaaa = match address {
            IpAddr::V4(_) => Vec::new(),
            IpAddr::V6(v6) => vec![v6],
        };
    }

    /// Both doors of the first origin turn somebody away.
    pub fn guard(&mut self, guard: Guard) {
        let origin = self.origin();
        origin.plain.guard = guard;
        origin.tls.guard = guard;
    }
}

impl Origin {
    /// An origin at an address that answers everybody on both ports, with a good certificate.
    #[must_use]
    pub fn healthy(address: IpAddr) -> Self {
        let tls = Tls {
            certificate: Certificate::Good,
            versions: Versions::Both,
            only_chacha: false,
            names: None,
            client: ClientCertificate::Unasked,
        };
        Origin {
            address,
            told: true,
            recorded: true,
            plain: Door::healthy(80, None),
            tls: Door::healthy(443, Some(tls)),
            unwell: None,
        }
    }
}

impl Door {
    /// A port that answers everybody with a page.
    #[must_use]
    pub fn healthy(port: u16, tls: Option<Tls>) -> Self {
        Door {
            port,
            reach: Reach::Accepts,
            edge_reach: Vec::new(),
            guard: Guard::Open,
            opening: Opening::Proceeds,
            tls,
            manners: Manners::Answers(Page::shop()),
        }
    }
}
