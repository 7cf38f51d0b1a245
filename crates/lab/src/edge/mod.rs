//! The emulated edge: what Cloudflare does between a visitor and an origin.
//!
//! Written from the docs (sources beside each part) and from captures of real replies. A visit runs
//! through the same stations as a real one: the edge's own rules, the record of the origin, the
//! connection, the handshake, the reply. What is not here: caching, HTTP/2 and HTTP/3, request
//! bodies to the origin, how a load balancer steers.

mod catalog;
pub(crate) mod connectors;
pub(crate) mod dial;
pub(crate) mod live;
pub(crate) mod many;
mod pages;
mod read;
mod relay;
mod reply;

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;
use rayfix_core::ranges::Ranges;
use rayfix_core::target::{Scheme, SslMode};
use rustls::{ClientConfig, ServerConfig};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use self::catalog::kind;
use self::connectors::Connectors;
use self::dial::Roads;
use self::live::LiveMode;
use self::pages::{Facts, Form};
use self::reply::Reply;
use crate::stage::{Own, Record, Stage};
use crate::wire::{self, Request, Wire};

/// The edge of one stage.
#[derive(Debug)]
pub(crate) struct Edge {
    pub(crate) stage: Stage,
    /// Names that the edge has a zone for, lower case.
    pub(crate) hosts: Vec<String>,
    /// Towards visitors.
    pub(crate) visitors: Arc<ServerConfig>,
    /// Towards the origin, in the stage's mode.
    pub(crate) origins: Arc<ClientConfig>,
    /// The zone's mode, where it is not always that of the stage.
    pub(crate) live: Option<LiveMode>,
    /// One for each address that the edge's record holds.
    pub(crate) ways: Vec<Way>,
    pub(crate) ranges: Ranges,
    /// Where the site comes through a tunnel whose connectors dial in.
    pub(crate) connectors: Option<Arc<Connectors>>,
    pub(crate) turn: AtomicUsize,
}

/// The ways to the two ports of an address.
#[derive(Debug)]
pub(crate) struct Way {
    pub(crate) address: IpAddr,
    pub(crate) plain: Roads,
    pub(crate) tls: Roads,
    /// Whether a load balancer's monitor holds something against it.
    pub(crate) unwell: bool,
}

/// One visit.
struct Visit<'a> {
    request: &'a Request,
    scheme: Scheme,
    visitor: IpAddr,
    ray: String,
}

/// What a visitor gets.
enum Answer {
    Whole(Reply),
    Relayed(relay::Relay),
}

