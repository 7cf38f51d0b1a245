//! Where a connection arrives: at this host or behind it, after the check of where it comes from, and
//! whether somebody listens there.

use std::sync::Arc;

use super::super::addresses::{Family, Numbers, Pieces};
use super::super::model::{Hook, How};
use super::super::ruling::{Decider, Does};
use super::super::surroundings::{Led, RouteKey, Way};
use super::Evaluation;
use super::flow::{Arrived, Refusal, route};
use super::packet::{Packet, state};
use super::record::{By, What};
use super::world::{World, Worlds};

impl Evaluation<'_> {
    /// Where each connection goes once the route is chosen, after the check of its source.
    pub(super) fn place(&mut self, packet: &Packet, worlds: Worlds) -> Vec<Arrived> {
        let mut packet = packet.clone();
        packet.hook = Hook::Prerouting;
        let mut here = Worlds::none();
        let mut behind: Vec<(String, Worlds)> = Vec::new();
        for (world, pieces) in worlds {
            let pieces = self.check_source(&packet, &world, pieces);
            if !world.translated || world.to.address == packet.asked_address {
                here.add(world, pieces);
                continue;
            }
            let Some(address) = world.to.address else {
                self.give_up(
                    "a translation leads to one of several places",
                    &packet,
                    &world,
                    &pieces,
                );
                continue;
            };
            if self.is_loopback(packet.family, address) {
                let what =
                    format!("{} is not to be reached from outside", packet.family.address(address));
                self.lose(Decider::Route(what), &packet, world, pieces);
                continue;
            }
            for (source, pieces) in self.by_source(packet.family, pieces) {
                let key = RouteKey {
                    family: packet.family,
                    source: Some(source),
                    mark: world.mark,
                    incoming: packet.incoming.as_deref(),
                    outgoing: None,
                };
                let ways = self.firewall.surroundings.ways(key, &Numbers::one(address));
                let led = ways.into_iter().next().map(|(_, led)| led);
                match led {
                    Some(Led { way: Way::Local, .. }) => here.add(world, pieces),
                    Some(Led { way: Way::Out(by), .. }) => {
                        match behind.iter_mut().find(|(name, _)| *name == by) {
                            Some((_, worlds)) => worlds.add(world, pieces),
                            None => behind.push((by, Worlds::one(world, pieces))),
                        }
                    }
                    Some(Led { way: Way::Blackhole | Way::NoRoute, by }) => {
                        let route = Decider::Route(route(&by, packet.family));
                        self.lose(route, &packet, world, pieces);
                    }
                    Some(Led { way: Way::Unknown, .. }) | None => {
                        self.give_up(
                            "the route to where a translation leads",
                            &packet,
                            &world,
                            &pieces,
                        );
                    }
                }
            }
        }
        let mut arrived = vec![Arrived { behind: None, worlds: here }];
        arrived.extend(behind.into_iter().map(|(by, worlds)| Arrived { behind: Some(by), worlds }));
        arrived
    }

    /// Parted so that every routing rule which asks whence sees all of a part alike, each with one of its
    /// addresses.
    fn by_source(&self, family: Family, pieces: Pieces) -> Vec<(std::net::IpAddr, Pieces)> {
        let mut parts = vec![pieces];
        let rules = &self.firewall.surroundings.rules[usize::from(family == Family::V6)];
        let asks = rules.iter().flatten().filter_map(|rule| rule.from.as_ref());
        for from in asks.filter(|from| from.prefix_len() > 0) {
            let from = Numbers::from_prefixes(family, [from]);
            let cut: Vec<Pieces> = parts.iter_mut().map(|part| part.take(&from)).collect();
            parts.extend(cut);
            parts.retain(|part| !part.is_empty());
        }
        let first = |part: &Pieces| part.intervals().next().map(|(low, _)| family.address(low));
        parts.into_iter().filter_map(|part| Some((first(&part)?, part))).collect()
    }

    fn is_loopback(&self, family: Family, address: u128) -> bool {
        match family {
            Family::V4 => address >> 24 == 127 && !self.routes_loopback(),
            Family::V6 => address == 1,
        }
    }

    fn routes_loopback(&self) -> bool {
        let switches = self.firewall.surroundings.switches.as_ref();
        switches.is_some_and(|all| {
            let mut routed = all.iter().filter(|(name, _)| name.ends_with(".route_localnet"));
            routed.any(|(_, value)| value.trim() == "1")
        })
    }

    /// Takes away those whose source would not be reached by where they come from (`rp_filter`, IPv4).
    pub(super) fn check_source(
        &mut self,
        packet: &Packet,
        world: &World,
        pieces: Pieces,
    ) -> Pieces {
        let (Family::V4, Some(interface)) = (packet.family, packet.incoming.clone()) else {
            return pieces;
        };
        let surroundings = &self.firewall.surroundings;
        let strict = match surroundings.rp_filter(&interface) {
            Some(0) | None => return pieces,
            Some(how) => how == 1,
        };
        let key = RouteKey {
            family: packet.family,
            source: world.to.address.map(|address| packet.family.address(address)),
            mark: Some(0),
            incoming: None,
            outgoing: None,
        };
        let mut left = Pieces::none();
        let mut pieces = pieces;
        for (addresses, led) in surroundings.ways(key, &pieces.numbers()) {
            let some = pieces.take(&addresses);
            match &led.way {
                Way::Out(by) if !strict || *by == interface => left.add(some),
                Way::Unknown if surroundings.routes[0].is_none() => left.add(some),
                Way::Unknown => {
                    let by = By::Other(Arc::new(Decider::SourceCheck(interface.clone())));
                    self.record(What::Perhaps, by.clone(), packet, &some);
                    self.drop(by, packet, *world, some.clone());
                    left.add(some);
                }
                Way::Out(_) | Way::Local | Way::Blackhole | Way::NoRoute => {
                    self.lose(Decider::SourceCheck(interface.clone()), packet, *world, some);
                }
            }
        }
        left
    }

    pub(super) fn lose(&mut self, decider: Decider, packet: &Packet, world: World, pieces: Pieces) {
        let by = By::Other(Arc::new(decider));
        self.step(&by, packet, &pieces, Does::Routes, "");
        self.drop(by, packet, world, pieces);
    }

    /// Where a translation leads to this host, somebody should listen there.
    pub(super) fn listened(&mut self, packet: &Packet, worlds: Worlds) -> Worlds {
        let mut heard = Worlds::none();
        for (world, pieces) in worlds {
            let (Some(address), Some(port), true) =
                (world.to.address, world.to.port, world.translated)
            else {
                heard.add(world, pieces);
                continue;
            };
            let address = packet.family.address(address);
            if self.firewall.surroundings.listens(address, port) != Some(false) {
                heard.add(world, pieces);
                continue;
            }
            let led_by = self.translated_by(&pieces);
            let by = By::Other(Arc::new(Decider::Nobody { address, port, led_by }));
            let mut packet = packet.clone();
            packet.hook = Hook::Input;
            packet.looked_up = true;
            self.record(What::Reject(How::Reset), by, &packet, &pieces);
            let mut refusal = Refusal::of(How::Reset, &packet, world, pieces);
            // The kernel's own reset belongs to the connection.
            if refusal.known_as == state::RELATED {
                refusal.known_as = state::ESTABLISHED;
            }
            self.refusals.push(refusal);
        }
        heard
    }

    fn translated_by(&self, pieces: &Pieces) -> Option<super::super::ruling::RuleAt> {
        let (some, _) = pieces.intervals().next()?;
        self.records.iter().rev().find_map(|record| match record.by {
            By::Rule(spot, number)
                if record.what == What::Accept
                    && record.hook == Hook::Prerouting
                    && record.whom.iter().any(|(low, high)| (*low..=*high).contains(&some)) =>
            {
                Some(super::record::rule_at(self.firewall, spot, number))
            }
            _ => None,
        })
    }
}
