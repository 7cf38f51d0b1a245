//! The elements of a set: lines `add NAME ELEMENT …`.

use std::collections::HashMap;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::super::addresses::{Family, Interval, Numbers};
use super::super::model::{Element, Elements, Item};
use super::header::{Component, Header};

/// Gathers the elements of one set.
pub(super) struct Builder<'t> {
    components: &'t [Component],
    family: Family,
    mask: Option<u128>,
    /// Of one component.
    plain: Vec<Interval>,
    /// Of one component: what is taken away.
    excepted: Vec<Interval>,
    /// Of several: what follows the first component, and by it the first components.
    groups: HashMap<(&'t str, bool), Vec<Interval>>,
    /// Of several, with exceptions among them: each, with how narrow it is.
    ordered: Vec<(Narrow, Element)>,
    /// Whether there are exceptions.
    excepts: bool,
}

/// How long the prefixes of an element are.
type Narrow = (u8, u8);

impl<'t> Builder<'t> {
    /// For a set; `section`: its whole text.
    pub(super) fn new(header: &'t Header, section: &'t str) -> Builder<'t> {
        let components = header.components.as_deref().unwrap_or(&[]);
        let one = components.len() == 1;
        let lines = if one { memchr::memchr_iter(b'\n', section.as_bytes()).count() } else { 0 };
        let excepts = memchr::memmem::find(section.as_bytes(), b" nomatch").is_some();
        Builder {
            components,
            family: header.family.unwrap_or(Family::V4),
            mask: header.mask,
            plain: Vec::with_capacity(lines),
            excepted: Vec::new(),
            groups: HashMap::new(),
            ordered: Vec::new(),
            excepts,
        }
    }

    /// Takes in a line.
    pub(super) fn line(&mut self, line: &'t str, set: &str) -> Result<(), &'static str> {
        let Some(rest) = line.strip_prefix("add ") else {
            let nothing = line.trim().is_empty() || line.starts_with('#');
            return if nothing { Ok(()) } else { Err("is no element") };
        };
        let rest = rest.strip_prefix(set).and_then(|rest| rest.strip_prefix(' '));
        let Some(rest) = rest else { return Err("is an element of another set") };
        let (entry, options) = rest.split_once(' ').unwrap_or((rest, ""));
        let entry = entry.trim_end();
        let (except, wildcard) = if options.is_empty() { (false, false) } else { flags(options) };
        if self.components.len() == 1 {
            let interval = self.first(entry).ok_or("is no element of its kind")?;
            if except {
                self.excepted.push(interval);
            } else {
                self.plain.push(interval);
            }
            return Ok(());
        }
        let (first, others) = entry.split_once(',').unwrap_or((entry, ""));
        let interval = self.first(first).ok_or("is no element of its kind")?;
        if !self.excepts {
            // Whether the others are right is seen when they are put together.
            self.groups.entry((others, wildcard)).or_default().push(interval);
            return Ok(());
        }
        let mut key = vec![Item::Numbers(Numbers::of(interval.0, interval.1))];
        let second = self.items(others, wildcard, &mut key).ok_or("is no element of its kind")?;
        let narrow = (bits(self.family, interval), second);
        self.ordered.push((narrow, Element { key, except, data: None }));
        Ok(())
    }

    /// The interval of a first component.
    fn first(&self, text: &str) -> Option<Interval> {
        match self.components.first()? {
            Component::Ip => {
                let (low, high) = prefix(self.family, text)?;
                Some(match self.mask {
                    Some(mask) => (low & mask, (high & mask) | (self.family.highest() & !mask)),
                    None => (low, high),
                })
            }
            Component::Port => span(text.rsplit_once(':').map_or(text, |(_, ports)| ports), 65535),
            // Addresses of cards are not looked at; what matters is that there are some.
            Component::Mac => Some((0, 0)),
            Component::Mark | Component::Interface => None,
        }
    }

    /// The items behind the first; how narrow the second prefix among them is.
    fn items(&self, text: &str, wildcard: bool, key: &mut Vec<Item>) -> Option<u8> {
        let mut narrow = 0;
        let mut parts = text.split(',');
        for component in &self.components[1..] {
            let part = parts.next().filter(|part| !part.is_empty());
            match (component, part) {
                (Component::Ip, Some(part)) => {
                    let interval = prefix(self.family, part)?;
                    narrow = bits(self.family, interval);
                    key.push(Item::Numbers(Numbers::of(interval.0, interval.1)));
                }
                (Component::Port, Some(part)) => port(part, key)?,
                (Component::Mark, Some(part)) => {
                    let mark = number(part)?;
                    key.push(Item::Numbers(Numbers::one(mark)));
                }
                (Component::Interface, Some(part)) => key.push(if part.contains(':') {
                    Item::Unknown(part.to_owned())
                } else if wildcard {
                    Item::Name(format!("{part}*"))
                } else {
                    Item::Name(part.to_owned())
                }),
                (Component::Mac, Some(part)) => key.push(Item::Unknown(part.to_owned())),
                (Component::Mac, None) => key.push(Item::Any),
                (_, None) => return None,
            }
        }
        parts.next().is_none().then_some(narrow)
    }

    /// All elements.
    pub(super) fn build(mut self) -> Elements {
        if self.components.len() == 1 {
            return match self.components[0] {
                Component::Ip => {
                    let numbers = if self.excepted.is_empty() {
                        Numbers::from_intervals(std::mem::take(&mut self.plain))
                    } else {
                        narrowest(&self.plain, &self.excepted)
                    };
                    match self.family {
                        Family::V4 => Elements::Addresses { v4: numbers, v6: Numbers::none() },
                        Family::V6 => Elements::Addresses { v4: Numbers::none(), v6: numbers },
                    }
                }
                Component::Port => {
                    Elements::Numbers(Numbers::from_intervals(std::mem::take(&mut self.plain)))
                }
                Component::Mac | Component::Mark | Component::Interface => {
                    let unknown = Item::Unknown("an address of a card".to_owned());
                    let some = !self.plain.is_empty();
                    let key = vec![unknown];
                    Elements::Many(
                        some.then_some(Element { key, except: false, data: None })
                            .into_iter()
                            .collect(),
                    )
                }
            };
        }
        if self.excepts {
            // The narrowest first: so the first that holds counts.
            self.ordered.sort_by_key(|(narrow, _)| std::cmp::Reverse(*narrow));
            return Elements::Many(self.ordered.into_iter().map(|(_, element)| element).collect());
        }
        let mut groups: Vec<((&str, bool), Vec<Interval>)> = self.groups.drain().collect();
        groups.sort_unstable_by_key(|(key, _)| *key);
        let mut all = Vec::with_capacity(groups.len());
        for ((others, wildcard), intervals) in groups {
            let first = Numbers::from_intervals(intervals);
            let mut key = vec![Item::Numbers(first)];
            if self.items(others, wildcard, &mut key).is_none() {
                key.truncate(1);
                let wanted: usize = self.components[1..]
                    .iter()
                    .map(|component| 1 + usize::from(*component == Component::Port))
                    .sum();
                key.extend((0..wanted).map(|_| Item::Unknown(others.to_owned())));
            }
            all.push(Element { key, except: false, data: None });
        }
        Elements::Many(all)
    }
}

