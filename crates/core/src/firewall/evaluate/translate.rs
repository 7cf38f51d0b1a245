//! Translations of addresses: where a connection really goes.

use super::super::addresses::{Numbers, number};
use super::super::model::{Data, Hook, Nat, NatTo, Value};
use super::super::ruling::Does;
use super::Evaluation;
use super::packet::{Packet, Seen};
use super::record::{By, Spot, What};
use super::rules::Lane;
use super::world::{Place, Worlds};

impl<'a> Evaluation<'a> {
    /// Binds a translation, which ends the chain. Where the kernel does not translate, nothing happens.
    #[expect(clippy::too_many_arguments, reason = "where lanes come from and where they go")]
    pub(super) fn translate(
        &mut self,
        spot: Spot,
        by: &By,
        nat: &'a Nat,
        packet: &Packet,
        lane: Lane,
        accepted: &mut Worlds,
        back: &mut Vec<Lane>,
    ) {
        let mut bind = |evaluation: &mut Self, mut lane: Lane, to: Option<Place>| {
            match (to, spot.hook) {
                (Some(to), Hook::Prerouting) => {
                    lane.world.to = to;
                    lane.world.translated = true;
                }
                // Of a connection that this host began, as far as the kernel knows.
                (Some(_), Hook::Output) => lane.world.translated = true,
                (Some(_), _) => {}
                (None, _) => lane.world.from_elsewhere = true,
            }
            let change = to.map_or_else(
                || "from another address".to_owned(),
                |to| {
                    let address = to.address.map_or_else(
                        || "an address that cannot be told".to_owned(),
                        |address| packet.family.address(address).to_string(),
                    );
                    let port = to.port.map_or_else(|| "?".to_owned(), |port| port.to_string());
                    format!("now to {address} port {port}")
                },
            );
            evaluation.record(What::Accept, by.clone(), packet, &lane.pieces);
            evaluation.step(by, packet, &lane.pieces, Does::Changes, &change);
            accepted.add(lane.world, lane.pieces);
        };
        match nat {
            Nat::Source => bind(self, lane, None),
            Nat::Redirect { port } => {
                let incoming = packet.incoming.as_ref();
                let about = self.firewall.surroundings.interfaces.iter();
                let first = about
                    .filter(|about| Some(&about.name) == incoming)
                    .flat_map(|about| &about.addresses)
                    .map(ipnet::IpNet::addr)
                    .find(|address| {
                        super::Family::of(*address) == packet.family && !is_link_local(*address)
                    });
                let address = first.map(number).or(packet.asked_address);
                for (lane, port) in self.port(spot.table, port.as_ref(), packet, by, lane, back) {
                    bind(self, lane, Some(Place { address, port }));
                }
            }
            Nat::Destination { address, port } => {
                let asked = lane.world.to.address;
                let addresses = match address {
                    None => vec![(lane, asked, None)],
                    Some(to) => self.whither(spot.table, to, packet, by, lane, back),
                };
                for (lane, address, given) in addresses {
                    if let Some(port) = given {
                        bind(self, lane, Some(Place { address, port: Some(port) }));
                        continue;
                    }
                    for (lane, port) in self.port(spot.table, port.as_ref(), packet, by, lane, back)
                    {
                        bind(self, lane, Some(Place { address, port }));
                    }
                }
            }
            Nat::Map { key, map } => {
                for (lane, given) in self.look_up(spot.table, key, map, packet, by, lane, back) {
                    let asked = lane.world.to;
                    let to = match given {
                        Data::Place(address, port) => {
                            Place { address: Some(address), port: Some(port) }
                        }
                        Data::Number(address) => Place { address: Some(address), ..asked },
                        _ => Place { address: None, port: None },
                    };
                    bind(self, lane, Some(to));
                }
            }
        }
    }

    fn port(
        &mut self,
        table: usize,
        port: Option<&'a NatTo>,
        packet: &Packet,
        by: &By,
        lane: Lane,
        back: &mut Vec<Lane>,
    ) -> Vec<(Lane, Option<u16>)> {
        let Some(port) = port else {
            let same = lane.world.to.port;
            return vec![(lane, same)];
        };
        self.whither(table, port, packet, by, lane, back)
            .into_iter()
            .map(|(lane, number, _)| (lane, number.and_then(|number| u16::try_from(number).ok())))
            .collect()
    }

    /// What a translation's word comes to, and the port if it gives one as well.
    fn whither(
        &mut self,
        table: usize,
        to: &'a NatTo,
        packet: &Packet,
        by: &By,
        lane: Lane,
        back: &mut Vec<Lane>,
    ) -> Vec<(Lane, Option<u128>, Option<u16>)> {
        match to {
            NatTo::OneOf(numbers) => {
                let one = only(numbers);
                vec![(lane, one, None)]
            }
            NatTo::Value(Value::Number(number)) => vec![(lane, Some(*number), None)],
            NatTo::Value(Value::Of(term)) => {
                let known = match packet.term(term, &lane.world) {
                    Seen::Known(number) => Some(number),
                    _ => None,
                };
                vec![(lane, known, None)]
            }
            NatTo::Value(Value::Map { key, map }) => self
                .look_up(table, key, map, packet, by, lane, back)
                .into_iter()
                .map(|(lane, given)| match given {
                    Data::Number(number) => (lane, Some(number), None),
                    Data::Place(address, port) => (lane, Some(address), Some(port)),
                    Data::Verdict(_) | Data::Unknown(_) => (lane, None, None),
                })
                .collect(),
            NatTo::Value(Value::Unknown(_) | Value::Both(..)) => vec![(lane, None, None)],
        }
    }
}

fn is_link_local(address: std::net::IpAddr) -> bool {
    matches!(address, std::net::IpAddr::V6(address) if address.is_unicast_link_local())
}

fn only(numbers: &Numbers) -> Option<u128> {
    match numbers.intervals() {
        [(low, high)] if low == high => Some(*low),
        _ => None,
    }
}
