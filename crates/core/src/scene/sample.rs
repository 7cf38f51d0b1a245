//! Sittings made up for tests: a builder that reads like the story of an outage.
//!
//! The site is `https://shop.example.test/`, its edge 104.16.1.1, its origin 203.0.113.7, the time
//! noon on 2026-11-20. Defaults: the name resolves, the edge answers `/cdn-cgi/trace`.

use std::net::SocketAddr;

use jiff::Timestamp;

use crate::causes::{Cause, Verdict};
use crate::evidence::account::{AccountAnswer, AccountQuestion, ApiRefusal, RefusalKind};
use crate::evidence::chain::{Anchor, ChainFault, ChainSeen};
use crate::evidence::host::{Known, Place};
use crate::evidence::{
    Accept, Answer, DnsAnswer, EdgePage, Evidence, Greeting, HostAnswer, HostQuestion, HttpAnswer,
    Offer, PageForm, Question, Record, Reply, ReplyFault, Seeing, Seen, TcpAnswer, TlsAnswer,
    Trace, VisitAnswer,
};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::host::app_gallery::stories;
use crate::target::{ModeFrom, Road, Scheme, Site, SslMode, Target};

pub(crate) const NOON: &str = "2026-11-20T12:00:00Z";

/// The site's tunnel.
pub(crate) const TUNNEL: &str = "00000000-0000-4000-8000-0000000000aa";

/// A sitting under construction.
#[derive(Debug, Clone)]
pub(crate) struct Sitting {
    target: Target,
    seen: Vec<Seeing>,
    origin: SocketAddr,
    plain: bool,
    samples: u32,
}

impl Sitting {
    /// The name resolves to the edge, which answers for itself; nothing else was asked.
    pub(crate) fn new() -> Self {
        let mut target = Target::new(Site::parse("shop.example.test").unwrap());
        target.origins.push("203.0.113.7".parse().unwrap());
        let sitting = Sitting {
            target,
            seen: Vec::new(),
            origin: "203.0.113.7:443".parse().unwrap(),
            plain: false,
            samples: 0,
        };
        sitting
            .lookup(
                Record::A,
                DnsAnswer::Resolved {
                    addresses: vec!["104.16.1.1".parse().unwrap()],
                    aliases: vec![],
                },
            )
            .lookup(Record::Aaaa, DnsAnswer::NoRecord { aliases: vec![] })
            .trace(true)
    }

    /// Mode strict, all visits served, the origin in order.
    pub(crate) fn healthy() -> Self {
        Sitting::new().mode(SslMode::Strict).served().origin_works()
    }

    /// The origin accepts, shows a certificate that holds, and answers 200.
    pub(crate) fn origin_works(self) -> Self {
        self.tcp(TcpAnswer::Accepted).tls(greeted(vec![])).replies(200)
    }

    /// One of each kind, for tests over all judges.
    pub(crate) fn gallery() -> Vec<Sitting> {
        let strict = || Sitting::new().mode(SslMode::Strict);
        let within = stories().into_iter().map(|(_, shop, _)| shop.sitting());
        let outside = vec![
            Sitting::healthy(),
            Sitting::new(),
            Sitting::new().no_origin().visits(526, page(526)),
            strict().visits(521, page(521)).tcp(TcpAnswer::Refused).unreached(Hop::Net),
            strict().visits(502, page(502)).tcp(silent()).unreached(Hop::Net),
            strict()
                .visits(526, page(526))
                .tcp(TcpAnswer::Accepted)
                .tls(greeted(vec![expired()]))
                .replies(200),
            strict()
                .visits(525, page(525))
                .tcp(TcpAnswer::Accepted)
                .tls(alert(112))
                .nameless(greeted(vec![]))
                .unreached(Hop::Tls),
            strict()
                .visits(520, page(520))
                .tcp(TcpAnswer::Accepted)
                .tls(greeted(vec![]))
                .request(HttpAnswer::Empty { reset: false, after_ms: 3 }),
            strict().visits(530, page(1033)),
            strict().visits(522, page(522)).origin_works(),
            strict().served().visits(522, page(522)).origin_works(),
            strict()
                .visits(502, page(502))
                .tcp(TcpAnswer::Accepted)
                .tls(greeted(vec![]))
                .replies(502)
                .on_origin(Known::Told),
        ];
        outside.into_iter().chain(within).collect()
    }

