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
mod gateway;
mod little;
pub(crate) mod logs;
pub(crate) mod machine;
mod netlink;
mod owner;
mod place;
mod programs;
pub(crate) mod proxies;
pub(crate) mod rehearsal;
mod run;
pub(crate) mod service;
pub(crate) mod sockets;
mod units;
pub(crate) mod upstream;
pub(crate) mod user;
pub(crate) mod view;

use std::net::IpAddr;
use std::sync::Arc;

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

/// More upstreams are not asked about.
const MOST_UPSTREAMS: usize = 32;

/// This machine.
pub(crate) struct Host {
    pub(crate) place: Place,
    site: String,
    overflows_before: Option<u64>,
    processes: OnceCell<Arc<Processes>>,
    target: Target,
    bus: OnceCell<Result<Bus, String>>,
    definitions: OnceCell<Arc<Definitions>>,
    owners: OnceCell<Arc<Vec<(PeerAddress, Owner)>>>,
    path: String,
    listeners: OnceCell<Arc<Listeners>>,
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

    /// Who listens.
    pub(crate) async fn listeners(&self) -> Arc<Listeners> {
        let look = || async {
            let processes = self.processes().await;
            let seen = aside(move || sockets::look(&processes)).await;
            Arc::new(Listeners { overflows_before: self.overflows_before, ..seen })
        };
        Arc::clone(self.listeners.get_or_init(look).await)
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

    /// Who listens at an address, and who should.
    pub(crate) async fn owner(&self, to: &PeerAddress) -> Owner {
        let (listeners, definitions) = (self.listeners().await, self.definitions().await);
        let to = to.clone();
        aside(move || owner::look(&to, &listeners, &definitions)).await
    }

    /// The same of every address that requests for the site are handed to.
    pub(crate) async fn owners(&self) -> Arc<Vec<(PeerAddress, Owner)>> {
        let look = || async {
            let mut owners = Vec::new();
            for address in self.upstream_addresses().await {
                let owner = self.owner(&address).await;
                owners.push((address, owner));
            }
            Arc::new(owners)
        };
        Arc::clone(self.owners.get_or_init(look).await)
    }

    /// The addresses that requests for the site are handed to, by the web servers and the tunnels.
    pub(crate) async fn upstream_addresses(&self) -> Vec<PeerAddress> {
        let mut all: Vec<PeerAddress> = Vec::new();
        for proxy in self.proxies().await.iter() {
            for address in &proxy.upstreams {
                if all.len() < MOST_UPSTREAMS && !all.contains(address) {
                    all.push(address.clone());
                }
            }
        }
        all
    }

    /// The units that have to do with the site, and the part that each plays.
    pub(crate) async fn units(&self) -> Vec<(String, Hop)> {
        let owners = self.owners().await;
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

    /// Whether a tunnel's connector here is set up for the site.
    async fn is_connector(&self) -> bool {
        self.connectors().await.iter().any(ConnectorAnswer::names_site)
    }
}

/// Looks at files on a thread where waiting holds nobody up. A look that panics saw nothing.
pub(crate) async fn aside<T: Default + Send + 'static>(
    look: impl FnOnce() -> T + Send + 'static,
) -> T {
    tokio::task::spawn_blocking(look).await.unwrap_or_default()
}