impl Edge {
    /// Serves visitors of a scheme until the task is ended.
    pub(crate) async fn serve(self: Arc<Self>, listener: TcpListener, scheme: Scheme) {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => if let Ok((stream, peer)) = accepted {
                    let edge = Arc::clone(&self);
                    connections.spawn(async move {
                        let _ = stream.set_nodelay(true);
                        match scheme {
                            Scheme::Http => edge.converse(stream, scheme, peer.ip()).await,
                            Scheme::Https => {
                                let acceptor = TlsAcceptor::from(Arc::clone(&edge.visitors));
                                if let Ok(stream) = acceptor.accept(stream).await {
                                    edge.converse(stream, scheme, peer.ip()).await;
                                }
                            }
                        }
                    });
                },
                Some(_) = connections.join_next() => {}
            }
        }
    }

    async fn converse(&self, mut wire: impl Wire, scheme: Scheme, visitor: IpAddr) {
        while let Ok(request) = wire::read_request(&mut wire).await {
            if !self.turn(&mut wire, &request, scheme, visitor).await {
                return wire::close(wire).await;
            }
        }
    }

    /// One request and its answer; whether the connection can be used again.
    async fn turn(
        &self,
        wire: &mut impl Wire,
        request: &Request,
        scheme: Scheme,
        visitor: IpAddr,
    ) -> bool {
        tokio::time::sleep(self.stage.latency).await;
        let visit = Visit { request, scheme, visitor, ray: fresh_ray() };
        match self.answer(&visit).await {
            Answer::Whole(reply) => {
                let keep = !request.closes();
                let framing = format!("Content-Length: {}", reply.body.len());
                let mut bytes = reply.head(&visit.ray, &framing, keep);
                if request.method != "HEAD" {
                    bytes.extend(&reply.body);
                }
                relay::send(wire, &bytes).await && keep
            }
            Answer::Relayed(relay) => relay.run(wire, &visit.ray, request).await,
        }
    }

    async fn answer(&self, visit: &Visit<'_>) -> Answer {
        match self.by_itself(visit) {
            Some(reply) => Answer::Whole(reply),
            None => self.fetch(visit).await,
        }
    }

    /// What the edge answers without asking the origin.
    fn by_itself(&self, visit: &Visit<'_>) -> Option<Reply> {
        let Visit { request, scheme, .. } = visit;
        let host = request.host();
        // A client that claims to be the edge (1xxx page on 1000, read 2026-07).
        if request.header("cf-connecting-ip").is_some() {
            return Some(self.error(1000, visit));
        }
        if host.parse::<IpAddr>().is_ok() || host.starts_with('[') || host.is_empty() {
            return Some(self.error(1003, visit));
        }
        if !self.hosts.contains(&host) {
            return Some(self.error(1001, visit));
        }
        if request.path == "/cdn-cgi/trace" {
            return Some(trace(visit, &host));
        }
        if let Some(sample) = request.path.strip_prefix("/cdn-cgi/error/") {
            return Some(self.error(sample.parse().unwrap_or(520), visit));
        }
        match self.stage.edge.own {
            Own::Works => {}
            Own::FailsUnbranded(status) => return Some(pages::unbranded(status)),
            Own::FailsBranded => return Some(self.error(500, visit)),
            Own::Numbered(code) => return Some(self.error(code, visit)),
            Own::Challenges => return Some(pages::challenge(&self.facts(403, visit))),
        }
        // Mode off: visitors of https are sent to http (ssl-modes pages, read 2026-07).
        let to = match scheme {
            Scheme::Https if self.mode() == SslMode::Off => Some("http"),
            Scheme::Http if self.stage.edge.always_https => Some("https"),
            _ => None,
        };
        if let Some(to) = to {
            let location = format!("{to}://{host}{}", request.path);
            return Some(Reply::new(301).header("Location", &location));
        }
        if let Some(connectors) = &self.connectors {
            return (!connectors.any()).then(|| self.error(1033, visit));
        }
        match self.stage.edge.record {
            Record::NameUnresolvable | Record::DeletedTunnel => Some(self.error(1016, visit)),
            Record::Tunnel { connected: false } => Some(self.error(1033, visit)),
            // Cloudflare answers so where every pool is critical and the last resort is switched off.
            Record::Pool { fallback: false } if self.ways.iter().all(|way| way.unwell) => {
                Some(self.error(1016, visit))
            }
            Record::Tunnel { connected: true } | Record::Addresses | Record::Pool { .. } => None,
        }
    }

    /// The zone's mode at this moment.
    fn mode(&self) -> SslMode {
        self.live.as_ref().map_or(self.stage.ssl_mode, LiveMode::get)
    }

    /// The addresses that are dialled in turn: of a pool those that are well, or all when none is.
    fn dialled(&self) -> Vec<&Way> {
        let well: Vec<&Way> = self.ways.iter().filter(|way| !way.unwell).collect();
        let balanced = matches!(self.stage.edge.record, Record::Pool { .. });
        if balanced && !well.is_empty() { well } else { self.ways.iter().collect() }
    }

    /// Asks the origin.
    async fn fetch(&self, visit: &Visit<'_>) -> Answer {
        let timeouts = &self.stage.timeouts;
        if let Some(connectors) = &self.connectors {
            return match connectors.dial().await {
                Some(stream) => self.relay(visit, Box::new(stream)).await,
                None => Answer::Whole(self.error(1033, visit)),
            };
        }
        let host = visit.request.host();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let ways = self.dialled();
        let Some(way) = ways.get(turn % ways.len().max(1)) else {
            return Answer::Whole(self.error(1016, visit));
        };
        let tunnel = matches!(self.stage.edge.record, Record::Tunnel { .. });
        if self.ranges.contains(way.address) && !tunnel {
            return Answer::Whole(self.error(1000, visit));
        }
        let mode = self.mode();
        // The zone's mode does not govern a tunnel; it leads to a plain service here.
        let (scheme, _) = if tunnel {
            (Scheme::Http, 80)
        } else {
            mode.fetches(visit.scheme, visit.scheme.port())
        };
        let roads = if scheme == Scheme::Https { &way.tls } else { &way.plain };
        let stream = match dial::connect(roads, timeouts).await {
            Ok(stream) => stream,
            // cloudflared answers 502 itself when it does not reach its service.
            Err(_) if tunnel => return Answer::Whole(self.error(502, visit)),
            Err(no_way) => return Answer::Whole(self.failure(no_way.status(scheme), visit)),
        };
        let wire: Box<dyn Wire> = if scheme == Scheme::Https {
            let rules = &self.stage.edge;
            let name = rules.rule_sni.as_ref().or(rules.rule_host.as_ref()).unwrap_or(&host);
            let origins = self.live.as_ref().map_or(&self.origins, |live| live.origins(mode));
            match dial::greet(stream, Arc::clone(origins), name, timeouts).await {
                Ok(wire) => wire,
                Err(no_way) => return Answer::Whole(self.failure(no_way.status(scheme), visit)),
            }
        } else {
            Box::new(stream)
        };
        self.relay(visit, wire).await
    }

    /// The page of a failure of the origin's, which the switch turns into a plain 502.
    fn failure(&self, code: u16, visit: &Visit<'_>) -> Reply {
        self.error(if self.stage.edge.plain_502 { 502 } else { code }, visit)
    }

    /// The page of an error in the form that the visitor accepts.
    fn error(&self, code: u16, visit: &Visit<'_>) -> Reply {
        let kind = kind(code);
        let told_plainly = self.stage.edge.plain_502 && kind.status == 530;
        let facts = self.facts(if told_plainly { 502 } else { kind.status }, visit);
        // Custom error pages do not cover 500 (error-responses page, read 2026-07).
        if self.stage.edge.custom_pages && (501..600).contains(&kind.code) {
            return pages::custom(kind, &facts);
        }
        if self.stage.edge.short_text {
            return pages::short_text(kind, &facts);
        }
        pages::page(kind, Form::accepted(visit.request.header("accept")), &facts)
    }

    fn facts(&self, status: u16, visit: &Visit<'_>) -> Facts {
        Facts {
            host: visit.request.host(),
            ray: visit.ray.clone(),
            visitor: visit.visitor.to_string(),
            status,
            at: Timestamp::now(),
        }
    }
}

