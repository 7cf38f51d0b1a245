//! A zone with many hosts, each with an origin of its own, behind one edge that goes by the mode in the emulated API.
//!
//! A [`Stage`] is one host; an [`Estate`] is what an account has: change the mode by the API, and the next visit of any
//! host meets it. Records stand in the API as well, so that whoever reads the account finds the same origins that the
//! edge asks. What is not here: rules of the zone that change the edge's way (only their text is in the API).

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayfix_core::ranges::Ranges;
use rayfix_core::target::{Scheme, SslMode};
use rustls::{ClientConfig, ServerConfig};
use socket2::Socket;
use tokio::task::JoinSet;

use crate::api::{Emulated, Grant, State, Zone, ids};
use crate::edge::dial::{self, Roads};
use crate::edge::{Edge, Way, many};
use crate::origins::Open;
use crate::pki::Pki;
use crate::raise::RaiseError;
use crate::reach::{Stand, stand};
use crate::stage::{Door, EDGE_V4, Origin, Own, RANGES, Reach, Record, Stage, ZoneAnswers};
use crate::zone::NameServer;

/// A zone and its hosts, as plain data.
#[derive(Debug, Clone)]
pub struct Estate {
    /// `estate.test`.
    pub name: String,
    /// The mode at first.
    pub mode: SslMode,
    /// Each host once.
    pub hosts: Vec<Host>,
}

/// A host of the zone.
#[derive(Debug, Clone)]
pub struct Host {
    /// `shop.estate.test`.
    pub name: String,
    /// `A`, `AAAA`, `CNAME`.
    pub kind: &'static str,
    /// An address, or a name.
    pub content: String,
    /// The origin; none: the edge asks nobody.
    pub origin: Option<Origin>,
    /// What the edge does before it asks.
    pub own: Own,
    /// How the edge knows the origin.
    pub record: Record,
}

/// An estate that stands. Dropping it ends everything.
#[derive(Debug)]
pub struct RaisedEstate {
    /// The zone's name.
    pub name: String,
    /// Its account's API, with one token that may do everything ([`RaisedEstate::token`]).
    pub api: Emulated,
    /// Where the edge listens, for http and for https.
    pub edge: (SocketAddr, SocketAddr),
    /// Where the addresses of the pretend world really listen: address, port, real socket.
    pub detours: Vec<(String, u16, SocketAddr)>,
    /// The public authority's root, DER.
    pub roots: Vec<Vec<u8>>,
    /// The name server that knows the names that CNAMEs lead to.
    pub resolver: SocketAddr,
    /// Which addresses are Cloudflare's.
    pub ranges: Ranges,
    _tasks: JoinSet<()>,
    _held: Vec<Socket>,
}

impl RaisedEstate {
    /// A token that may do everything in the account.
    #[must_use]
    pub fn token() -> String {
        ids::token("estate")
    }
}

/// The address of the origin with this number, of either family.
#[must_use]
pub fn address(number: u16, v6: bool) -> IpAddr {
    let [high, low] = number.to_be_bytes();
    if v6 {
        Ipv6Addr::new(0x2001, 0xdb8, 0x67, 0, 0, 0, 0, number).into()
    } else {
        Ipv4Addr::new(127, 67, high, low).into()
    }
}

impl Estate {
    /// A zone without hosts, in mode full.
    #[must_use]
    pub fn new(name: &str) -> Estate {
        Estate { name: name.to_owned(), mode: SslMode::Full, hosts: Vec::new() }
    }

    /// The same with a host whose record holds the origin's address.
    #[must_use]
    pub fn host(self, label: &str, origin: Origin) -> Estate {
        let kind = if origin.address.is_ipv4() { "A" } else { "AAAA" };
        let content = origin.address.to_string();
        self.with(label, kind, content, Some(origin), Own::Works, Record::Addresses)
    }

