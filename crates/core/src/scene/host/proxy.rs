//! The web server in front of the site: the doors that the edge comes in by, and whom requests are
//! handed to behind each.
//!
//! A machine may have several web servers, several sites and several upstreams. What counts is what
//! stands in the way of this site's requests: under each SSL mode that is possible, or behind the
//! tunnel where the site comes through one. Where the files leave open which way a request takes,
//! that is kept, so that nobody becomes certain about it.

use super::{OnHost, UpstreamSeen};
use crate::evidence::host::{Listener, Listeners, Program, ProxySeen, UpstreamAnswer};
use crate::evidence::{HttpAnswer, Reading, ReadingId, TcpAnswer};
use crate::hop::Hop;
use crate::proxy::nginx::{Pass, PeerAddress, Peers, Served};
use crate::scene::Scene;
use crate::scene::families::before_the_reply;
use crate::scene::roads::{RoadSeen, delivers};
use crate::target::Scheme;

/// A door of this machine that requests for the site come in by.
#[derive(Debug, Clone, Copy)]
pub struct DoorUsed<'s, 'a> {
    /// http or https.
    pub scheme: Scheme,
    /// The port; 0 where a tunnel comes in by a Unix socket.
    pub port: u16,
    /// How it was asked.
    pub way: Way<'s, 'a>,
}

/// How requests come to a door.
#[derive(Debug, Clone, Copy)]
pub enum Way<'s, 'a> {
    /// From the edge, by a road.
    Road(&'s RoadSeen<'a>),
    /// From a tunnel's connector on this machine.
    Tunnel(UpstreamSeen<'a>),
}

impl<'a> DoorUsed<'_, 'a> {
    /// The address that is asked.
    #[must_use]
    pub fn to(&self) -> PeerAddress {
        match self.way {
            Way::Road(road) => PeerAddress::Ip(road.road.to),
            Way::Tunnel(seen) => seen.asked.to.clone(),
        }
    }

    /// What it answers to a request as the edge or the tunnel sends it.
    #[must_use]
    pub fn http(&self) -> Option<(&'a Reading, &'a HttpAnswer)> {
        match self.way {
            Way::Road(road) => {
                let asked = [road.dressed, road.request].into_iter().flatten();
                asked.filter_map(|reading| Some((reading, reading.http()?))).next()
            }
            Way::Tunnel(UpstreamSeen {
                reading, answer: UpstreamAnswer::Http { http }, ..
            }) => Some((reading, http)),
            Way::Tunnel(_) => None,
        }
    }

    /// The readings that show that somebody is at the door, whatever comes of a request.
    #[must_use]
    pub fn reached(&self) -> Vec<ReadingId> {
        match self.way {
            Way::Road(road) => before_the_reply(road),
            Way::Tunnel(_) => Vec::new(),
        }
    }

    /// The reading that shows that nobody takes connections there.
    #[must_use]
    pub fn refused(&self) -> Option<ReadingId> {
        match self.way {
            Way::Road(road) => {
                let refused = road.tcp_answer() == Some(&TcpAnswer::Refused);
                road.tcp.filter(|_| refused).map(|reading| reading.id)
            }
            Way::Tunnel(seen) => {
                let refused = matches!(
                    seen.answer,
                    UpstreamAnswer::Unconnected { tcp: TcpAnswer::Refused, .. }
                        | UpstreamAnswer::SocketMissing { .. }
                );
                refused.then_some(seen.reading.id)
            }
        }
    }

    /// The reading that shows that connections or requests there get no answer at all.
    #[must_use]
    pub fn silent(&self) -> Option<ReadingId> {
        let by_http = || {
            let (reading, answer) = self.http()?;
            matches!(answer, HttpAnswer::Silent { .. }).then_some(reading.id)
        };
        let connecting = match self.way {
            Way::Road(road) => road
                .tcp
                .filter(|_| matches!(road.tcp_answer(), Some(TcpAnswer::Silent { .. })))
                .map(|reading| reading.id),
            Way::Tunnel(seen) => {
                let silent = matches!(
                    seen.answer,
                    UpstreamAnswer::Unconnected { tcp: TcpAnswer::Silent { .. }, .. }
                );
                silent.then_some(seen.reading.id)
            }
        };
        connecting.or_else(by_http)
    }

