//! Whether this host answers when its router asks for it (IPv6): where it does not, nothing gets through,
//! whatever the rules say of TCP.
//!
//! A solicitation (ICMPv6 135, untracked) must come in and its answer (136) must go out; and where the
//! gateway has an address that is not link-local, this host must find it in the same way. IPv4 asks by
//! ARP, which these rules do not see.

use std::net::IpAddr;

use super::super::addresses::{Family, Numbers, Pieces, number};
use super::super::model::{End, Hook};
use super::super::ruling::{Decider, Outcome, Step};
use super::super::surroundings::Door;
use super::Evaluation;
use super::packet::{Kind, Packet, state};
use super::record::{By, What};
use super::world::{Place, World, Worlds};

impl Evaluation<'_> {
    /// Whether the host answers its router; if not, or perhaps not, the domain's fate says so.
    pub(super) fn neighbours_answer(&mut self, door: &Door, domain: &Numbers) -> bool {
        let trace = self.trace.take();
        let (outcome, by) = self.ask_as_router(door);
        self.trace = trace;
        let all = Pieces::from(domain);
        let packet =
            Packet { step: Step::First, ..self.question(door, Kind::Icmp(135), Step::First) };
        match outcome {
            Some(true) => true,
            Some(false) => {
                let by = by.into_iter().next().unwrap_or_else(|| untold("nothing answers"));
                self.record(What::Drop, by.clone(), &packet, &all);
                self.step(&by, &packet, &all, super::Does::Drops, "");
                self.end(Outcome::Dropped(Step::First), &start(), all);
                false
            }
            None => {
                for by in by {
                    self.record(What::Perhaps, by, &packet, &all);
                }
                self.ends.open.add(all);
                true
            }
        }
    }

    fn question(&self, door: &Door, kind: Kind, step: Step) -> Packet {
        let interfaces = self.firewall.surroundings.interfaces.iter();
        let own = interfaces.flat_map(|one| &one.addresses).map(ipnet::IpNet::addr);
        let own =
            own.filter(std::net::IpAddr::is_ipv6).map(|address| (number(address), number(address)));
        packet(door, &Numbers::from_intervals(own.collect()), kind, step)
    }

    fn ask_as_router(&mut self, door: &Door) -> (Option<bool>, Vec<By>) {
        let ends = std::mem::take(&mut self.ends);
        let refusals = std::mem::take(&mut self.refusals);
        let before = std::mem::take(&mut self.records);
        let one = Worlds::one(start(), Pieces::from(&Numbers::one(0)));
        let worlds = self.come_in(self.question(door, Kind::Icmp(135), Step::First), one);
        let mut worlds = self.go_out(self.question(door, Kind::Icmp(136), Step::Reply), worlds);
        if let Some(gateway) = self.gateway(door) {
            let mut asks = self.question(door, Kind::Icmp(135), Step::Reply);
            let mut answers = self.question(door, Kind::Icmp(136), Step::First);
            let host =
                door.address.map_or_else(|| Numbers::all(Family::V6), |a| Numbers::one(number(a)));
            asks.ends = Some((host.clone(), group(Some(gateway))));
            answers.ends = Some((Numbers::one(number(gateway)), host));
            worlds = self.go_out(asks, worlds);
            worlds = self.come_in(answers, worlds);
        }
        let (mut calm, mut any) = (false, false);
        for (world, _) in worlds {
            any = true;
            calm |= world.nominal;
        }
        let lost = std::mem::replace(&mut self.ends, ends);
        let refused = !std::mem::replace(&mut self.refusals, refusals).is_empty();
        let records = std::mem::replace(&mut self.records, before);
        let ends_badly = refused || !lost.all.is_empty() || !lost.open.is_empty();
        let lost_below_limits = refused || !lost.nominal.is_empty() || !lost.open.is_empty();
        let wrap = |by: &By| {
            let decider = by.decider(self.firewall);
            By::Other(std::sync::Arc::new(Decider::Neighbours(Box::new(decider))))
        };
        let by = |wanted: &dyn Fn(What) -> bool| {
            records
                .iter()
                .filter(|record| wanted(record.what))
                .map(|record| wrap(&record.by))
                .collect()
        };
        match (any, ends_badly) {
            (true, false) => (Some(true), Vec::new()),
            // Only above a limit does it fail.
            (true, true) if calm && !lost_below_limits => (Some(true), Vec::new()),
            (false, _) => (Some(false), by(&|what| matches!(what, What::Drop | What::Reject(_)))),
            (true, true) => (None, by(&|what| what == What::Perhaps)),
        }
    }
}

