//! Sends sets of addresses through the rules, all at once.
//!
//! The question is symbolic in one thing, the client's address; everything else is concrete or plainly
//! unknown. A connection is four packets: the first, this host's answer, what comes after, and its answer.
//! An address is accepted if all of them get through. What cannot be told goes both ways, so what is told is true
//! whatever the undecidable would be (a may-analysis, as in Diekmann et al., "Semantics-Preserving
//! Simplification of Real-World Firewall Rule Sets", 2015, both closures run at once).
//!
//! `flow` is the way of a connection through the hooks; `rules` walks chains; `matches` answers what rules
//! ask; `world` is what may differ between addresses at one point; `record` keeps who decided; `verdict`
//! joins it all into pieces.

mod arithmetic;
mod arrive;
mod flow;
mod holds;
mod matches;
mod neighbours;
mod packet;
mod record;
mod rules;
mod translate;
mod verdict;
mod world;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;

use self::packet::Packet;
use self::record::{By, Record, What};
use self::world::World;
use super::Firewall;
use super::addresses::{Family, Numbers, Pieces, interval, number, prefixes};
use super::model::{Backend, BaseKind, Hook, How, Part};
use super::ruling::{Asked, Decider, Does, Outcome, Piece, Ruling, Rulings, Step, Walk, Walked};
use super::surroundings::Door;

/// A base chain in its place at a hook.
#[derive(Debug, Clone, Copy)]
struct Hung {
    priority: i32,
    table: usize,
    chain: usize,
    /// Sees only the first packet of a connection.
    first_only: bool,
    /// A changed mark chooses the route anew behind it.
    routes_anew: bool,
    /// Its own priority among its like.
    own: i32,
}