/// `/cdn-cgi/trace`: key=value lines (cdn-cgi-endpoint page, read 2026-07; fields as captured).
fn trace(visit: &Visit<'_>, host: &str) -> Reply {
    let https = visit.scheme == Scheme::Https;
    let now = Timestamp::now();
    let lines = format!(
        "fl=64f1\nh={host}\nip={}\nts={}.000\nvisit_scheme={}\nuag={}\ncolo=AMS\nsliver=none\n\
         http=http/1.1\nloc=NL\ntls={}\nsni={}\nwarp=off\ngateway=off\nrbi=off\nkex={}\n",
        visit.visitor,
        now.as_second(),
        visit.scheme.word(),
        visit.request.header("user-agent").unwrap_or_default(),
        if https { "TLSv1.3" } else { "off" },
        if https { "plaintext" } else { "off" },
        if https { "X25519MLKEM768" } else { "none" },
    );
    Reply::new(200)
        .header("Content-Type", "text/plain")
        .header("Access-Control-Allow-Origin", "*")
        .header("Cache-Control", "no-cache")
        .body(lines)
}

/// 16 hex digits that differ from visit to visit.
fn fresh_ray() -> String {
    // Each state of the standard hasher is seeded afresh, which is all the chance that is needed.
    format!("{:016x}", RandomState::new().build_hasher().finish())
}