    /// Whether it serves the site.
    #[must_use]
    pub fn serves(&self) -> bool {
        self.http().is_some_and(|(_, answer)| delivers(answer))
    }
}

/// Whom the requests of a door are handed to.
#[derive(Debug)]
pub struct Handed<'a> {
    /// Whether it is certain that requests for the site are handed to these.
    pub is_sure: bool,
    /// Those that may get a request, in the order written; empty where none does.
    pub members: Vec<Member<'a>>,
}

/// One upstream that a door leads to.
#[derive(Debug, Clone, Copy)]
pub struct Member<'a> {
    /// Where it is.
    pub to: &'a PeerAddress,
    /// The directive, where the files were understood that far.
    pub pass: Option<&'a Pass>,
    /// How it answered, where it was asked.
    pub seen: Option<UpstreamSeen<'a>>,
    /// Whether it is only asked where the others of its group do not answer.
    pub is_spare: bool,
}

impl<'a> OnHost<'a> {
    /// Whether a program is the one of this web server.
    pub(super) fn is_of(program: &Program, proxy: &ProxySeen) -> bool {
        proxy.running.as_ref().is_some_and(|running| {
            running.pid == program.pid
                || (running.unit.is_some() && running.unit == program.unit)
                || (running.name == program.name && running.container == program.container)
        })
    }

    /// The listeners that take connections to an address.
    #[must_use]
    pub fn takers(&self, to: &PeerAddress) -> Option<(&'a Reading, Vec<&'a Listener>)> {
        let (reading, listeners) = self.listeners()?;
        Some((reading, listeners.sockets.iter().filter(|one| one.at.takes(to)).collect()))
    }

    /// The listeners on a port, on whatever address.
    #[must_use]
    pub fn on_port(&self, port: u16) -> Option<(&'a Reading, Vec<&'a Listener>)> {
        let (reading, listeners): (_, &'a Listeners) = self.listeners()?;
        let on = |one: &&Listener| one.at.port() == Some(port);
        Some((reading, listeners.sockets.iter().filter(on).collect()))
    }
}

impl<'a> Scene<'a> {
    /// The doors that requests for the site come in by, each once: those of the tunnel where the
    /// site comes through one and nobody told of another origin; else those of the roads that the
    /// edge takes.
    #[must_use]
    pub fn doors_used(&self) -> Vec<DoorUsed<'_, 'a>> {
        let Some(host) = &self.host else { return Vec::new() };
        let tunnel = host.upstreams(Hop::Tunnel);
        let used = self.used_roads();
        if !tunnel.is_empty() && (self.target.origins_assumed || used.is_empty()) {
            let door = |seen: UpstreamSeen<'a>| {
                let scheme = if seen.asked.speaks.tls() { Scheme::Https } else { Scheme::Http };
                let port = match &seen.asked.to {
                    PeerAddress::Ip(to) => to.port(),
                    PeerAddress::Name { port, .. } => *port,
                    PeerAddress::Unix(_) => 0,
                };
                DoorUsed { scheme, port, way: Way::Tunnel(seen) }
            };
            return tunnel.into_iter().map(door).collect();
        }
        let by_road = used.into_iter().map(|(road, _)| DoorUsed {
            scheme: road.road.scheme,
            port: road.road.to.port(),
            way: Way::Road(road),
        });
        by_road.collect()
    }

    /// Whether the site comes through a tunnel's connector on this machine.
    #[must_use]
    pub fn comes_by_tunnel(&self) -> bool {
        self.doors_used().iter().any(|door| matches!(door.way, Way::Tunnel(_)))
    }

