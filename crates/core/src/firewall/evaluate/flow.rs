//! The way of a connection: the first packet in, the answer out, what comes after in again; and a refusal
//! out, if there is one.

use std::sync::Arc;

use super::super::addresses::{Family, Numbers, Pieces};
use super::super::model::{End, Hook, How};
use super::super::ruling::{Decider, Outcome, Step};
use super::super::surroundings::{Door, RouteKey, Way};
use super::Evaluation;
use super::packet::{Kind, Packet, state};
use super::record::{By, What};
use super::world::{Place, World, Worlds};

/// A refusal that is to be sent.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    how: How,
    /// What the kernel says of it: related to what it refers to; of the connection itself, where it is the
    /// kernel's own reset; else invalid.
    pub(super) known_as: u128,
    world: World,
    pieces: Pieces,
}

impl Refusal {
    pub(super) fn of(how: How, packet: &Packet, world: World, pieces: Pieces) -> Refusal {
        let known_as = if packet.has_entry(&world) { state::RELATED } else { state::INVALID };
        Refusal { how, known_as, world, pieces }
    }
}

/// Connections that stand on the host, or behind it.
pub(super) struct Arrived {
    /// The interface to the server behind this host; `None`: it is this host.
    pub(super) behind: Option<String>,
    pub(super) worlds: Worlds,
}

