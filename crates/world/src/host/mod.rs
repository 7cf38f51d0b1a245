//! This machine, where it is the origin: what all probes of it share, each thing looked up once.
//!
//! Everything here reads only. What needs a privilege that is not there is told as such; what hangs
//! is given up by its own deadline. Files may be of any size and hold anything, so nothing is read
//! whole that could be large.

mod connectors;
mod place;
pub(crate) mod service;

use std::net::IpAddr;
use std::sync::Arc;

use rayfix_core::evidence::host::tunnel::ConnectorAnswer;
use rayfix_core::evidence::host::{Known, Listeners, Place, Program, ProxySeen, UnitAnswer};
use rayfix_core::target::{Origin, Target};
use tokio::sync::OnceCell;

use crate::setup::OnOrigin;

/// This machine.
pub(crate) struct Host {
    pub(crate) place: Place,
    site: String,
    path: String,
    programs: OnceCell<Arc<Vec<Program>>>,
    listeners: OnceCell<Arc<Listeners>>,
    proxies: OnceCell<Arc<Vec<ProxySeen>>>,
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
            path: target.site.path.clone(),
            programs: OnceCell::new(),
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
        let look = || async { Arc::new(Vec::new()) };
        Arc::clone(self.programs.get_or_init(look).await)
    }

    /// Who listens.
    pub(crate) async fn listeners(&self) -> Arc<Listeners> {
        let look = || async { Arc::new(Listeners::default()) };
        Arc::clone(self.listeners.get_or_init(look).await)
    }

    /// A service.
    pub(crate) async fn unit(&self, name: &str) -> UnitAnswer {
        UnitAnswer::Denied { why: format!("{name} cannot be asked about yet") }
    }

    /// The web servers.
    pub(crate) async fn proxies(&self) -> Arc<Vec<ProxySeen>> {
        let look = || async { Arc::new(Vec::new()) };
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