    /// The web server that is in the way of the site's requests: the one that listens at a used
    /// door; where that cannot be seen, the one that answers for the site. `None` also where another
    /// program has the door.
    #[must_use]
    pub fn front(&self) -> Option<(&'a Reading, &'a ProxySeen)> {
        let host = self.host.as_ref()?;
        let doors = self.doors_used();
        let owners: Vec<&Program> = doors
            .iter()
            .filter_map(|door| host.takers(&door.to()))
            .flat_map(|(_, takers)| takers)
            .filter_map(|taker| taker.program.as_ref())
            .collect();
        let owns = |proxy: &ProxySeen| owners.iter().any(|owner| OnHost::is_of(owner, proxy));
        if let Some(owner) = host.proxies().find(|(_, proxy)| owns(proxy)) {
            return Some(owner);
        }
        if !owners.is_empty() {
            return None;
        }
        let (reading, proxy) = host.front()?;
        let by_road = doors.iter().any(|door| matches!(door.way, Way::Road(_)));
        let has_door = doors.iter().any(|door| served(proxy, door).is_some());
        (by_road || has_door || doors.is_empty()).then_some((reading, proxy))
    }

    /// Whom the requests for the site are handed to, door by door.
    #[must_use]
    pub fn handed(&self) -> Vec<Handed<'a>> {
        let (Some(host), Some((_, proxy))) = (&self.host, self.front()) else { return Vec::new() };
        let asked = host.upstreams(Hop::Proxy);
        let doors = self.doors_used();
        if doors.is_empty() {
            let served = proxy.doors.iter().filter_map(|door| door.served.as_deref());
            let all = served.map(|served| Handed { is_sure: false, ..behind(served, &asked) });
            return all.filter(|handed| !handed.members.is_empty()).collect();
        }
        let mut seen_doors = Vec::new();
        let mut all = Vec::new();
        for door in doors {
            if seen_doors.contains(&(door.scheme, door.port)) {
                continue;
            }
            seen_doors.push((door.scheme, door.port));
            all.push(match served(proxy, &door) {
                Some(served) => behind(served, &asked),
                None => Handed {
                    is_sure: false,
                    members: proxy.upstreams.iter().map(|to| member(to, None, &asked)).collect(),
                },
            });
        }
        all
    }
}

/// What the files say of a door.
#[must_use]
pub fn served<'a>(proxy: &'a ProxySeen, door: &DoorUsed<'_, '_>) -> Option<&'a Served> {
    let same = proxy.doors.iter().find(|one| one.scheme == door.scheme && one.port == door.port);
    same.and_then(|door| door.served.as_deref())
}

fn behind<'a>(served: &'a Served, asked: &[UpstreamSeen<'a>]) -> Handed<'a> {
    let mut members: Vec<Member<'a>> = Vec::new();
    let mut told = true;
    for (_, pass) in served.passes() {
        let addresses: Vec<(&PeerAddress, bool)> = match &pass.peers {
            Peers::Group(group) => {
                let used = group.members.iter().filter(|one| !one.down);
                used.map(|one| (&one.address, one.backup)).collect()
            }
            peers => peers.addresses().into_iter().map(|to| (to, false)).collect(),
        };
        told &= !addresses.is_empty();
        for (to, is_spare) in addresses {
            if !members.iter().any(|had| had.to == to) {
                members.push(Member { is_spare, ..member(to, Some(pass), asked) });
            }
        }
    }
    Handed { is_sure: served.is_certain() && told, members }
}

fn member<'a>(
    to: &'a PeerAddress,
    pass: Option<&'a Pass>,
    asked: &[UpstreamSeen<'a>],
) -> Member<'a> {
    let mut same = asked.iter().filter(|seen| seen.asked.to == *to);
    let speaks =
        |seen: &&UpstreamSeen<'a>| pass.is_none_or(|pass| pass.speaks == seen.asked.speaks);
    Member { to, pass, seen: same.find(speaks).copied(), is_spare: false }
}