    /// The same with a host whose record holds a name elsewhere, which leads to the origin.
    #[must_use]
    pub fn alias(self, label: &str, to: &str, origin: Origin) -> Estate {
        let to = to.to_owned();
        self.with(label, "CNAME", to, Some(origin), Own::Works, Record::Addresses)
    }

    /// The same with a host behind a tunnel without connectors.
    #[must_use]
    pub fn tunnel(self, label: &str) -> Estate {
        let to = format!("{}.cfargotunnel.com", ids::uuid(label));
        let record = Record::Tunnel { connected: false };
        self.with(label, "CNAME", to, None, Own::Works, record)
    }

    /// The same with a host that a Worker answers for.
    #[must_use]
    pub fn originless(self, label: &str) -> Estate {
        let own = Own::Challenges;
        self.with(label, "A", "192.0.2.1".to_owned(), None, own, Record::Addresses)
    }

    fn with(
        mut self,
        label: &str,
        kind: &'static str,
        content: String,
        origin: Option<Origin>,
        own: Own,
        record: Record,
    ) -> Estate {
        let name = format!("{label}.{}", self.name);
        self.hosts.push(Host { name, kind, content, origin, own, record });
        self
    }

    /// Brings it up. Must be called within a tokio runtime with time and sockets enabled.
    ///
    /// # Errors
    /// When the loopback gives no ports, or a certificate cannot be made.
    pub async fn raise(self) -> Result<RaisedEstate, RaiseError> {
        let pki = Pki::new()?;
        let ranges = Ranges::parse(RANGES)?;
        let mut crew = Crew {
            pki,
            tasks: JoinSet::new(),
            held: Vec::new(),
            detours: Vec::new(),
            names: BTreeMap::new(),
        };
        // Origins under one address are one origin: it serves the names of all its hosts.
        for host in &self.hosts {
            if let Some(origin) = &host.origin {
                crew.names.entry(origin.address).or_default().push(host.name.clone());
            }
        }
        let mut put_up: BTreeMap<IpAddr, (SocketAddr, SocketAddr)> = BTreeMap::new();
        let mut doors = BTreeMap::new();
        for host in &self.hosts {
            let Some(origin) = &host.origin else { continue };
            let at = match put_up.get(&origin.address) {
                Some(at) => *at,
                None => (
                    crew.door(origin.address, &origin.plain)?,
                    crew.door(origin.address, &origin.tls)?,
                ),
            };
            put_up.insert(origin.address, at);
            doors.insert(host.name.clone(), (origin.address, at.0, at.1));
        }

        let mode = Arc::new(AtomicUsize::new(self.mode as usize));
        let mut zone =
            Zone::new(&self.name).on_plan("enterprise").setting("ssl", self.mode.word(), None);
        for host in &self.hosts {
            zone = zone.record(host.kind, &host.name, &host.content, true);
        }
        let mut state = State::account().granting(Grant::all("estate")).with(zone);
        let heard = Arc::clone(&mode);
        state.on_ssl.push(Arc::new(move |_, word| {
            if let Ok(mode) = word.parse::<SslMode>() {
                heard.store(mode as usize, Ordering::SeqCst);
            }
        }));
        let api = Emulated::raise(state).await?;

        let (server, resolver) = NameServer::bind(self.elsewhere(), self.aliases()).await?;
        crew.tasks.spawn(server.serve());
        let edge = self.clone().edge(&mut crew, doors, mode, &ranges)?;
        Ok(RaisedEstate {
            name: self.name,
            api,
            edge,
            detours: crew.detours,
            roots: vec![crew.pki.root_der().to_vec()],
            resolver,
            ranges,
            _tasks: crew.tasks,
            _held: crew.held,
        })
    }

    /// Names elsewhere that records lead to.
    fn aliases(&self) -> Vec<String> {
        let elsewhere = |host: &&Host| host.kind == "CNAME" && host.origin.is_some();
        self.hosts.iter().filter(elsewhere).map(|host| host.content.clone()).collect()
    }