impl Evaluation<'_> {
    /// Sends connections from every address of a domain to a port of a door.
    pub(super) fn connect(&mut self, family: Family, port: u16, door: &Door, domain: &Numbers) {
        if family == Family::V6 && !self.neighbours_answer(door, domain) {
            return;
        }
        let asked = door.address.map(super::super::addresses::number);
        let others = self.firewall.surroundings.doors(family);
        let others = others.into_iter().filter_map(|other| other.interface);
        // Where nobody told the interface, none is another one.
        self.outward = door
            .interface
            .clone()
            .map_or_else(Vec::new, |own| std::iter::once(own).chain(others).collect());
        let first = Packet {
            step: Step::First,
            family,
            kind: Kind::Tcp,
            client: End::Source,
            ends: None,
            hook: Hook::Ingress,
            incoming: door.interface.clone(),
            outgoing: Some(String::new()),
            asked_address: asked,
            asked_port: port,
            looked_up: false,
            carried_out: false,
            known_as: state::NEW,
            of_untracked: false,
            first: true,
            again: false,
        };
        let start = World {
            mark: Some(0),
            routed_by: Some(0),
            connection_mark: Some(0),
            to: Place { address: asked, port: Some(port) },
            translated: false,
            from_elsewhere: false,
            untracked: false,
            entry: false,
            unanswered: false,
            nominal: true,
        };
        let worlds = Worlds::one(start, Pieces::from(domain));
        let worlds = self.enter(&first, worlds);
        for arrived in self.place(&first, worlds) {
            let worlds = match &arrived.behind {
                None => {
                    let mut input = first.clone();
                    let worlds = self.hook(&mut input, Hook::Input, arrived.worlds);
                    self.listened(&first, worlds)
                }
                Some(out) => self.pass(&first, out, arrived.worlds),
            };
            let known = worlds.into_iter().fold(Worlds::none(), |mut known, (world, pieces)| {
                self.led(port, &world, family, arrived.behind.is_some());
                known.add(World { entry: !world.untracked, ..world }, pieces);
                known
            });
            let answered = match &arrived.behind {
                None => self.answer(&first, known),
                Some(out) => self.answer_from_behind(&first, out, known),
            };
            self.go_on(&first, arrived.behind.as_deref(), answered);
        }
        self.refuse(&first);
    }

    /// Where a translation led what came through: who listens there is seen of this host alone.
    fn led(&mut self, port: u16, world: &World, family: Family, behind: bool) {
        if !world.translated {
            return;
        }
        self.led_on = true;
        if let (true, Some(address), Some(to)) = (behind, world.to.address, world.to.port) {
            let to = std::net::SocketAddr::new(family.address(address), to);
            self.assumed.push(format!(
                "somebody listens on {to}, where connections to port {port} are led; what listens behind this host, in a \
                 container say, is not seen from here"
            ));
        }
    }

    /// Through everything before the route is chosen.
    fn enter(&mut self, packet: &Packet, worlds: Worlds) -> Worlds {
        let mut packet = packet.clone();
        let worlds = self.hook(&mut packet, Hook::Ingress, worlds);
        self.hook(&mut packet, Hook::Prerouting, worlds)
    }

    /// All base chains of a hook, in order.
    pub(super) fn hook(&mut self, packet: &mut Packet, hook: Hook, worlds: Worlds) -> Worlds {
        packet.hook = hook;
        let mut worlds = worlds;
        for hung in self.hooks.get(&hook).cloned().unwrap_or_default() {
            if worlds.is_empty() {
                break;
            }
            packet.looked_up = match hook {
                Hook::Ingress | Hook::Egress => false,
                Hook::Prerouting | Hook::Output => {
                    // A refusal by a rule is known from the start.
                    hung.priority > -200 || packet.known_as == state::RELATED
                }
                Hook::Input | Hook::Forward | Hook::Postrouting => true,
            };
            packet.carried_out = match (packet.step, hook) {
                (Step::Later, Hook::Ingress) => false,
                (Step::Later, Hook::Prerouting) => hung.priority > -100,
                (Step::Reply | Step::Refusal, Hook::Postrouting) => hung.priority <= 100,
                _ => true,
            };
            if hook == Hook::Ingress && !self.is_on_device(hung.table, hung.chain, packet) {
                continue;
            }
            let (seen, unseen) = if hung.first_only && packet.first {
                bound(worlds, hook)
            } else if hung.first_only && takes_up(packet, hook) {
                worlds = self.taken_up(&hung, packet, worlds);
                continue;
            } else if hung.first_only {
                continue;
            } else {
                (worlds, Worlds::none())
            };
            worlds = if hung.routes_anew {
                self.routing_chain(&hung, packet, seen)
            } else {
                self.base_chain(hung.table, hung.chain, packet, seen)
            };
            worlds.add_all(unseen);
        }
        packet.looked_up = true;
        worlds
    }

    /// Connections that the kernel takes up only now, since their first packet was not tracked: what would
    /// translate them then cuts them.
    fn taken_up(&mut self, hung: &super::Hung, packet: &Packet, worlds: Worlds) -> Worlds {
        let mut through = Worlds::none();
        for (world, pieces) in worlds {
            if world.entry || world.untracked {
                through.add(world, pieces);
                continue;
            }
            let bound = |world: &World| (world.to, world.translated, world.from_elsewhere);
            let one = Worlds::one(world, pieces);
            for (after, pieces) in self.base_chain(hung.table, hung.chain, packet, one) {
                if bound(&after) == bound(&world) {
                    through.add(after, pieces);
                } else {
                    let why = "a connection that was not tracked is translated midway";
                    self.give_up(why, packet, &after, &pieces);
                }
            }
        }
        through
    }

    /// Packets of a translated connection that are not tracked: answers bear an address or a port that the
    /// client did not ask, and what the client sends goes to where nobody knows of the connection.
    fn not_translated(&mut self, packet: &Packet, worlds: Worlds) -> Worlds {
        let mut back = Worlds::none();
        for (world, pieces) in worlds {
            if !world.untracked || packet.is_elsewhere(&world) == Some(false) {
                back.add(world, pieces);
            } else if packet.is_elsewhere(&world).is_none() {
                self.give_up(UNTRACKED_ANSWER, packet, &world, &pieces);
            } else if packet.step == Step::Later {
                // It comes to whoever holds the address that was asked: most often a reset.
                self.give_up(UNTRACKED_LATER, packet, &world, &pieces);
            } else {
                self.lose(Decider::Route(UNTRACKED_ANSWER.to_owned()), packet, world, pieces);
            }
        }
        back
    }

    /// A chain after which a changed mark chooses the route anew.
    fn routing_chain(&mut self, hung: &super::Hung, packet: &mut Packet, worlds: Worlds) -> Worlds {
        let mut through = Worlds::none();
        for (before, pieces) in worlds {
            let one = Worlds::one(before, pieces);
            for (after, pieces) in self.base_chain(hung.table, hung.chain, packet, one) {
                let same = after.mark == before.mark;
                let routed_by = if same { before.routed_by } else { after.mark };
                through.add(World { routed_by, ..after }, pieces);
            }
        }
        through
    }

    fn is_on_device(&self, table: usize, chain: usize, packet: &Packet) -> bool {
        let base = self.firewall.ruleset.tables[table].chains[chain].base.as_ref();
        let devices = base.map(|base| base.devices.as_slice()).unwrap_or_default();
        match &packet.incoming {
            // Devices that are not known may be this one.
            _ if devices.is_empty() => true,
            None => true,
            Some(incoming) => devices.iter().any(|device| match device.strip_suffix('*') {
                Some(begin) => incoming.starts_with(begin),
                None => device == incoming,
            }),
        }
    }

    /// Through this host, to a server behind it.
    fn pass(&mut self, packet: &Packet, out: &str, worlds: Worlds) -> Worlds {
        let mut packet = packet.clone();
        packet.outgoing = Some(out.to_owned());
        packet.hook = Hook::Forward;
        match self.firewall.surroundings.forwards(packet.family) {
            Some(false) => {
                let switch = match packet.family {
                    Family::V4 => "net.ipv4.ip_forward is 0",
                    Family::V6 => "net.ipv6.conf.all.forwarding is 0",
                };
                for (world, pieces) in worlds {
                    self.lose(Decider::Route(switch.to_owned()), &packet, world, pieces);
                }
                return Worlds::none();
            }
            Some(true) => {}
            None => {
                self.assumed.push("this host passes packets on to what is behind it".to_owned());
            }
        }
        let worlds = self.hook(&mut packet, Hook::Forward, worlds);
        self.hook(&mut packet, Hook::Postrouting, worlds)
    }

    /// This host's answer.
    fn answer(&mut self, first: &Packet, worlds: Worlds) -> Worlds {
        let mut answered = Worlds::none();
        for (world, pieces) in worlds {
            let begins = World { mark: Some(0), routed_by: Some(0), untracked: false, ..world };
            answered.add_all(self.send(first, Step::Reply, state::ESTABLISHED, begins, pieces));
        }
        answered
    }

    /// Something of this host's own, to the client.
    fn send(
        &mut self,
        first: &Packet,
        step: Step,
        known_as: u128,
        world: World,
        pieces: Pieces,
    ) -> Worlds {
        let mut packet = first.clone();
        packet.step = step;
        packet.client = End::Destination;
        packet.known_as = known_as;
        packet.first = false;
        packet.carried_out = true;
        packet.incoming = Some(String::new());
        let source = world.to.address.map(|address| packet.family.address(address));
        let mut sent = Worlds::none();
        for (by, some) in self.ways_out(&packet, source, world.mark, world, pieces) {
            packet.outgoing = by;
            let some = Worlds::one(world, some);
            let through = self.hook(&mut packet, Hook::Output, some);
            let through = self.not_translated(&packet, through);
            for (marked, pieces) in through {
                // Another mark than it began with may have chosen the route anew.
                let anew = if marked.routed_by == world.routed_by {
                    vec![(packet.outgoing.clone(), pieces)]
                } else {
                    self.ways_out(&packet, source, marked.routed_by, marked, pieces)
                };
                for (by, pieces) in anew {
                    let mut behind = packet.clone();
                    behind.outgoing = by;
                    let pieces = Worlds::one(marked, pieces);
                    sent.add_all(self.hook(&mut behind, Hook::Postrouting, pieces));
                }
            }
        }
        sent
    }

    /// By which interface each goes out; those that have no way are lost here.
    fn ways_out(
        &mut self,
        packet: &Packet,
        source: Option<std::net::IpAddr>,
        mark: Option<u32>,
        world: World,
        pieces: Pieces,
    ) -> Vec<(Option<String>, Pieces)> {
        let at = usize::from(packet.family == Family::V6);
        let surroundings = &self.firewall.surroundings;
        if surroundings.routes[at].is_none() {
            self.assumed.push("answers find their way back; the routes were not told".to_owned());
            return vec![(None, pieces)];
        }
        let incoming = packet.incoming.as_deref().filter(|name| !name.is_empty());
        let key = RouteKey { family: packet.family, source, mark, incoming, outgoing: None };
        let mut packet = packet.clone();
        packet.hook = Hook::Output;
        let mut found: Vec<(Option<String>, Pieces)> = Vec::new();
        let mut pieces = pieces;
        for (addresses, led) in surroundings.ways(key, &pieces.numbers()) {
            let some = pieces.take(&addresses);
            let inward = |by: &String| !self.outward.is_empty() && !self.outward.contains(by);
            let way = match led.way {
                // To neighbours on another wire, who did not ask.
                Way::Out(by) if inward(&by) && !led.by.contains(" via ") => {
                    self.lose(Decider::Route(led.by), &packet, world, some);
                    continue;
                }
                Way::Out(by) if inward(&by) => {
                    let gone = By::Other(Arc::new(Decider::Route(led.by)));
                    self.record(What::Perhaps, gone.clone(), &packet, &some);
                    self.drop(gone, &packet, world, some.clone());
                    Some(by)
                }
                Way::Out(by) => Some(by),
                Way::Unknown => {
                    let by = By::Other(Arc::new(Decider::Route(led.by)));
                    self.record(What::Perhaps, by.clone(), &packet, &some);
                    self.drop(by, &packet, world, some.clone());
                    None
                }
                Way::Local | Way::Blackhole | Way::NoRoute => {
                    self.lose(Decider::Route(route(&led.by, packet.family)), &packet, world, some);
                    continue;
                }
            };
            match found.iter_mut().find(|(name, _)| *name == way) {
                Some((_, there)) => there.add(some),
                None => found.push((way, some)),
            }
        }
        found
    }

    /// The answer of a server behind this host.
    fn answer_from_behind(&mut self, first: &Packet, behind: &str, worlds: Worlds) -> Worlds {
        let mut answered = Worlds::none();
        for (world, pieces) in worlds {
            let mut packet = first.clone();
            packet.step = Step::Reply;
            packet.client = End::Destination;
            packet.known_as = state::ESTABLISHED;
            packet.first = false;
            packet.incoming = Some(behind.to_owned());
            packet.outgoing = Some(String::new());
            let begins = World { mark: Some(0), routed_by: Some(0), untracked: false, ..world };
            let entered = self.enter(&packet, Worlds::one(begins, pieces));
            let entered = self.not_translated(&packet, entered);
            for (marked, pieces) in entered {
                let source = marked.to.address.map(|address| packet.family.address(address));
                for (by, pieces) in self.ways_out(&packet, source, marked.mark, marked, pieces) {
                    packet.outgoing = by;
                    let some = Worlds::one(marked, pieces);
                    let some = self.hook(&mut packet, Hook::Forward, some);
                    answered.add_all(self.hook(&mut packet, Hook::Postrouting, some));
                }
            }
        }
        answered
    }

    /// What the client sends after the answer.
    fn go_on(&mut self, first: &Packet, behind: Option<&str>, worlds: Worlds) {
        let mut packet = first.clone();
        packet.step = Step::Later;
        packet.known_as = state::ESTABLISHED;
        packet.first = false;
        let again = worlds.into_iter().fold(Worlds::none(), |mut again, (world, pieces)| {
            let unanswered = world.entry && world.untracked;
            let begins = World { mark: Some(0), routed_by: Some(0), untracked: false, ..world };
            again.add(World { unanswered, ..begins }, pieces);
            again
        });
        let worlds = self.enter(&packet, again);
        let worlds = self.not_translated(&packet, worlds);
        let worlds = match behind {
            None => self.hook(&mut packet, Hook::Input, worlds),
            Some(out) => self.pass(&packet, out, worlds),
        };
        // And that is answered too, with no more than an acknowledgement.
        let mut first = first.clone();
        first.again = true;
        let known = worlds.into_iter().fold(Worlds::none(), |mut known, (world, pieces)| {
            known.add(World { entry: world.entry || !world.untracked, ..world }, pieces);
            known
        });
        let answered = match behind {
            None => self.answer(&first, known),
            Some(out) => self.answer_from_behind(&first, out, known),
        };
        for (world, pieces) in answered {
            self.end(Outcome::Accepted, &world, pieces);
        }
    }

    /// Sends what is to be refused; a refusal that does not get out is silence.
    fn refuse(&mut self, first: &Packet) {
        for refusal in std::mem::take(&mut self.refusals) {
            let known_as = refusal.known_as;
            let mut packet = first.clone();
            packet.of_untracked = refusal.world.untracked;
            packet.kind = match (refusal.how, packet.family) {
                (How::Reset, _) => Kind::Tcp,
                (How::PortUnreachable | How::Unreachable, Family::V4) => Kind::Icmp(3),
                (How::PortUnreachable | How::Unreachable, Family::V6) => Kind::Icmp(1),
            };
            let world = World {
                mark: Some(0),
                routed_by: Some(0),
                untracked: false,
                entry: true,
                ..refusal.world
            };
            let sent = self.send(&packet, Step::Refusal, known_as, world, refusal.pieces);
            for (world, pieces) in sent {
                self.end(Outcome::Rejected(refusal.how), &world, pieces);
            }
        }
    }
}

