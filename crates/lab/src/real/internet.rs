//! The edge and the name server of a stage, on a thread that lives in the edge's namespace.
//!
//! A socket belongs to the namespace of the thread that makes it, so the emulated edge needs no
//! process of its own: it ends with this one, however that ends.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use rayfix_core::ranges::Ranges;
use rayfix_core::target::Scheme;
use rustls::ServerConfig;
use tokio::net::{TcpListener, UdpSocket};
use tokio::runtime;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::{
    EDGE_V4, EDGE_V6, HOST, ORIGIN_V4, ORIGIN_V6, RESOLVER, RealStage, TUNNEL_EDGE, TUNNEL_SECRET,
    Trouble, spaces,
};
use crate::edge::connectors::{self, Connectors};
use crate::edge::dial::Roads;
use crate::edge::live::LiveMode;
use crate::edge::{Edge, Way};
use crate::pki::Pki;
use crate::raise::RaiseError;
use crate::stage::{Stage, Zone, ZoneAnswers};
use crate::zone::NameServer;

/// The thread; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Internet {
    /// Those of the tunnel, where there is one.
    connectors: Option<Arc<Connectors>>,
    mode: LiveMode,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Internet {
    /// Puts the edge and the name server up in a namespace; they answer when this returns.
    pub(super) fn raise(space: &str, stage: RealStage, pki: &Pki) -> Result<Self, Trouble> {
        let mode = LiveMode::new(pki, stage.ssl_mode, stage.edge.client_certificate)?;
        let edge = Arc::new(edge(stage, mode.clone(), pki)?);
        let connectors = edge.connectors.clone();
        let space = space.to_owned();
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = mpsc::channel();
        let thread = thread::spawn(move || {
            let up = prepare(&space).and_then(|runtime| {
                let tasks = runtime.block_on(open(&edge))?;
                Ok((runtime, tasks))
            });
            match up {
                Ok((runtime, tasks)) => {
                    let _ = tell.send(Ok(()));
                    // An error means that the other end is gone, which says the same.
                    let _ = runtime.block_on(stopped);
                    drop(tasks);
                }
                Err(trouble) => {
                    let _ = tell.send(Err(trouble));
                }
            }
        });
        let internet = Internet { connectors, mode, stop: Some(stop), thread: Some(thread) };
        told.recv().map_err(|_| Trouble::Boot("the edge's thread ended".to_owned()))??;
        Ok(internet)
    }

    /// The zone's SSL mode.
    pub(super) fn mode(&self) -> &LiveMode {
        &self.mode
    }

    /// How many connections of the tunnel stand; none: there is no tunnel.
    pub(super) fn connections(&self) -> Option<usize> {
        self.connectors.as_ref().map(|connectors| connectors.connected())
    }
}

impl Drop for Internet {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Moves this thread into the namespace.
pub(super) fn prepare(space: &str) -> Result<runtime::Runtime, Trouble> {
    spaces::enter(space)?;
    // One thread: another would be in this machine's own namespace.
    runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Trouble::system("run the edge"))
}

async fn open(edge: &Arc<Edge>) -> Result<JoinSet<()>, Trouble> {
    let failed = |error: io::Error| Trouble::Raise(RaiseError::Socket(error));
    let mut tasks = JoinSet::new();
    for address in [EDGE_V4, EDGE_V6] {
        for scheme in [Scheme::Http, Scheme::Https] {
            let at = SocketAddr::new(literal(address), scheme.port());
            let listener = TcpListener::bind(at).await.map_err(failed)?;
            tasks.spawn(Arc::clone(edge).serve(listener, scheme));
        }
    }
    if let Some(connectors) = &edge.connectors {
        // As QUIC is carried by TCP here, it has a port of its own beside the one that is really used.
        for port in [7844, 7845] {
            let at = SocketAddr::new(literal(TUNNEL_EDGE), port);
            let listener = TcpListener::bind(at).await.map_err(failed)?;
            tasks.spawn(Arc::clone(connectors).serve(listener));
        }
        let at = SocketAddr::new(literal(TUNNEL_EDGE), 7844);
        tasks.spawn(connectors::echo(UdpSocket::bind(at).await.map_err(failed)?));
    }
    let at = SocketAddr::new(literal(RESOLVER), 53);
    let zone = edge.stage.zone.clone();
    let (server, _) = NameServer::bind_to(at, zone, edge.hosts.clone()).await.map_err(failed)?;
    tasks.spawn(server.serve());
    Ok(tasks)
}

fn edge(stage: RealStage, mode: LiveMode, pki: &Pki) -> Result<Edge, RaiseError> {
    let hosts = vec![HOST.to_owned()];
    let ranges = Ranges::built_in();
    let way = |address: &str| {
        let address = literal(address);
        let road = |port| Roads::between(egress(&ranges), vec![SocketAddr::new(address, port)]);
        Way { address, plain: road(80), tls: road(443), unwell: false }
    };
    let chain = pki.for_edge(&hosts)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let visitors = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain.certificates, chain.key)?;
    Ok(Edge {
        visitors: Arc::new(visitors),
        origins: Arc::clone(mode.origins(mode.get())),
        live: Some(mode),
        ways: vec![way(ORIGIN_V4), way(ORIGIN_V6)],
        stage: Stage {
            ssl_mode: stage.ssl_mode,
            edge: stage.edge,
            timeouts: stage.timeouts,
            zone: Zone {
                answers: ZoneAnswers::Records,
                a: vec![Ipv4Addr::new(104, 16, 0, 80)],
                aaaa: vec![Ipv6Addr::new(0x2606, 0x4700, 0, 0, 0, 0, 0, 0x80)],
                alias: None,
            },
            ..Stage::healthy()
        },
        hosts,
        ranges,
        connectors: stage.tunnel.then(|| Arc::new(Connectors::new(TUNNEL_SECRET))),
        turn: AtomicUsize::new(0),
    })
}

/// One address of each range, in the order of the list: its 78th.
fn egress(ranges: &Ranges) -> Vec<IpAddr> {
    let within = |network: IpAddr| match network {
        IpAddr::V4(v4) => IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits() + 77)),
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() + 77)),
    };
    ranges.prefixes().iter().map(|prefix| within(prefix.network())).collect()
}

pub(super) fn literal(address: &str) -> IpAddr {
    address.parse().expect("the addresses of the stage are written as addresses")
}
