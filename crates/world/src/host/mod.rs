//! This machine, where it is the origin: what all probes of it share, each thing looked up once.
//!
//! Everything here reads only. What needs a privilege that is not there is told as such; what hangs
//! is given up by its own deadline. Files may be of any size and hold anything, so nothing is read
//! whole that could be large.

pub(crate) mod aside;
mod bus;
pub(crate) mod certificates;
pub(crate) mod changes;
mod connectors;
mod definitions;
mod files;
pub mod firewall;
mod gateway;
pub(crate) mod little;
pub(crate) mod logs;
pub(crate) mod machine;
mod netlink;
mod owner;
mod place;
mod programs;
pub(crate) mod proxies;
pub(crate) mod rehearsal;
pub(crate) mod run;
pub(crate) mod service;
pub(crate) mod sockets;
mod units;
pub(crate) mod upstream;
pub(crate) mod user;
pub(crate) mod view;

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rayfix_core::evidence::host::tunnel::ConnectorAnswer;
use rayfix_core::evidence::host::{Known, Listeners, Owner, Place, Program, ProxySeen, UnitAnswer};
use rayfix_core::hop::Hop;
use rayfix_core::proxy::nginx::PeerAddress;
use rayfix_core::target::{Origin, Target};
use tokio::sync::OnceCell;

use self::bus::Bus;
use self::definitions::Definitions;
use self::programs::Processes;
use crate::setup::OnOrigin;

/// How long a question to this machine may take; all is well where it takes some milliseconds.
pub(crate) const PATIENCE: Duration = Duration::from_secs(3);

/// More upstreams are not asked about.
const MOST_UPSTREAMS: usize = 32;

/// Addresses and those who have to do with each; or why that cannot be told.
pub(crate) type Owners = Result<Arc<Vec<(PeerAddress, Owner)>>, String>;

/// This machine.
pub(crate) struct Host {
    pub(crate) place: Place,
    /// What came to be known later.
    known: OnceLock<Known>,
    site: String,
    overflows_before: Option<u64>,
    processes: OnceCell<Arc<Processes>>,
    target: Target,
    bus: OnceCell<Result<Bus, String>>,
    definitions: OnceCell<Arc<Definitions>>,
    owners: OnceCell<Owners>,
    path: String,
    listeners: OnceCell<Result<Arc<Listeners>, String>>,
    proxies: OnceCell<Arc<proxies::Found>>,
    connectors: OnceCell<Arc<Vec<ConnectorAnswer>>>,
}

impl Host {
    /// Looks whether this machine is the origin of a site; `None`: it is not, or may not be looked
    /// into.
    pub(crate) async fn find(target: &Target, on_origin: OnOrigin) -> Option<Arc<Host>> {
        if on_origin == OnOrigin::No {
            return None;
        }
        let mut host = Host {
            place: place::look(Known::Told),
            known: OnceLock::new(),
            site: target.site.host.clone(),
            overflows_before: sockets::overflows(),
            processes: OnceCell::new(),
            target: target.clone(),
            bus: OnceCell::new(),
            definitions: OnceCell::new(),
            owners: OnceCell::new(),
            path: target.site.path.clone(),
            listeners: OnceCell::new(),
            proxies: OnceCell::new(),
            connectors: OnceCell::new(),
        };
        host.place.known = match on_origin {
            OnOrigin::Yes => Known::Told,
            _ if target.origins.iter().any(|origin| place::is_own(origin.address)) => {
                Known::Address
            }
            // Addresses of another machine were given.
            _ if !target.origins.is_empty() => return None,
            _ if host.proxies().await.iter().any(|proxy| proxy.names_site) => Known::Proxy,
            _ if host.is_connector().await => Known::Connector,
            _ => return None,
        };
        Some(Arc::new(host))
    }

    /// Addresses to ask the site's web server at, where nobody told the origin's: the ones from
    /// which this machine speaks to others. IPv6 only where somebody listens for it on a web port.
    /// None where a tunnel leads to the site: then the edge comes through no door.
    pub(crate) async fn doors(&self) -> Vec<Origin> {
        if self.is_connector().await {
            return Vec::new();
        }
        let listeners = self.listeners().await;
        let six = listeners.sockets.iter().any(|socket| {
            matches!(socket.at.port(), Some(80 | 443))
                && matches!(&socket.at, rayfix_core::evidence::host::ListensAt::Tcp { address, .. }
                    if address.is_ipv6() && !address.ip().is_loopback())
        });
        let own = |ip: &IpAddr| ip.is_ipv4() || six;
        let doors = place::speaks_from().into_iter().filter(own);
        doors.map(|address| Origin { address, port: None }).collect()
    }

    /// The programs that run, by their number.
    pub(crate) async fn programs(&self) -> Arc<Vec<Program>> {
        Arc::clone(&self.processes().await.programs)
    }

    async fn processes(&self) -> Arc<Processes> {
        let look = || async { Arc::new(aside(Processes::look).await) };
        Arc::clone(self.processes.get_or_init(look).await)
    }

    /// Who listens, as far as that could be seen.
    pub(crate) async fn listeners(&self) -> Arc<Listeners> {
        self.listeners_told().await.unwrap_or_default()
    }

    /// Who listens, or why that cannot be told.
    pub(crate) async fn listeners_told(&self) -> Result<Arc<Listeners>, String> {
        let look = || async {
            let processes = self.processes().await;
            let seen = aside(move || sockets::look(&processes)).await;
            let seen = seen.map_err(|why| format!("the kernel did not tell its sockets: {why}"))?;
            Ok(Arc::new(Listeners { overflows_before: self.overflows_before, ..seen }))
        };
        self.listeners.get_or_init(look).await.clone()
    }