    pub(crate) fn mode(mut self, mode: SslMode) -> Self {
        self.target.ssl_mode = Some(mode);
        self.target.ssl_mode_from = ModeFrom::Option;
        self
    }

    pub(crate) fn no_origin(mut self) -> Self {
        self.target.origins.clear();
        self
    }

    /// Another address of the origin; what follows is about it.
    pub(crate) fn origin(mut self, address: &str) -> Self {
        let origin: crate::target::Origin = address.parse().unwrap();
        if !self.target.origins.contains(&origin) {
            self.target.origins.push(origin);
        }
        let port = origin.port.unwrap_or(if self.plain { 80 } else { 443 });
        self.origin = SocketAddr::new(origin.address, port);
        self
    }

    /// Without a rule of the zone the edge would dial this address, of which this is seen.
    pub(crate) fn without_rule(mut self, address: &str, seen: fn(Self) -> Self) -> Self {
        let origin: crate::target::Origin = address.parse().unwrap();
        self.target.ruled.get_or_insert_default().without.push(origin);
        self.origin = SocketAddr::new(origin.address, 443);
        seen(self)
    }

    /// The zone has a root of its own; chains were judged by it, or it could not be read.
    pub(crate) fn own_root(mut self, judged: bool) -> Self {
        self.target.by_own_roots = judged;
        let certificates = vec![crate::evidence::account::TrustStoreCertificate::default()];
        self.account(AccountQuestion::TrustStore, AccountAnswer::TrustStore { certificates })
    }

    /// A rule of the zone has the edge ask under this name; what follows is asked so.
    pub(crate) fn renamed(mut self, name: &str) -> Self {
        let ruled = self.target.ruled.get_or_insert_default();
        ruled.sni = Some(name.to_owned());
        self
    }

    /// What follows is about the origin's port 80.
    pub(crate) fn on_port_80(mut self) -> Self {
        self.plain = true;
        self.origin.set_port(80);
        self
    }

    fn see(mut self, question: Question, answer: Answer<Seen>) -> Self {
        let at: Timestamp = NOON.parse().unwrap();
        let failed = match &answer {
            Answer::Got(Seen::Visit(VisitAnswer::Http {
                http: HttpAnswer::Replied(reply),
                ..
            })) => reply.status >= 500,
            _ => false,
        };
        let took_ms = if failed { 19_400 } else { 10 };
        self.seen.push(Seeing { probe: "made_up", at, took_ms, question, answer });
        self
    }

    /// Takes out the lookups that were there before for this record.
    pub(crate) fn lookup(mut self, record: Record, answer: DnsAnswer) -> Self {
        self.seen.retain(
            |seen| !matches!(&seen.question, Question::Resolve { record: r, .. } if *r == record),
        );
        let name = self.target.site.host.clone();
        self.see(Question::Resolve { name, record }, Answer::Got(Seen::Dns(answer)))
    }

    pub(crate) fn trace(mut self, answered: bool) -> Self {
        self.seen.retain(|seen| !matches!(seen.question, Question::Trace { .. }));
        let to = "104.16.1.1:443".parse().unwrap();
        let answer = if answered {
            Trace::Answered { lines: [("colo".to_owned(), "FRA".to_owned())].into() }
        } else {
            Trace::NotAnswered { status: None }
        };
        self.see(Question::Trace { to }, Answer::Got(Seen::Trace(answer)))
    }

    /// One visit of the site.
    pub(crate) fn visit(self, answer: VisitAnswer) -> Self {
        let site = self.target.site.clone();
        self.visit_of(site, "104.16.1.1:443", answer)
    }

    /// One visit under plain http.
    pub(crate) fn plain_visit(self, answer: VisitAnswer) -> Self {
        let site = self.target.site.in_scheme(Scheme::Http).unwrap();
        self.visit_of(site, "104.16.1.1:80", answer)
    }

    pub(crate) fn visit_of(mut self, site: Site, to: &str, answer: VisitAnswer) -> Self {
        self.samples += 1;
        let question = Question::Visit {
            site,
            to: to.parse().unwrap(),
            accept: Accept::Html,
            sample: self.samples,
            leg: 0,
        };
        self.see(question, Answer::Got(Seen::Visit(answer)))
    }