/// `nomatch` and `wildcard` among an element's options; a comment is no option.
fn flags(options: &str) -> (bool, bool) {
    let before = options.split("comment \"").next().unwrap_or("");
    let after = options.rsplit_once('"').map_or("", |(_, after)| after);
    let mut found = (false, false);
    for word in before.split_ascii_whitespace().chain(after.split_ascii_whitespace()) {
        found.0 |= word == "nomatch";
        found.1 |= word == "wildcard";
    }
    found
}

/// An address, a prefix, or a span of addresses.
fn prefix(family: Family, text: &str) -> Option<Interval> {
    if let Some((low, high)) = text.split_once('-') {
        return Some((address(family, low)?, address(family, high)?));
    }
    let (base, length) = match text.split_once('/') {
        Some((base, length)) => (base, length.parse().ok()?),
        None => (text, u32::from(family.bits())),
    };
    let rest = u32::from(family.bits()).checked_sub(length)?;
    let host = family.highest() & !u128::MAX.checked_shl(rest).unwrap_or(0);
    let base = address(family, base)?;
    Some((base & !host, base | host))
}

fn address(family: Family, text: &str) -> Option<u128> {
    match family {
        Family::V4 => text.parse::<Ipv4Addr>().ok().map(|address| u128::from(address.to_bits())),
        Family::V6 => text.parse::<Ipv6Addr>().ok().map(Ipv6Addr::to_bits),
    }
}