    /// What the name server tells of all of them: the lab's one knows one set of addresses.
    fn elsewhere(&self) -> crate::stage::Zone {
        let addresses: Vec<IpAddr> = self
            .hosts
            .iter()
            .filter(|host| host.kind == "CNAME")
            .filter_map(|host| Some(host.origin.as_ref()?.address))
            .collect();
        let v4 = |address: &IpAddr| match address {
            IpAddr::V4(v4) => Some(*v4),
            IpAddr::V6(_) => None,
        };
        crate::stage::Zone {
            answers: ZoneAnswers::Records,
            a: addresses.iter().filter_map(v4).take(1).collect(),
            aaaa: Vec::new(),
            alias: None,
        }
    }

    fn edge(
        self,
        crew: &mut Crew,
        doors: BTreeMap<String, (IpAddr, SocketAddr, SocketAddr)>,
        mode: Arc<AtomicUsize>,
        ranges: &Ranges,
    ) -> Result<(SocketAddr, SocketAddr), RaiseError> {
        let chain = crew.pki.for_edge(&[format!("*.{}", self.name)])?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let visitors = Arc::new(
            ServerConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()?
                .with_no_client_auth()
                .with_single_cert(chain.certificates, chain.key)?,
        );
        let any: Arc<ClientConfig> = dial::config(crew.pki.trusted(), &crew.pki, false, false)?;
        let strict = dial::config(crew.pki.trusted(), &crew.pki, true, false)?;
        let hosts: BTreeMap<String, Host> =
            self.hosts.into_iter().map(|host| (host.name.clone(), host)).collect();
        let ranges = ranges.clone();
        let towards = Arc::clone(&visitors);
        let pick: many::Pick = Arc::new(move |name| {
            let host = hosts.get(name)?;
            let mode = *SslMode::ALL.get(mode.load(Ordering::SeqCst))?;
            let mut stage = Stage { ssl_mode: mode, origins: Vec::new(), ..Stage::healthy() };
            stage.edge.own = host.own;
            stage.edge.record = host.record;
            let way = |(address, plain, tls): &(IpAddr, SocketAddr, SocketAddr)| Way {
                address: *address,
                plain: Roads::new(vec![*plain]),
                tls: Roads::new(vec![*tls]),
                unwell: false,
            };
            Some(Edge {
                stage,
                hosts: vec![name.to_owned()],
                visitors: Arc::clone(&towards),
                origins: Arc::clone(if mode.validates() { &strict } else { &any }),
                ways: doors.get(name).map(way).into_iter().collect(),
                ranges: ranges.clone(),
                live: None,
                connectors: None,
                turn: AtomicUsize::new(0),
            })
        });
        let mut at = Vec::new();
        for scheme in [Scheme::Http, Scheme::Https] {
            let Stand { at: here, listener, held } = stand(EDGE_V4, Reach::Accepts)?;
            crew.held.extend(held);
            at.push(here);
            if let Some(listener) = listener {
                let (visitors, pick) = (Arc::clone(&visitors), Arc::clone(&pick));
                crew.tasks.spawn(many::serve(listener, scheme, visitors, pick));
            }
        }
        Ok((at[0], at[1]))
    }
}

/// What is put together while an estate comes up.
struct Crew {
    pki: Pki,
    tasks: JoinSet<()>,
    held: Vec<Socket>,
    detours: Vec<(String, u16, SocketAddr)>,
    /// The names that each address serves.
    names: BTreeMap<IpAddr, Vec<String>>,
}

impl Crew {
    fn door(&mut self, address: IpAddr, door: &Door) -> Result<SocketAddr, RaiseError> {
        let names = self.names.get(&address).cloned().unwrap_or_default();
        let open = Open::new(door, &self.pki, &names, std::time::Duration::ZERO, dial::is_egress)?;
        let Stand { at, listener, held } = stand(address, door.reach)?;
        self.held.extend(held);
        if let Some(listener) = listener {
            self.tasks.spawn(Arc::new(open).serve(listener));
        }
        self.detours.push((address.to_string(), door.port, at));
        Ok(at)
    }
}
