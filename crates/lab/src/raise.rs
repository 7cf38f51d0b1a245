//! Bringing a stage up on the loopback, and taking it down when it is dropped.
//!
//! Every port is chosen by the kernel and bound before anybody hears of it, so stages stand side by
//! side. All tasks belong to the [`Raised`] stage and end with it. Nothing needs a privilege.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use jiff::Timestamp;
use rayfix_core::ranges::{Ranges, RangesError};
use rayfix_core::target::{ModeFrom, Origin as Told, Scheme, Site, SiteError, Target};
use rustls::ServerConfig;
use socket2::Socket;
use tokio::task::JoinSet;

use crate::account::{Account, Token};
use crate::api::Emulated;
use crate::edge::dial::{self, Roads};
use crate::edge::{Edge, Way};
use crate::origins::Open;
use crate::pki::{Pki, pem};
use crate::reach::{Stand, stand};
use crate::stage::{Door, EDGE_V4, EDGE_V6, Origin, RANGES, Reach, Stage};
use crate::zone::NameServer;

/// A stage that stands. Dropping it ends everything.
#[derive(Debug)]
pub struct Raised {
    /// What is asked about, as a user would tell it.
    pub target: Target,
    /// Where the addresses of the pretend world really listen: address, port, real socket.
    pub detours: Vec<(String, u16, SocketAddr)>,
    /// The public authority's root, DER: to be trusted besides the public list.
    pub roots: Vec<Vec<u8>>,
    /// The name server that knows the site.
    pub resolver: SocketAddr,
    /// How long all questions together may take.
    pub timeout: Duration,
    /// How many visits to make.
    pub samples: u32,
    /// The Cloudflare account: the API stands beside the edge.
    pub api: Emulated,
    /// A token for it.
    pub token: Token,
    _tasks: JoinSet<()>,
    _held: Vec<Socket>,
}

