//! Whether a question holds for a packet of a world, and for which clients.

use std::borrow::Cow;

use super::super::addresses::{Family, Numbers};
use super::super::model::{
    Data, Element, Elements, End, Field, Item, Lookup, Match, Set, Term, With,
};
use super::super::surroundings::{RouteKey, Way};
use super::Evaluation;
use super::arithmetic::{mask_of, masked};
use super::holds::{Holds, Share};
use super::packet::{Packet, Seen};
use super::world::World;

/// A set as it is found behind a name.
pub(super) enum Found<'a> {
    /// This one, and whether rules add addresses to it while packets pass.
    Set(&'a Set, bool),
    /// There is none of that name, or it was not told.
    Untold,
}

impl<'a> Evaluation<'a> {
    /// Whether a match holds.
    pub(super) fn holds(
        &self,
        table: usize,
        asks: &'a Match,
        packet: &Packet,
        world: &World,
    ) -> Holds<'a> {
        let negated = asks.negated;
        let single = match asks.key.as_slice() {
            [term] => Some(term),
            _ => None,
        };
        let absent = asks.key.iter().any(|term| matches!(packet.term(term, world), Seen::Absent));
        if absent {
            return Holds::NEVER;
        }
        let found = match (&asks.with, single) {
            (With::Numbers(numbers), Some(term)) => self.among(numbers, term, packet, world),
            (With::AnyBit(bits), Some(term)) => any_bit(*bits, &packet.term(term, world)),
            (With::Names(names), Some(term)) => named(names, &packet.term(term, world)),
            (With::Set(lookup), _) => match self.found(table, lookup) {
                Found::Untold => Holds::PERHAPS,
                Found::Set(set, grows) => self.in_set(set, grows, &asks.key, packet, world),
            },
            _ => Holds::PERHAPS,
        };
        Holds { negated, ..found }
    }

    /// The set behind a lookup.
    pub(super) fn found(&self, table: usize, lookup: &'a Lookup) -> Found<'a> {
        let (set, grows) = match lookup {
            Lookup::Here(set) => (Some(&**set), false),
            Lookup::Ipset(name) => {
                (self.firewall.ruleset.ipsets.get(name), self.grows.contains(&(None, name)))
            }
            Lookup::Named(name) => (
                self.firewall.ruleset.tables[table].sets.get(name),
                self.grows.contains(&(Some(table), name)),
            ),
        };
        set.filter(|set| set.complete).map_or(Found::Untold, |set| Found::Set(set, grows))
    }

    fn in_set(
        &self,
        set: &'a Set,
        grows: bool,
        key: &[Term],
        packet: &Packet,
        world: &World,
    ) -> Holds<'a> {
        let mut holds = match (&set.elements, key) {
            (Elements::Numbers(numbers), [term]) => self.among(numbers, term, packet, world),
            (Elements::Addresses { v4, v6 }, [term]) => {
                let numbers = if packet.family == Family::V4 { v4 } else { v6 };
                self.among(numbers, term, packet, world)
            }
            (Elements::Many(elements), _) => self.in_elements(elements, key, packet, world),
            _ => Holds::PERHAPS,
        };
        if set.limited {
            let found = std::mem::replace(&mut holds.surely, Share::None);
            holds.above = found;
        }
        if grows {
            // Who is not in it may be by the time that a later packet comes: above a limit, so to speak.
            let known = holds.surely.clone().or(holds.perhaps.clone());
            holds.above = Share::All.without(&known, &Numbers::all(packet.family));
        }
        holds
    }

    fn in_elements(
        &self,
        elements: &'a [Element],
        key: &[Term],
        packet: &Packet,
        world: &World,
    ) -> Holds<'a> {
        let whole = Numbers::all(packet.family);
        let mut holds = Holds::NEVER;
        let mut gone = Share::None;
        let mut single: Vec<(u128, u128)> = Vec::new();
        for element in elements {
            let (surely, perhaps) = self.in_element(element, key, packet, world);
            if element.except {
                let either = surely.or(perhaps);
                gone = gone.or(either);
                continue;
            }
            // Many small ones are joined once.
            if gone.is_none()
                && perhaps.is_none()
                && let Share::Of(numbers) = &surely
            {
                single.extend(numbers.intervals());
                continue;
            }
            holds.surely = holds.surely.or(surely.without(&gone, &whole));
            holds.perhaps = holds.perhaps.or(perhaps.without(&gone, &whole));
        }
        if !single.is_empty() {
            let joined = Share::Of(Cow::Owned(Numbers::from_intervals(single)));
            holds.surely = holds.surely.or(joined);
        }
        holds.perhaps = holds.perhaps.without(&holds.surely, &whole);
        holds
    }

    /// For whom an element is the one: surely, and perhaps.
    pub(super) fn in_element(
        &self,
        element: &'a Element,
        key: &[Term],
        packet: &Packet,
        world: &World,
    ) -> (Share<'a>, Share<'a>) {
        if element.key.len() != key.len() {
            return (Share::None, Share::All);
        }
        let (mut surely, mut perhaps) = (Share::All, Share::None);
        for (item, term) in element.key.iter().zip(key) {
            let holds = match item {
                Item::Numbers(numbers) => self.among(numbers, term, packet, world),
                Item::Name(name) => named(std::slice::from_ref(name), &packet.term(term, world)),
                Item::Any => Holds::ALWAYS,
                Item::Unknown(_) => Holds::PERHAPS,
            };
            if holds.is_never() {
                return (Share::None, Share::None);
            }
            let either = holds.surely.clone().or(holds.perhaps.clone());
            perhaps = perhaps.and(either).or(surely.clone().and(holds.perhaps));
            surely = surely.and(holds.surely);
        }
        (surely, perhaps)
    }

    fn among(
        &self,
        numbers: &'a Numbers,
        term: &Term,
        packet: &Packet,
        world: &World,
    ) -> Holds<'a> {
        match &term.field {
            Field::AddressType { end, by_interface } if term.ops.is_empty() => {
                return self.address_type(*end, *by_interface, numbers, packet, world);
            }
            Field::WayBack { by_interface, mark } if term.ops.is_empty() => {
                return self.way_back(*by_interface, *mark, numbers, packet, world);
            }
            _ => {}
        }
        match packet.term(term, world) {
            Seen::Client => match mask_of(&term.ops, packet.family) {
                Some(mask) => Holds::for_clients(Cow::Owned(masked(numbers, mask, packet.family))),
                None => Holds::for_clients(Cow::Borrowed(numbers)),
            },
            Seen::Known(number) => Holds::if_so(numbers.contains(number)),
            Seen::Among(several) => {
                let both = several.and(numbers);
                if both.is_empty() {
                    Holds::NEVER
                } else if both == several {
                    Holds::ALWAYS
                } else {
                    Holds::PERHAPS
                }
            }
            Seen::Absent => Holds::NEVER,
            Seen::Name(_) | Seen::NameUnknown | Seen::Unknown => Holds::PERHAPS,
        }
    }

    /// Of the host's own address: local. Of the client's: by the way that leads to it.
    fn address_type(
        &self,
        end: End,
        by_interface: bool,
        types: &Numbers,
        packet: &Packet,
        world: &World,
    ) -> Holds<'a> {
        match packet.field(&Field::Address(of(packet.family), end), world) {
            Seen::Client => {}
            Seen::Known(address) => {
                // Translated to somebody else, it is not this host's any more.
                let one = Numbers::one(address);
                let kinds = self.kinds_of(&one, packet, by_interface);
                return kinds.into_iter().next().map_or(Holds::PERHAPS, |(_, kind)| {
                    kind.map_or(Holds::PERHAPS, |kind| Holds::if_so(types.contains(kind)))
                });
            }
            // The host's own address, whichever it is.
            Seen::Unknown if !world.translated => return Holds::if_so(types.contains(2)),
            _ => return Holds::PERHAPS,
        }
        let kinds = self.kinds_of(&Numbers::all(packet.family), packet, by_interface);
        let (mut surely, mut perhaps) = (Vec::new(), Vec::new());
        for (addresses, kind) in kinds {
            match kind {
                None => perhaps.extend(addresses.intervals()),
                Some(kind) if types.contains(kind) => surely.extend(addresses.intervals()),
                Some(_) => {}
            }
        }
        shares(surely, perhaps)
    }

    fn kinds_of(
        &self,
        addresses: &Numbers,
        packet: &Packet,
        by_interface: bool,
    ) -> Vec<(Numbers, Option<u128>)> {
        let key = RouteKey {
            family: packet.family,
            source: None,
            mark: Some(0),
            incoming: None,
            outgoing: by_interface.then_some(packet.incoming.as_deref()).flatten(),
        };
        let ways = self.firewall.surroundings.ways(key, addresses);
        let kind = |way: &Way| match way {
            Way::Out(_) => Some(1),
            Way::Local => Some(2),
            Way::Blackhole => Some(6),
            Way::NoRoute | Way::Unknown => None,
        };
        // Multicast is told by the address itself.
        let multicast = match packet.family {
            Family::V4 => Numbers::of(0xe000_0000, 0xefff_ffff),
            Family::V6 => Numbers::of(0xff << 120, u128::MAX),
        };
        let mut kinds: Vec<_> = ways
            .into_iter()
            .map(|(numbers, led)| (numbers.without(&multicast), kind(&led.way)))
            .collect();
        kinds.push((addresses.and(&multicast), Some(5)));
        kinds.retain(|(numbers, _)| !numbers.is_empty());
        kinds
    }

    fn way_back(
        &self,
        by_interface: bool,
        mark: bool,
        wanted: &Numbers,
        packet: &Packet,
        world: &World,
    ) -> Holds<'a> {
        let key = RouteKey {
            family: packet.family,
            source: world.to.address.map(|address| packet.family.address(address)),
            mark: if mark { world.mark } else { Some(0) },
            incoming: None,
            outgoing: None,
        };
        let (mut there, mut missing, mut open) = (Vec::new(), Vec::new(), Vec::new());
        for (addresses, led) in self.firewall.surroundings.ways(key, &Numbers::all(packet.family)) {
            let to = match (&led.way, &packet.incoming) {
                (Way::Unknown, _) => &mut open,
                (Way::Out(_), _) if !by_interface => &mut there,
                (Way::Out(_), None) => &mut open,
                (Way::Out(by), Some(incoming)) if by == incoming => &mut there,
                _ => &mut missing,
            };
            to.extend(addresses.intervals());
        }
        let surely = match (wanted.contains(1), wanted.contains(0)) {
            (true, true) => return Holds::ALWAYS,
            (false, false) => return Holds::NEVER,
            (true, false) => there,
            (false, true) => missing,
        };
        shares(surely, open)
    }
}