/// Whether the first packet that the kernel sees of a connection can be this one, of those after the first.
fn takes_up(packet: &Packet, hook: Hook) -> bool {
    match packet.step {
        Step::Later => hook == Hook::Prerouting,
        Step::Reply => packet.again && matches!(hook, Hook::Output | Hook::Postrouting),
        Step::First | Step::Refusal => false,
    }
}

/// Connections whose translation is still open, and the others: a chain of that kind sees the first ones.
fn bound(worlds: Worlds, hook: Hook) -> (Worlds, Worlds) {
    let (mut open, mut closed) = (Worlds::none(), Worlds::none());
    for (world, pieces) in worlds {
        let done = match hook {
            Hook::Prerouting | Hook::Output => world.translated,
            _ => world.from_elsewhere,
        };
        let to = if done || world.untracked { &mut closed } else { &mut open };
        to.add(world, pieces);
    }
    (open, closed)
}

const UNTRACKED_ANSWER: &str = "the answer is not tracked, so it is not translated back";

const UNTRACKED_LATER: &str = "what comes later is not tracked, so it is not translated";

pub(super) fn route(by: &str, family: Family) -> String {
    if by.is_empty() {
        let word = if family == Family::V4 { "IPv4" } else { "IPv6" };
        return format!("no {word} route leads back");
    }
    by.to_owned()
}