    /// One visit that follows redirects: the URLs it went to, each answered by a redirect to the
    /// next; the last one leads to `end`.
    pub(crate) fn redirects(mut self, urls: &[&str], end: &str) -> Self {
        self.samples += 1;
        let sample = self.samples;
        for (leg, url) in urls.iter().enumerate() {
            let site = Site::parse(url).unwrap();
            let to = SocketAddr::new("104.16.1.1".parse().unwrap(), site.port);
            let next = urls.get(leg + 1).unwrap_or(&end);
            let mut reply = reply(301);
            reply.headers.push(("location".to_owned(), (*next).to_owned()));
            let question = Question::Visit {
                site,
                to,
                accept: Accept::Html,
                sample,
                leg: u32::try_from(leg).unwrap(),
            };
            let answer = Answer::Got(Seen::Visit(visited(reply, None)));
            self = self.see(question, answer);
        }
        self
    }

    /// Five visits that get this status and page.
    pub(crate) fn visits(mut self, status: u16, page: Option<EdgePage>) -> Self {
        for page in vec![page; 5] {
            self = self.visit(visited(reply(status), page));
        }
        self
    }

    /// One visit that gets this status and page.
    pub(crate) fn visits_once(self, status: u16, page: Option<EdgePage>) -> Self {
        self.visit(visited(reply(status), page))
    }

    /// One visit that no edge is in between: the name leads to 203.0.113.7.
    pub(crate) fn visit_straight(self, answer: VisitAnswer) -> Self {
        let site = self.target.site.clone();
        let address = "203.0.113.7".parse().unwrap();
        self.lookup(Record::A, DnsAnswer::Resolved { addresses: vec![address], aliases: vec![] })
            .visit_of(site, "203.0.113.7:443", answer)
    }

    /// The name was not looked up.
    pub(crate) fn no_lookups(mut self) -> Self {
        self.seen.retain(|seen| !matches!(seen.question, Question::Resolve { .. }));
        self
    }

    /// Mode strict, the origin in order; what visitors get comes next.
    pub(crate) fn healthy_origin() -> Self {
        Sitting::new().mode(SslMode::Strict).origin_works()
    }

    /// Five visits that get the site.
    pub(crate) fn served(self) -> Self {
        self.visits(200, None)
    }

    pub(crate) fn tcp(self, answer: TcpAnswer) -> Self {
        let to = self.origin;
        self.see(Question::Connect { to }, Answer::Got(Seen::Tcp(answer)))
    }

    fn greet(self, named: bool, offer: Offer, answer: Answer<Seen>) -> Self {
        let name = named.then(|| self.target.hello_name().to_owned());
        let to = self.origin;
        self.see(Question::Greet { to, name, offer }, answer)
    }

    pub(crate) fn tls(self, answer: TlsAnswer) -> Self {
        self.greet(true, Offer::Modern, Answer::Got(Seen::Tls(answer)))
    }

    pub(crate) fn nameless(self, answer: TlsAnswer) -> Self {
        self.greet(false, Offer::Modern, Answer::Got(Seen::Tls(answer)))
    }

    pub(crate) fn legacy(self, answer: TlsAnswer) -> Self {
        self.greet(true, Offer::EdgeLegacy, Answer::Got(Seen::Tls(answer)))
    }

    pub(crate) fn anything(self, answer: TlsAnswer) -> Self {
        self.greet(true, Offer::Anything, Answer::Got(Seen::Tls(answer)))
    }

    fn ask(self, dressed: bool, answer: Answer<Seen>) -> Self {
        let scheme = if self.plain { Scheme::Http } else { Scheme::Https };
        let road = Road { to: self.origin, scheme };
        let renamed = self.target.is_renamed();
        self.see(Question::Request { road, path: "/".to_owned(), dressed, renamed }, answer)
    }

    pub(crate) fn request(self, answer: HttpAnswer) -> Self {
        self.ask(false, Answer::Got(Seen::Http(answer)))
    }

    pub(crate) fn dressed(self, answer: HttpAnswer) -> Self {
        self.ask(true, Answer::Got(Seen::Http(answer)))
    }

    /// Both requests are answered with this status.
    pub(crate) fn replies(self, status: u16) -> Self {
        let answer = HttpAnswer::Replied(reply(status));
        self.request(answer.clone()).dressed(answer)
    }