/// Why a stage could not be brought up.
#[derive(Debug, thiserror::Error)]
pub enum RaiseError {
    /// The system refused a socket.
    #[error("open a port on the loopback: {0}")]
    Socket(#[from] io::Error),
    /// A certificate could not be made.
    #[error("make a certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The TLS of a peer could not be set up.
    #[error("set up TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// The same, for the part that verifies certificates.
    #[error("set up the verification of certificates: {0}")]
    Verifier(#[from] rustls::client::VerifierBuilderError),
    /// The stage's site is none.
    #[error("use the stage's site: {0}")]
    Site(#[from] SiteError),
    /// The stage's ranges are none.
    #[error("read the stage's ranges: {0}")]
    Ranges(#[from] RangesError),
}

impl Stage {
    /// Brings the stage up. Must be called within a tokio runtime with time and sockets enabled.
    ///
    /// # Errors
    /// When the loopback gives no ports, or a certificate cannot be made.
    pub async fn raise(self) -> Result<Raised, RaiseError> {
        let site = Site::parse(&self.site)?;
        let ranges = Ranges::parse(RANGES)?;
        let pki = Pki::new()?;
        let mut hosts = vec![site.host.clone()];
        hosts.extend(self.other_hosts.iter().cloned());
        let mut crew = Crew {
            pki,
            hosts: hosts.clone(),
            latency: self.latency,
            tasks: JoinSet::new(),
            held: Vec::new(),
            detours: Vec::new(),
        };

        let mut ways = Vec::new();
        for origin in &self.origins {
            let way = crew.origin(origin, self.edge.rule_port)?;
            if origin.recorded {
                ways.push(way);
            }
        }
        let (server, resolver) = NameServer::bind(self.zone.clone(), hosts.clone()).await?;
        crew.tasks.spawn(server.serve());

        let target = Target {
            ssl_mode: self.tell_mode.then_some(self.ssl_mode),
            ssl_mode_from: if self.tell_mode { ModeFrom::Option } else { ModeFrom::Unknown },
            origins: told(&self.origins),
            ranges: ranges.clone(),
            ..Target::new(site)
        };
        let (timeout, samples) = (self.timeout, self.samples);
        let token = Token::by_chance();
        let own = if self.edge.own_root { Some(Pki::new()?) } else { None };
        let mut account = Account::of(&self, Timestamp::now());
        account.own_roots.extend(own.iter().map(|pki| pem("CERTIFICATE", &pki.root_der())));
        let mut account = account.state(&token, self.account.token);
        account.trouble.clone_from(&self.account.trouble);
        let api = Emulated::raise(account).await?;
        let chain = crew.pki.for_edge(&hosts)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let edge = Edge {
            visitors: Arc::new(
                ServerConfig::builder_with_provider(provider)
                    .with_safe_default_protocol_versions()?
                    .with_no_client_auth()
                    .with_single_cert(chain.certificates, chain.key)?,
            ),
            origins: dial::config(
                own.as_ref().unwrap_or(&crew.pki).trusted(),
                &crew.pki,
                self.ssl_mode.validates(),
                self.edge.client_certificate,
            )?,
            stage: self,
            hosts,
            ways,
            ranges,
            live: None,
            connectors: None,
            turn: AtomicUsize::new(0),
        };
        crew.edge(&Arc::new(edge))?;
        Ok(Raised {
            target,
            detours: crew.detours,
            roots: vec![crew.pki.root_der().to_vec()],
            resolver,
            timeout,
            samples,
            api,
            token,
            _tasks: crew.tasks,
            _held: crew.held,
        })
    }
}

fn told(origins: &[Origin]) -> Vec<Told> {
    let told = origins.iter().filter(|origin| origin.told);
    told.map(|origin| {
        let port = origin.tls.port;
        Told { address: origin.address, port: (port != 443).then_some(port) }
    })
    .collect()
}

/// What is put together while a stage comes up.
struct Crew {
    pki: Pki,
    hosts: Vec<String>,
    latency: Duration,
    tasks: JoinSet<()>,
    held: Vec<Socket>,
    detours: Vec<(String, u16, SocketAddr)>,
}

impl Crew {
    /// `rule_port`: where a rule of the zone sends the edge.
    fn origin(&mut self, origin: &Origin, rule_port: Option<u16>) -> Result<Way, RaiseError> {
        let mut way = Way {
            address: origin.address,
            plain: self.door(origin.address, &origin.plain)?,
            tls: self.door(origin.address, &origin.tls)?,
            unwell: origin.unwell.is_some(),
        };
        if let Some(port) = rule_port.filter(|_| origin.recorded) {
            let road = if port == origin.plain.port {
                way.plain.again()
            } else if port == origin.tls.port {
                way.tls.again()
            } else {
                let closed = Door { port, reach: Reach::Refuses, ..origin.plain.clone() };
                self.door(origin.address, &closed)?
            };
            way = Way { plain: road.again(), tls: road, ..way };
        }
        Ok(way)
    }

    /// Puts up a port as visitors find it, and, where the edge finds it otherwise, one for each of
    /// the edge's roads; all of them lead to the same door.
    fn door(&mut self, address: IpAddr, door: &Door) -> Result<Roads, RaiseError> {
        let open = Open::new(door, &self.pki, &self.hosts, self.latency, dial::is_egress)?;
        let open = Arc::new(open);
        let mut put_up = |reach: Reach| -> Result<SocketAddr, RaiseError> {
            let Stand { at, listener, held } = stand(address, reach)?;
            self.held.extend(held);
            if let Some(listener) = listener {
                self.tasks.spawn(Arc::clone(&open).serve(listener));
            }
            Ok(at)
        };
        let direct = put_up(door.reach)?;
        let mut roads = Vec::new();
        for reach in &door.edge_reach {
            roads.push(if *reach == door.reach { direct } else { put_up(*reach)? });
        }
        if roads.is_empty() {
            roads.push(direct);
        }
        self.detours.push((address.to_string(), door.port, direct));
        Ok(Roads::new(roads))
    }

    fn edge(&mut self, edge: &Arc<Edge>) -> Result<(), RaiseError> {
        for address in [EDGE_V4, EDGE_V6] {
            for scheme in [Scheme::Http, Scheme::Https] {
                let Stand { at, listener, held } = stand(address, Reach::Accepts)?;
                self.held.extend(held);
                self.detours.push((address.to_string(), scheme.port(), at));
                if let Some(listener) = listener {
                    self.tasks.spawn(Arc::clone(edge).serve(listener, scheme));
                }
            }
        }
        Ok(())
    }
}
