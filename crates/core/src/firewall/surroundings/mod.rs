//! What is around a packet filter: interfaces, addresses, routes and their rules, kernel switches, who
//! listens.

mod doors;
mod interfaces;
mod listeners;
mod read;
mod routes;
mod rules;
mod switches;
mod table;
#[cfg(test)]
mod tests;
mod ways;

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;

use super::addresses::{Family, Numbers};
use super::model::{Tri, Trouble};
use super::snapshot::Snapshot;

/// An interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// The kernel's number.
    pub index: u32,
    /// `eth0`
    pub name: String,
    /// Whether it is up.
    pub up: bool,
    /// `veth`, `bridge`, `wireguard`; empty: a device of its own.
    pub kind: String,
    /// The bridge or bond that it belongs to.
    pub master: Option<String>,
    /// Addresses of this host on it, with the network's length.
    pub addresses: Vec<IpNet>,
}

/// A door: where Cloudflare's connections arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Door {
    /// The interface; `None`: nobody told, so what asks for it is unknown.
    pub interface: Option<String>,
    /// The host's address on it; `None`: nobody told.
    pub address: Option<IpAddr>,
}

/// Who accepts connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// Where; unspecified: on every address. An IPv6 wildcard that takes IPv4 too stands here twice.
    pub address: IpAddr,
    /// The port.
    pub port: u16,
    /// Only on this interface.
    pub interface: Option<String>,
}

/// Where the kernel sends a packet.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Way {
    /// Out by this interface.
    Out(String),
    /// To this host itself.
    Local,
    /// Nowhere, in silence: `blackhole`.
    Blackhole,
    /// Nowhere: `unreachable`, `prohibit`, or no route at all.
    NoRoute,
    /// Not known: the routes were not told, or a rule asks for something that cannot be told.
    Unknown,
}

/// A way, and what made it so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Led {
    /// Where to.
    pub way: Way,
    /// The route or rule that decides, as `ip` writes it: `blackhole 172.64.0.0/13`; empty: none does.
    pub by: String,
}

/// What a route is looked up with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RouteKey<'a> {
    /// The family.
    pub family: Family,
    /// Where the packet comes from; `None`: not known.
    pub source: Option<IpAddr>,
    /// The packet's mark; `None`: not known.
    pub mark: Option<u32>,
    /// The interface that it came in by; `None`: from this host itself (`iif lo`).
    pub incoming: Option<&'a str>,
    /// Only ways out by this interface (a `fib … oif` question); `None`: any.
    pub outgoing: Option<&'a str>,
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Surroundings {
    /// By index; empty: not told.
    pub interfaces: Vec<Interface>,
    /// Of IPv4, then of IPv6; `None`: not told.
    pub routes: [Option<Vec<Route>>; 2],
    /// The same of `ip rule`.
    pub rules: [Option<Vec<RoutingRule>>; 2],
    /// `net.ipv4.conf.all.rp_filter` to its value; `None`: not told.
    pub switches: Option<BTreeMap<String, String>>,
    /// Who listens on TCP; `None`: not told.
    pub listeners: Option<Vec<Listener>>,
    /// The queues that a program reads; `None`: not told.
    pub queues: Option<Vec<u16>>,
    /// What could not be read.
    pub troubles: Vec<Trouble>,
}

/// A route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// `main`, `local`, `100`.
    pub table: String,
    /// Where to; the whole space for `default`.
    pub to: IpNet,
    /// Only for packets from here (IPv6 alone has this).
    pub from: Option<IpNet>,
    /// Where it leads: out, local, blackhole, no route (`unreachable`, `prohibit`); `None`: on with the
    /// next rule (`throw`).
    pub way: Option<Way>,
    /// The interfaces that it leads out by; several: the kernel chooses for each connection, and where
    /// they differ the way is unknown.
    pub devices: Vec<String>,
    /// Whether it asks for something that cannot be told (`tos`), so that it may hold or not.
    pub doubtful: bool,
    /// The address that a packet of this host then bears.
    pub source: Option<IpAddr>,
    /// Lower is taken first among equal ones.
    pub metric: u32,
    /// As `ip` writes it.
    pub text: String,
}