/// One evaluation: one family, one port, one door.
pub(crate) struct Evaluation<'a> {
    firewall: &'a Firewall,
    hooks: HashMap<Hook, Vec<Hung>>,
    chains: HashMap<(usize, &'a str), usize>,
    /// Sets that rules add to while packets pass: by table, or of ipset.
    grows: HashSet<(Option<usize>, &'a str)>,
    records: Vec<Record>,
    ends: Ends,
    refusals: Vec<flow::Refusal>,
    steps: u64,
    assumed: Vec<String>,
    /// Something came through that a translation leads to another place.
    led_on: bool,
    trace: Option<Vec<Walked>>,
    /// The interfaces that lead to the outside, the one that connections arrive by first.
    outward: Vec<String>,
}

/// What an evaluation tells besides how connections fare.
#[derive(Debug, Default)]
struct Besides {
    assumed: Vec<String>,
    led_on: bool,
}

/// How connections end.
#[derive(Debug, Default)]
struct Ends {
    /// Below all limits.
    nominal: BTreeMap<Outcome, Pieces>,
    /// In any case.
    all: BTreeMap<Outcome, Pieces>,
    /// Given up.
    open: Pieces,
}

impl<'a> Evaluation<'a> {
    fn new(firewall: &'a Firewall, family: Family, legacy_first: bool) -> Evaluation<'a> {
        let mut hooks: HashMap<Hook, Vec<Hung>> = HashMap::new();
        let mut chains = HashMap::new();
        let mut grows = HashSet::new();
        for (at, table) in firewall.ruleset.tables.iter().enumerate() {
            if !table.family.sees(family) || table.dormant == super::model::Tri::Yes {
                continue;
            }
            for (number, chain) in table.chains.iter().enumerate() {
                chains.insert((at, chain.name.as_str()), number);
                for part in chain.rules.iter().flat_map(|rule| &rule.parts) {
                    if let Part::Adds { set, ipset } = part {
                        grows.insert(((!ipset).then_some(at), set.as_str()));
                    }
                }
                if let Some(base) = &chain.base {
                    let nat = base.kind == BaseKind::Nat;
                    // All of that kind run where the kernel translates.
                    let priority = match base.hook {
                        Hook::Prerouting | Hook::Output if nat => -100,
                        Hook::Input | Hook::Postrouting if nat => 100,
                        _ => base.priority,
                    };
                    hooks.entry(base.hook).or_default().push(Hung {
                        priority,
                        table: at,
                        chain: number,
                        first_only: nat,
                        routes_anew: base.kind == BaseKind::Route && base.hook == Hook::Output,
                        own: base.priority,
                    });
                }
            }
        }
        for hung in hooks.values_mut() {
            // Among equals, the one registered last runs first; between nft and legacy tables nobody
            // tells which that is.
            hung.sort_by_key(|hung| {
                let legacy = firewall.ruleset.tables[hung.table].backend == Backend::IptablesLegacy;
                (
                    hung.priority,
                    hung.own,
                    legacy != legacy_first,
                    usize::MAX - hung.table,
                    usize::MAX - hung.chain,
                )
            });
        }
        Evaluation {
            firewall,
            hooks,
            chains,
            grows,
            records: Vec::new(),
            ends: Ends::default(),
            refusals: Vec::new(),
            steps: 0,
            assumed: Vec::new(),
            led_on: false,
            trace: None,
            outward: Vec::new(),
        }
    }

    fn chain_named(&self, table: usize, name: &str) -> Option<usize> {
        self.chains.get(&(table, name)).copied()
    }

    fn record(&mut self, what: What, by: By, packet: &Packet, whom: &Pieces) {
        if !whom.is_empty() {
            self.records.push(Record::new(what, by, packet.step, packet.hook, whom));
        }
    }

    fn step(&mut self, by: &By, packet: &Packet, whom: &Pieces, does: Does, change: &str) {
        if whom.is_empty() {
            return;
        }
        if let Some(trace) = &mut self.trace {
            let at = by.decider(self.firewall);
            trace.push(Walked { packet: packet.step, at, does, change: change.to_owned() });
        }
    }

    fn end(&mut self, outcome: Outcome, world: &World, pieces: Pieces) {
        if pieces.is_empty() {
            return;
        }
        if world.nominal {
            self.ends.nominal.entry(outcome).or_default().add(pieces.clone());
        }
        self.ends.all.entry(outcome).or_default().add(pieces);
    }

    fn drop(&mut self, by: By, packet: &Packet, world: World, pieces: Pieces) {
        self.record(What::Drop, by, packet, &pieces);
        self.end(Outcome::Dropped(packet.step), &world, pieces);
    }

    fn reject(&mut self, by: By, how: How, packet: &Packet, world: World, pieces: Pieces) {
        // An answer that is refused on its way out is refused to this host, not to the client.
        if matches!(packet.step, Step::Reply | Step::Refusal) {
            // A reset to this host that is itself refused by ICMP tells the client after all.
            if how == How::Reset && self.refuses_out_by_icmp() {
                self.record(What::Perhaps, by.clone(), packet, &pieces);
                self.ends.open.add(pieces.clone());
            }
            return self.drop(by, packet, world, pieces);
        }
        self.record(What::Reject(how), by, packet, &pieces);
        self.refusals.push(flow::Refusal::of(how, packet, world, pieces));
    }

    /// Whether something on the way out may refuse by ICMP.
    fn refuses_out_by_icmp(&self) -> bool {
        let refuses = |part: &Part| {
            matches!(
                part,
                Part::Verdict(super::model::Verdict::Reject(
                    How::PortUnreachable | How::Unreachable
                ))
            )
        };
        let hung =
            [Hook::Output, Hook::Postrouting].into_iter().filter_map(|hook| self.hooks.get(&hook));
        hung.flatten().any(|hung| {
            let chains = &self.firewall.ruleset.tables[hung.table].chains;
            chains.iter().flat_map(|chain| &chain.rules).flat_map(|rule| &rule.parts).any(refuses)
        })
    }

    fn answered_by_proxy(&mut self, world: World, pieces: Pieces) {
        self.end(Outcome::Accepted, &world, pieces);
    }

    fn give_up(&mut self, why: &str, packet: &Packet, _world: &World, pieces: &Pieces) {
        let by = By::Other(Arc::new(Decider::Untold(why.to_owned())));
        self.record(What::Perhaps, by, packet, pieces);
        self.ends.open.add(pieces.clone());
    }
}

/// A part of the address space, how it fares, and who decides.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stretch {
    pub(crate) from: u128,
    pub(crate) to: u128,
    pub(crate) outcome: Outcome,
    pub(crate) by: Arc<[Decider]>,
}

impl Firewall {
    /// What becomes of connections from every address of the ranges asked about.
    #[must_use]
    pub fn rule(&self, asked: &Asked) -> Rulings {
        let mut besides = Besides::default();
        let mut doors_used = Vec::new();
        let mut listens = Vec::new();
        let mut by_port: Vec<HashMap<Family, Vec<Stretch>>> = Vec::new();
        for port in &asked.ports {
            let mut stretches = HashMap::new();
            for family in Family::BOTH {
                let mut somebody = None;
                let domain = Numbers::from_prefixes(family, &asked.ranges);
                if domain.is_empty() {
                    continue;
                }
                let doors = self.doors(family, asked);
                for door in &doors {
                    if !doors_used.contains(&(family, door.clone())) {
                        doors_used.push((family, door.clone()));
                    }
                    let heard = self.heard(door, family, *port);
                    somebody = match (somebody, heard) {
                        (Some(true), _) | (_, Some(true)) => Some(true),
                        (found, heard) => found.or(heard),
                    };
                }
                besides.led_on = false;
                stretches
                    .insert(family, self.stretches(family, *port, &doors, &domain, &mut besides));
                // Nobody on that port itself is no word for where it is led.
                listens.push((family, *port, somebody.filter(|heard| *heard || !besides.led_on)));
            }
            by_port.push(stretches);
        }
        let mut rulings = Vec::new();
        for (port, stretches) in asked.ports.iter().zip(&by_port) {
            for range in &asked.ranges {
                let found = stretches.get(&Family::of(range.addr()));
                rulings.push(Ruling {
                    range: *range,
                    port: *port,
                    pieces: found.map_or_else(Vec::new, |all| pieces(all, range)),
                });
            }
        }
        let mut assumed = besides.assumed;
        assumed.sort();
        assumed.dedup();
        let troubles = self.ruleset.troubles.iter().chain(&self.surroundings.troubles);
        Rulings {
            rulings,
            doors: doors_used,
            assumed,
            troubles: troubles.cloned().collect(),
            listens,
        }
    }

    /// Who gets in on a port, of all addresses of a family: for certain or below a limit, and perhaps besides.
    /// The whole address space as prefixes would be ten times as many.
    pub(crate) fn reach(&self, family: Family, port: u16, asked: &Asked) -> (Numbers, Numbers) {
        let doors = self.doors(family, asked);
        let domain = Numbers::all(family);
        let found = self.stretches(family, port, &doors, &domain, &mut Besides::default());
        let (mut surely, mut perhaps) = (Vec::new(), Vec::new());
        for stretch in found {
            if matches!(stretch.outcome, Outcome::Accepted | Outcome::Limited) {
                surely.push((stretch.from, stretch.to));
                perhaps.push((stretch.from, stretch.to));
            } else if stretch.outcome == Outcome::Unknown {
                perhaps.push((stretch.from, stretch.to));
            }
        }
        (Numbers::from_intervals(surely), Numbers::from_intervals(perhaps))
    }

    /// One connection's walk through all of it. `asked.ranges` is of no matter.
    #[must_use]
    pub fn walk(&self, from: IpAddr, port: u16, asked: &Asked) -> Walk {
        let family = Family::of(from);
        let domain = Numbers::one(number(from));
        let doors = self.doors(family, asked);
        let found = self.stretches(family, port, &doors, &domain, &mut Besides::default());
        let (outcome, by) =
            found.into_iter().next().map_or((Outcome::Unknown, Vec::new()), |stretch| {
                (stretch.outcome, stretch.by.to_vec())
            });
        let mut steps = Vec::new();
        if let Some(door) = doors.first() {
            let mut evaluation = Evaluation::new(self, family, true);
            evaluation.trace = Some(Vec::new());
            evaluation.connect(family, port, door, &domain);
            steps = evaluation.trace.unwrap_or_default();
        }
        Walk { from, to: doors.first().and_then(|door| door.address), port, steps, outcome, by }
    }

    fn doors(&self, family: Family, asked: &Asked) -> Vec<Door> {
        let mut doors = self.surroundings.doors(family);
        if let Some(interface) = &asked.interface {
            let of_it = doors.iter().find(|door| door.interface.as_ref() == Some(interface));
            let address = of_it.and_then(|door| door.address).or_else(|| {
                self.surroundings.interfaces.iter().find(|about| about.name == *interface).and_then(
                    |about| {
                        about
                            .addresses
                            .iter()
                            .map(ipnet::IpNet::addr)
                            .find(|address| Family::of(*address) == family)
                    },
                )
            });
            doors = vec![Door { interface: Some(interface.clone()), address }];
        }
        if let Some(to) = asked.to.filter(|to| Family::of(*to) == family) {
            if doors.iter().any(|door| door.address == Some(to)) {
                doors.retain(|door| door.address == Some(to));
            } else {
                // The address belongs to an interface of its own, or to nobody here (a translation in
                // front of this host): it arrives by the same doors.
                let home = self
                    .surroundings
                    .interfaces
                    .iter()
                    .any(|about| about.addresses.iter().any(|net| net.addr() == to));
                for door in &mut doors {
                    if home || door.address.is_none() {
                        door.address = Some(to);
                    }
                }
                doors.dedup();
            }
        }
        doors
    }

    /// Whether a base chain of iptables-legacy and one of nft's hang at the same priority of a hook.
    fn has_rivals(&self, family: Family) -> bool {
        let all = || {
            let tables = self.ruleset.tables.iter().filter(move |table| table.family.sees(family));
            tables.flat_map(|table| {
                let legacy = table.backend == Backend::IptablesLegacy;
                let busy = |chain: &&super::model::Chain| {
                    let closed = chain
                        .base
                        .as_ref()
                        .is_some_and(|base| base.policy == super::model::Policy::Drop);
                    closed || !chain.rules.is_empty()
                };
                let bases =
                    table.chains.iter().filter(busy).filter_map(|chain| chain.base.as_ref());
                bases.map(move |base| (legacy, base.hook, base.priority))
            })
        };
        all().any(|(legacy, hook, priority)| {
            legacy && all().any(|other| other == (false, hook, priority))
        })
    }

    fn heard(&self, door: &Door, family: Family, port: u16) -> Option<bool> {
        let any = match family {
            Family::V4 => IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED),
            Family::V6 => IpAddr::V6(std::net::Ipv6Addr::UNSPECIFIED),
        };
        self.surroundings.listens(door.address.unwrap_or(any), port)
    }

    fn stretches(
        &self,
        family: Family,
        port: u16,
        doors: &[Door],
        domain: &Numbers,
        besides: &mut Besides,
    ) -> Vec<Stretch> {
        let untold = |why: String| {
            let by: Arc<[Decider]> = Arc::new([Decider::Untold(why)]);
            let each = domain.intervals().iter().map(|(from, to)| Stretch {
                from: *from,
                to: *to,
                outcome: Outcome::Unknown,
                by: Arc::clone(&by),
            });
            each.collect::<Vec<_>>()
        };
        let troubles = self.ruleset.troubles.iter();
        if let Some(trouble) = troubles.clone().find(|trouble| trouble.rules_missing) {
            return untold(format!("{}: {}", trouble.input, trouble.why));
        }
        if doors.is_empty() {
            let none = "this host has no route to the outside in this family".to_owned();
            let each = domain.intervals().iter().map(|(from, to)| Stretch {
                from: *from,
                to: *to,
                outcome: Outcome::Dropped(Step::Reply),
                by: Arc::new([Decider::Route(none.clone())]),
            });
            return each.collect();
        }
        let mut joined: Option<Vec<Stretch>> = None;
        for door in doors {
            let mut at_door: Option<Vec<Stretch>> = None;
            let orders: &[bool] = if self.has_rivals(family) { &[true, false] } else { &[true] };
            for legacy_first in orders {
                let mut evaluation = Evaluation::new(self, family, *legacy_first);
                evaluation.connect(family, port, door, domain);
                let found = verdict::stretches(&evaluation, domain);
                besides.assumed.append(&mut evaluation.assumed);
                besides.led_on |= evaluation.led_on;
                at_door = Some(match at_door {
                    None => found,
                    Some(before) => verdict::join(before, found, RIVALS),
                });
            }
            let found = at_door.unwrap_or_default();
            joined = Some(match joined {
                None => found,
                Some(before) => verdict::join(before, found, &verdict::doors_differ(doors)),
            });
        }
        joined.unwrap_or_default()
    }
}

/// What cannot be told of a host with both.
const RIVALS: &str =
    "whether the rules of iptables-legacy or those of nft are asked first is not told";

/// The stretches of one range, as the fewest prefixes.
fn pieces(stretches: &[Stretch], range: &ipnet::IpNet) -> Vec<Piece> {
    let family = Family::of(range.addr());
    let (low, high) = interval(range);
    let first = stretches.partition_point(|stretch| stretch.to < low);
    stretches[first..]
        .iter()
        .take_while(|stretch| stretch.from <= high)
        .flat_map(|stretch| {
            let part = (stretch.from.max(low), stretch.to.min(high));
            prefixes(family, part).into_iter().map(|prefix| Piece {
                prefix,
                outcome: stretch.outcome,
                by: Arc::clone(&stretch.by),
            })
        })
        .collect()
}