impl Evaluation<'_> {
    fn come_in(&mut self, mut packet: Packet, worlds: Worlds) -> Worlds {
        let worlds = self.hook(&mut packet, Hook::Ingress, anew(worlds));
        let worlds = self.hook(&mut packet, Hook::Prerouting, worlds);
        self.hook(&mut packet, Hook::Input, worlds)
    }

    fn go_out(&mut self, mut packet: Packet, worlds: Worlds) -> Worlds {
        let worlds = self.hook(&mut packet, Hook::Output, anew(worlds));
        // What asks for neighbours is made for its device, and bears it from then on.
        packet.incoming = packet.outgoing.clone();
        self.hook(&mut packet, Hook::Postrouting, worlds)
    }

    /// The gateway behind a door, unless it is known by a link-local address: that one is learnt from its
    /// own question.
    fn gateway(&self, door: &Door) -> Option<IpAddr> {
        let routes = self.firewall.surroundings.routes[1].as_ref()?;
        let defaults = routes.iter().filter(|route| {
            route.to.prefix_len() == 0
                && door.interface.as_ref().is_none_or(|name| route.devices.contains(name))
        });
        let via = |text: &str| -> Option<IpAddr> {
            let mut words = text.split(' ').skip_while(|word| *word != "via").skip(1);
            words.find(|word| *word != "inet6")?.parse().ok()
        };
        let mut found = defaults.filter_map(|route| via(&route.text));
        found.find(
            |gateway| matches!(gateway, IpAddr::V6(gateway) if !gateway.is_unicast_link_local()),
        )
    }
}

/// Another packet.
fn anew(worlds: Worlds) -> Worlds {
    worlds.into_iter().fold(Worlds::none(), |mut worlds, (world, pieces)| {
        worlds.add(World { mark: Some(0), routed_by: Some(0), untracked: false, ..world }, pieces);
        worlds
    })
}

fn untold(why: &str) -> By {
    By::Other(std::sync::Arc::new(Decider::Untold(why.to_owned())))
}

fn start() -> World {
    World {
        mark: Some(0),
        routed_by: Some(0),
        connection_mark: Some(0),
        to: Place { address: None, port: None },
        translated: false,
        from_elsewhere: false,
        untracked: false,
        entry: false,
        unanswered: false,
        nominal: true,
    }
}

/// Between the router's own address and this host's group of solicited nodes, or this host.
fn packet(door: &Door, own: &Numbers, kind: Kind, step: Step) -> Packet {
    // RFC 4291, 2.5.6; and it is not this host.
    let router =
        Numbers::of(0xfe80u128 << 112, (0xfe80u128 << 112) | u128::from(u64::MAX)).without(own);
    let host = door.address.map(number).map_or_else(|| Numbers::all(Family::V6), Numbers::one);
    let asks = step == Step::First;
    Packet {
        step,
        family: Family::V6,
        kind,
        client: if asks { End::Source } else { End::Destination },
        ends: Some(if asks { (router, group(door.address)) } else { (host, router) }),
        hook: Hook::Ingress,
        incoming: if asks { door.interface.clone() } else { Some(String::new()) },
        outgoing: if asks { Some(String::new()) } else { door.interface.clone() },
        asked_address: None,
        asked_port: 0,
        looked_up: true,
        carried_out: true,
        known_as: state::UNTRACKED,
        of_untracked: false,
        first: false,
        again: false,
    }
}

/// The group of nodes that a solicitation for an address goes to (RFC 4291, 2.7.1).
fn group(address: Option<IpAddr>) -> Numbers {
    address.map_or_else(
        || Numbers::of(0xff << 120, u128::MAX),
        |address| Numbers::one((0xff02u128 << 112) | 0x1_ff00_0000 | (number(address) & 0xff_ffff)),
    )
}