    /// A service. Its name may hold anything.
    pub(crate) async fn unit(&self, name: &str) -> UnitAnswer {
        if !self.place.systemd {
            return UnitAnswer::Processes { programs: units::like(name, &self.programs().await) };
        }
        match self.bus.get_or_init(Bus::connect).await {
            Ok(bus) => bus.unit(name, self.definitions().await.has(name)).await,
            Err(why) => UnitAnswer::Denied { why: why.clone() },
        }
    }

    /// The units that files define.
    async fn definitions(&self) -> Arc<Definitions> {
        let look = || async {
            let programs = self.programs().await;
            Arc::new(aside(move || Definitions::read(&units::running(&programs))).await)
        };
        Arc::clone(self.definitions.get_or_init(look).await)
    }

    /// Who listens at each address that requests for the site are handed to, and who should; or why
    /// that cannot be told.
    pub(crate) async fn owners(&self) -> Owners {
        let look = || async {
            let listeners = self.listeners_told().await?;
            let definitions = self.definitions().await;
            let addresses = self.upstream_addresses().await;
            let look = move || {
                let owner = |to: PeerAddress| {
                    let owner = owner::look(&to, &listeners, &definitions);
                    (to, owner)
                };
                addresses.into_iter().map(owner).collect()
            };
            Ok(Arc::new(aside(look).await))
        };
        self.owners.get_or_init(look).await.clone()
    }

    /// The addresses that requests for the site are handed to, by the web servers and the tunnels.
    pub(crate) async fn upstream_addresses(&self) -> Vec<PeerAddress> {
        let (proxies, connectors) = (self.proxies().await, self.connectors().await);
        let services = connectors.iter().filter_map(|connector| {
            let rule = connector.rule()?;
            let service = rule.service.as_ref()?;
            Some(service.asked(&rule.request, &self.site, &self.path)?.to)
        });
        let handed = proxies.iter().flat_map(|proxy| proxy.upstreams.iter().cloned());
        let mut all: Vec<PeerAddress> = Vec::new();
        for address in handed.chain(services) {
            if all.len() < MOST_UPSTREAMS && !all.contains(&address) {
                all.push(address);
            }
        }
        all
    }

    /// The units that have to do with the site, and the part that each plays.
    pub(crate) async fn units(&self) -> Vec<(String, Hop)> {
        let owners = self.owners().await.unwrap_or_default();
        let (proxies, connectors) = (self.proxies().await, self.connectors().await);
        let (listeners, definitions) = (self.listeners().await, self.definitions().await);
        units::of_interest(&proxies, &connectors, &owners, &listeners, &definitions)
    }

    /// The web servers.
    pub(crate) async fn proxies(&self) -> Arc<Vec<ProxySeen>> {
        Arc::clone(&self.web_servers().await.seen)
    }

    /// The same, with what it takes to ask further.
    pub(crate) async fn web_servers(&self) -> Arc<proxies::Found> {
        let look = || async {
            let programs = self.programs().await;
            let wanted = proxies::Wanted::of(&self.target, &self.place.addresses);
            let mut commands = Vec::new();
            for unit in proxies::asks_units(&programs) {
                if let UnitAnswer::Known(seen) = self.unit(unit).await
                    && let Some(command) = &seen.command
                {
                    commands.push(((*unit).to_owned(), command.clone()));
                }
            }
            Arc::new(proxies::look(&programs, &wanted, &commands).await)
        };
        Arc::clone(self.proxies.get_or_init(look).await)
    }

    /// The connectors of tunnels.
    pub(crate) async fn connectors(&self) -> Arc<Vec<ConnectorAnswer>> {
        let look = || async {
            let (programs, listeners) = (self.programs().await, self.listeners().await);
            Arc::new(connectors::look(&programs, &listeners, &self.site, &self.path).await)
        };
        Arc::clone(self.connectors.get_or_init(look).await)
    }

    /// The ids of the tunnels that connectors here serve for the site, or were meant to.
    pub(crate) async fn tunnels(&self) -> Vec<String> {
        let connectors = self.connectors().await;
        connectors.iter().filter_map(|one| one.tunnel_id().map(str::to_owned)).collect()
    }

    /// The same machine, when it is known which addresses the edge dials: it is the origin for certain if
    /// one of them is its own.
    pub(crate) fn known_by(self: Arc<Self>, origins: &[Origin]) -> Arc<Self> {
        let own = origins.iter().any(|origin| place::is_own(origin.address));
        if own && matches!(self.place.known, Known::Proxy | Known::Connector) {
            let _ = self.known.set(Known::Address);
        }
        self
    }

    /// What this machine is, and by what it is known as the origin.
    pub(crate) fn place(&self) -> Place {
        let known = *self.known.get().unwrap_or(&self.place.known);
        Place { known, ..self.place.clone() }
    }

    /// Whether a tunnel's connector here is set up for the site, or was meant to be.
    async fn is_connector(&self) -> bool {
        let meant = |one: &ConnectorAnswer| {
            one.names_site() || one.ingress.as_ref().is_some_and(|ingress| ingress.near.is_some())
        };
        self.connectors().await.iter().any(meant)
    }
}

/// Looks at files on a thread where waiting holds nobody up. A look that panics ends the one who
/// asked as well: it has not seen that nothing is there.
pub(crate) async fn aside<T: Send + 'static>(look: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(look).await {
        Ok(seen) => seen,
        Err(ended) => match ended.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is going down, and nobody waits for an answer any more.
            Err(_) => std::future::pending().await,
        },
    }
}