/// A rule of `ip rule`, lower priority first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutingRule {
    /// Its place.
    pub priority: u32,
    /// As `ip` writes it.
    pub text: String,
    /// Turned round (`not`).
    pub negated: bool,
    /// From where.
    pub from: Option<IpNet>,
    /// To where.
    pub to: Option<IpNet>,
    /// A mark and its mask.
    pub mark: Option<(u32, u32)>,
    /// The interface that it came in by.
    pub incoming: Option<String>,
    /// The interface that a socket is bound to.
    pub outgoing: Option<String>,
    /// What it asks besides, and cannot be told here (`uidrange`, `ipproto`, `sport`): its text.
    pub besides: Option<String>,
    /// A route that is no longer than this does not count, and the next rule is asked
    /// (`suppress_prefixlength`).
    pub suppress: Option<u8>,
    /// What it does.
    pub does: RoutingAction,
}

/// What a routing rule does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoutingAction {
    /// Looks into a table; empty: it is not known which.
    Lookup(String),
    /// Ends, in silence.
    Blackhole,
    /// Ends: `unreachable`, `prohibit`.
    Refuse,
    /// Goes on at a later rule.
    Goto(u32),
    /// Nothing.
    Nothing,
}

impl Surroundings {
    /// Reads what a snapshot tells of them.
    #[must_use]
    pub fn read(snapshot: &Snapshot) -> Surroundings {
        let mut troubles = Vec::new();
        let switches = switches::read(snapshot);
        let routes = Family::BOTH.map(|family| {
            let ignores =
                |device: &str| switches::ignores_downed(switches.as_ref(), family, device);
            routes::read(snapshot, family, ignores, &mut troubles)
        });
        Surroundings {
            interfaces: interfaces::read(snapshot, &mut troubles),
            routes,
            rules: Family::BOTH.map(|family| rules::read(snapshot, family, &mut troubles)),
            switches,
            listeners: listeners::read(snapshot, &mut troubles),
            queues: listeners::queues(snapshot, &mut troubles),
            troubles,
        }
    }

    /// Where connections of a family from outside arrive: the interfaces of its default routes, each with
    /// its addresses of global scope, the likeliest first; where none is told, one door of which nothing is
    /// known. Empty: this host surely has no way to the outside in this family.
    #[must_use]
    pub fn doors(&self, family: Family) -> Vec<Door> {
        doors::find(self, family)
    }

    /// Where packets to each of these addresses go: a partition of `to`, lowest first. A way out or to this
    /// host itself is one piece whatever routes lead there, and `by` names the route only if it is one.
    #[must_use]
    pub fn ways(&self, key: RouteKey<'_>, to: &Numbers) -> Vec<(Numbers, Led)> {
        ways::ways(self, key, to)
    }

    /// Whether packets to each of these addresses go out by an interface, as one of several equal ones or
    /// alone: what the check of sources and `fib … oif` ask. A partition of `to`.
    #[must_use]
    pub fn leaves_by(
        &self,
        key: RouteKey<'_>,
        to: &Numbers,
        interface: &str,
    ) -> Vec<(Numbers, Tri)> {
        ways::leaves_by(self, key, to, interface)
    }

    /// How an interface judges the source of what comes in: 0 not, 1 strictly, 2 loosely; the higher of its
    /// own switch and that of all (IPv4 only). `None`: not told.
    #[must_use]
    pub fn rp_filter(&self, interface: &str) -> Option<u8> {
        switches::rp_filter(self.switches.as_ref()?, interface)
    }

    /// Whether packets for others are passed on. `None`: not told.
    #[must_use]
    pub fn forwards(&self, family: Family) -> Option<bool> {
        switches::forwards(self.switches.as_ref()?, family)
    }

    /// Whether somebody accepts connections there. `None`: not told, or only on an interface that the
    /// address does not sit on.
    #[must_use]
    pub fn listens(&self, address: IpAddr, port: u16) -> Option<bool> {
        let all = self.listeners.as_ref()?.iter().filter(|one| one.port == port);
        let there = all.filter(|one| {
            let any = one.address.is_unspecified();
            one.address == address || (any && one.address.is_ipv4() == address.is_ipv4())
        });
        let mut answer = Some(false);
        for listener in there {
            let Some(interface) = &listener.interface else { return Some(true) };
            let mut own = self.interfaces.iter().filter(|one| one.name == *interface);
            if own.any(|one| one.addresses.iter().any(|net| net.addr() == address)) {
                return Some(true);
            }
            answer = None;
        }
        answer
    }
}

impl Route {
    /// Whether it leads to others, by an interface.
    fn leads_out(&self) -> bool {
        match self.way {
            Some(Way::Out(_)) => true,
            // Several ways out that differ.
            Some(Way::Unknown) => !self.devices.is_empty(),
            Some(Way::Local | Way::Blackhole | Way::NoRoute) | None => false,
        }
    }
}