/// How many of the first bits an interval fixes.
fn bits(family: Family, (low, high): Interval) -> u8 {
    let differing = 128 - (low ^ high).leading_zeros();
    family.bits() - (differing as u8).min(family.bits())
}

/// `80` or `80-90`
fn span(text: &str, highest: u128) -> Option<Interval> {
    let (low, high) = text.split_once('-').unwrap_or((text, text));
    let (low, high) = (low.parse().ok()?, high.parse().ok()?);
    (low <= high && high <= highest).then_some((low, high))
}

/// `0x1f` or `31`
fn number(text: &str) -> Option<u128> {
    match text.strip_prefix("0x") {
        Some(hex) => u128::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

/// `tcp:80`, `udp:53-60`, `80`, `icmp:echo-request`: protocol and port.
fn port(text: &str, key: &mut Vec<Item>) -> Option<()> {
    let (protocol, ports) = text.split_once(':').unwrap_or(("tcp", text));
    match super::super::iptables::protocol(protocol) {
        Some(number) => key.push(Item::Numbers(Numbers::one(u128::from(number)))),
        None => key.push(Item::Unknown(protocol.to_owned())),
    }
    key.push(match span(ports, 65535) {
        Some((low, high)) => Item::Numbers(Numbers::of(low, high)),
        // A type of ICMP, by its name.
        None if protocol.contains("icmp") => Item::Unknown(ports.to_owned()),
        None => return None,
    });
    Some(())
}

/// The numbers whose narrowest prefix is no exception. Prefixes lie within each other or apart.
fn narrowest(plain: &[Interval], excepted: &[Interval]) -> Numbers {
    let all = plain.iter().map(|interval| (*interval, true));
    let mut all: Vec<(Interval, bool)> =
        all.chain(excepted.iter().map(|interval| (*interval, false))).collect();
    // The wider one first; of two alike the exception counts.
    all.sort_unstable_by(|(a, a_in), (b, b_in)| {
        a.0.cmp(&b.0).then(b.1.cmp(&a.1)).then(b_in.cmp(a_in))
    });
    let mut sweep = Sweep { found: Vec::new(), open: Vec::new(), at: Some(0) };
    for (interval, holds) in all {
        sweep.close(Some(interval.0));
        sweep.tell(interval.0.checked_sub(1));
        sweep.at = Some(interval.0);
        sweep.open.push((interval, holds));
    }
    sweep.close(None);
    Numbers::from_intervals(sweep.found)
}

/// A walk over prefixes, lowest first.
struct Sweep {
    found: Vec<Interval>,
    /// Those that the walk is within, the narrowest last.
    open: Vec<(Interval, bool)>,
    /// From where on nothing was told yet; `None`: the end of the space is behind.
    at: Option<u128>,
}

impl Sweep {
    /// Leaves those that end before a number; all where there is none.
    fn close(&mut self, upto: Option<u128>) {
        while let Some(((_, high), _)) = self.open.last().copied() {
            if upto.is_some_and(|upto| high >= upto) {
                return;
            }
            self.tell(Some(high));
            self.at = high.checked_add(1);
            self.open.pop();
        }
    }

    /// What was not told yet up to here is in or not, as the narrowest says.
    fn tell(&mut self, upto: Option<u128>) {
        if let (Some((_, true)), Some(from), Some(upto)) = (self.open.last(), self.at, upto)
            && from <= upto
        {
            self.found.push((from, upto));
        }
    }
}