fn shares(surely: Vec<(u128, u128)>, perhaps: Vec<(u128, u128)>) -> Holds<'static> {
    let share = |intervals: Vec<_>| match intervals.is_empty() {
        true => Share::None,
        false => Share::Of(Cow::Owned(Numbers::from_intervals(intervals))),
    };
    Holds { surely: share(surely), perhaps: share(perhaps), above: Share::None, negated: false }
}

fn of(family: Family) -> super::super::model::FamilyOf {
    match family {
        Family::V4 => super::super::model::FamilyOf::V4,
        Family::V6 => super::super::model::FamilyOf::V6,
    }
}

fn any_bit(bits: u128, seen: &Seen<'_>) -> Holds<'static> {
    match seen {
        Seen::Known(number) => Holds::if_so(number & bits != 0),
        Seen::Among(numbers) if numbers.count() <= 64.0 => {
            let mut each = numbers.intervals().iter().flat_map(|(low, high)| *low..=*high);
            let set = each.clone().filter(|number| number & bits != 0).count();
            if set == 0 {
                Holds::NEVER
            } else if each.all(|number| number & bits != 0) {
                Holds::ALWAYS
            } else {
                Holds::PERHAPS
            }
        }
        Seen::Absent => Holds::NEVER,
        _ => Holds::PERHAPS,
    }
}

fn named(names: &[String], seen: &Seen<'_>) -> Holds<'static> {
    match seen {
        Seen::Name(name) => Holds::if_so(names.iter().any(|wanted| is_named(wanted, name))),
        // Whatever it is called, it is not the loopback.
        Seen::NameUnknown if names.iter().all(|wanted| wanted == "lo") => Holds::NEVER,
        Seen::NameUnknown | Seen::Unknown => Holds::PERHAPS,
        Seen::Absent => Holds::NEVER,
        Seen::Client | Seen::Known(_) | Seen::Among(_) => Holds::PERHAPS,
    }
}

fn is_named(wanted: &str, name: &str) -> bool {
    match wanted.strip_suffix('*') {
        Some(begin) => name.starts_with(begin),
        None => wanted == name,
    }
}

/// What an element of a map gives; an element without data gives what nobody knows.
pub(super) fn data(element: &Element) -> Data {
    element.data.clone().unwrap_or_else(|| Data::Unknown("an element without data".to_owned()))
}