    /// Both requests are answered 200 with this fault.
    pub(crate) fn replies_with(self, fault: ReplyFault) -> Self {
        let answer = HttpAnswer::Replied(Reply { faults: vec![fault], ..reply(200) });
        self.request(answer.clone()).dressed(answer)
    }

    /// What lies behind `at` on this road was not reached.
    pub(crate) fn unreached(self, at: Hop) -> Self {
        let plain = self.plain;
        let sitting = if at == Hop::Net && !plain {
            self.greet(true, Offer::Modern, Answer::Unreached { at })
        } else {
            self
        };
        sitting.ask(false, Answer::Unreached { at }).ask(true, Answer::Unreached { at })
    }

    /// This machine is the origin, and was looked into as root.
    pub(crate) fn on_origin(self, known: Known) -> Self {
        let place = Place {
            name: "shop-1".to_owned(),
            known,
            addresses: vec!["203.0.113.7".parse().unwrap()],
            root: true,
            systemd: true,
            booted: Some("2026-11-01T06:00:00Z".parse().unwrap()),
            container: None,
        };
        self.within(HostQuestion::Place, HostAnswer::Place(place))
    }

    /// The account was asked this, and told that.
    pub(crate) fn account(self, question: AccountQuestion, answer: AccountAnswer) -> Self {
        assert!(question.fits(&answer), "{question:?}");
        self.see(Question::Account(question), Answer::Got(Seen::Account(answer)))
    }

    /// The account was asked this, and refused.
    pub(crate) fn account_refuses(self, question: AccountQuestion, kind: RefusalKind) -> Self {
        let refusal = ApiRefusal {
            permission: question.permission().map(str::to_owned),
            ..ApiRefusal::of(kind)
        };
        self.account(question, AccountAnswer::Refused { refusal })
    }

    /// The account has these records of the site: `A 203.0.113.9`; one that begins with `grey ` is not
    /// proxied.
    pub(crate) fn records(self, records: &[&str]) -> Self {
        let name = self.target.site.host.clone();
        let record = |text: &&str| {
            let (proxied, text) = match text.strip_prefix("grey ") {
                Some(rest) => (false, rest),
                None => (true, *text),
            };
            let (kind, content) = text.split_once(' ').unwrap();
            crate::evidence::account::DnsRecord {
                id: "ab".repeat(16),
                kind: kind.to_owned(),
                name: name.clone(),
                content: content.to_owned(),
                proxied,
                modified_on: "2026-11-20T11:50:00Z".parse().ok(),
            }
        };
        let records = records.iter().map(record).collect();
        let question = AccountQuestion::Records { name: name.clone() };
        self.account(question, AccountAnswer::Records { records })
    }

    /// The record of the site leads to the tunnel [`TUNNEL`], of which the account says this:
    /// `healthy`, `down`, or `gone` where it has none.
    pub(crate) fn tunnelled(self, status: &str) -> Self {
        let sitting = self.records(&[&format!("CNAME {TUNNEL}.cfargotunnel.com")]);
        let own = crate::evidence::account::TunnelSeen {
            id: TUNNEL.to_owned(),
            name: "shop".to_owned(),
            status: status.to_owned(),
            conns_inactive_at: "2026-11-20T11:40:00Z".parse().ok(),
            ..Default::default()
        };
        let other = crate::evidence::account::TunnelSeen {
            id: TUNNEL.replace('a', "b"),
            name: "other".to_owned(),
            status: "healthy".to_owned(),
            ..Default::default()
        };
        let mut tunnels = vec![other];
        if status != "gone" {
            tunnels.push(own);
        }
        let sitting = sitting.account(AccountQuestion::Tunnels, AccountAnswer::Tunnels { tunnels });
        if matches!(status, "down" | "inactive") {
            let question = AccountQuestion::Connectors { tunnel: TUNNEL.to_owned() };
            return sitting.account(question, AccountAnswer::Connectors { connectors: Vec::new() });
        }
        sitting
    }

    /// This machine was asked this, and told that.
    pub(crate) fn within(self, question: HostQuestion, answer: HostAnswer) -> Self {
        self.see(Question::Host(question), Answer::Got(Seen::Host(answer)))
    }

    /// The visits so far ended within a blink; else failed ones took as long as the edge waits.
    pub(crate) fn quickly(mut self) -> Self {
        for seen in &mut self.seen {
            seen.took_ms = seen.took_ms.min(10);
        }
        self
    }

    pub(crate) fn evidence(self) -> Evidence {
        Evidence::new(self.target, self.seen, 1200)
    }
}

pub(crate) fn reply(status: u16) -> Reply {
    Reply {
        status,
        headers: vec![("server".to_owned(), "nginx".to_owned())],
        head_bytes: 200,
        body_bytes: 612,
        excerpt: String::new(),
        first_byte_ms: 9,
        faults: vec![],
    }
}

/// A visit that got this reply through the edge, which marks what it fetched.
pub(crate) fn visited(mut reply: Reply, page: Option<EdgePage>) -> VisitAnswer {
    if page.is_none() && reply.header("cf-cache-status").is_none() {
        reply.headers.push(("cf-cache-status".to_owned(), "DYNAMIC".to_owned()));
    }
    VisitAnswer::Http {
        greeting: None,
        http: HttpAnswer::Replied(reply),
        page,
        ray: Some("8f3c0de5ca1ab1e0-FRA".to_owned()),
    }
}

/// Cloudflare's page for a code: branded for a 5xx, numbered for a 1xxx.
pub(crate) fn page(code: u16) -> Option<EdgePage> {
    let form = if code >= 1000 { PageForm::Numbered } else { PageForm::Branded };
    Some(EdgePage { form, code: Some(code), name: None, ray: None, column: None })
}

/// The bare page that the edge sends for its own 502.
pub(crate) fn bare_page(code: u16) -> Option<EdgePage> {
    page(code).map(|page| EdgePage { form: PageForm::Unbranded, ..page })
}

pub(crate) fn silent() -> TcpAnswer {
    TcpAnswer::Silent { after_ms: 8000 }
}

pub(crate) fn alert(code: u8) -> TlsAnswer {
    TlsAnswer::Alert { code, client_certificate_asked: false }
}

pub(crate) fn expired() -> ChainFault {
    ChainFault::Expired { not_after: "2026-11-12T09:00:00Z".parse().unwrap() }
}

/// A handshake with a chain that has these faults.
pub(crate) fn greeted(faults: Vec<ChainFault>) -> TlsAnswer {
    let trusted = !faults.iter().any(|fault| {
        matches!(
            fault,
            ChainFault::SelfSigned | ChainFault::Incomplete | ChainFault::IssuerUntrusted
        )
    });
    TlsAnswer::Greeted(Greeting {
        version: 0x0304,
        cipher: 0x1301,
        client_certificate_asked: false,
        chain: ChainSeen {
            subject: "CN=shop.example.test".to_owned(),
            issuer: "CN=Made Up CA 1".to_owned(),
            names: vec!["shop.example.test".to_owned()],
            not_before: "2026-09-01T09:00:00Z".parse().unwrap(),
            not_after: faults
                .iter()
                .find_map(|fault| match fault {
                    ChainFault::Expired { not_after } => Some(*not_after),
                    _ => None,
                })
                .unwrap_or("2027-02-01T09:00:00Z".parse().unwrap()),
            sha256: "ab".repeat(32),
            sent: 2,
            trusted_by: trusted.then_some(Anchor::Public),
            faults,
        },
    })
}

/// Lets one judge judge one sitting: `blames, certain`, `clears`, or `cannot tell: NEED`.
#[track_caller]
pub(crate) fn check(cause: &Cause, sitting: Sitting, says: &str) {
    let evidence = sitting.evidence();
    let scene = Scene::new(&evidence);
    let said = match (cause.judge)(&scene) {
        Verdict::Blames(blame) => {
            assert!(!blame.because.is_empty(), "a blame cites");
            for id in blame.because.iter().chain(&blame.contrast) {
                assert!(evidence.reading(*id).is_some(), "{id} was not read");
            }
            if blame.confidence == crate::causes::Confidence::Certain {
                assert!(!blame.contrast.is_empty(), "certain needs a control");
            }
            format!("blames, {}", blame.confidence.word())
        }
        Verdict::Clears { because } => {
            assert!(!because.is_empty(), "a clearance cites");
            "clears".to_owned()
        }
        Verdict::CannotTell { needs } => {
            assert!(!needs.is_empty(), "an open question says what it needs");
            if says == "cannot tell" {
                says.to_owned()
            } else {
                format!("cannot tell: {}", needs[0].words())
            }
        }
    };
    assert_eq!(said, says, "{}", cause.code);
}
