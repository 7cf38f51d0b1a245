//! Why connections are not simply accepted: one reason for all that fare alike by rules that differ in
//! nothing but the address.
//!
//! A ban of thirty addresses by thirty rules is one reason, and so is a range that the same rule keeps out on
//! both ports.

use std::collections::{HashMap, HashSet};

use ipnet::IpNet;

use super::words::{self, Place};
use super::{Fate, Seen};
use crate::firewall::addresses::Family;
use crate::firewall::manager::Manager;
use crate::firewall::ruling::{Decider, Outcome};
use crate::report::words::units::{count, list, list_of};

/// Why some addresses fare as they do.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// From 1.
    pub number: usize,
    /// How they fare.
    pub outcome: Outcome,
    /// Who decides, each once.
    pub by: Vec<Decider>,
    /// Whom it meets, by port and range.
    pub parts: Vec<Part>,
    /// ``172.64.0.0/13 to 443: dropped by `ip bl pre`, rule handle 7, set `bad` ``; no final stop.
    pub sentence: String,
    /// Which of a range's addresses, where it is not all: `172.64.0.77: 1 of 524,288 addresses`.
    pub which: Option<String>,
    /// The rules' texts between backticks, the first few.
    pub rules: Vec<String>,
    /// Which packet, and where on its way: `the first packet, at input`.
    pub packet: Option<String>,
    /// Whose the rules are, and the files and lines that made them: ``ufw: `/etc/ufw/user.rules`, line 12``.
    pub sources: Vec<String>,
    /// What in the rules cannot be told from here, between backticks.
    pub asks: Vec<String>,
}

/// The part of a range that a reason meets at a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The port.
    pub port: u16,
    /// The range.
    pub range: IpNet,
    /// Its addresses that fare so, lowest first.
    pub prefixes: Vec<IpNet>,
}

impl Part {
    /// Whether it is the whole range.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.prefixes == [self.range]
    }
}

/// The most rules whose text a reason shows.
const RULES: usize = 3;

/// Of so many rules that differ in nothing but the address, files are looked up.
const LOOKED_UP: usize = 50;

/// What makes one reason: how it ends, and where and in which shape the rules stand that decide.
type Key = (Outcome, Vec<(Place, String)>);

/// A rule without the addresses in it.
fn shape(decider: &Decider) -> String {
    let Some(rule) = words::rule_of(decider) else { return String::new() };
    let is_address =
        |word: &str| word.parse::<IpNet>().is_ok() || word.parse::<std::net::IpAddr>().is_ok();
    let mut shape = String::with_capacity(rule.text.len());
    for word in rule.text.split(' ') {
        shape.push_str(if is_address(word) { "*" } else { word });
        shape.push(' ');
    }
    shape
}

/// The reasons, worst first, numbered.
pub(super) fn of(seen: &Seen<'_>) -> Vec<Reason> {
    let mut order: Vec<Key> = Vec::new();
    let mut groups: HashMap<Key, (Vec<Decider>, Vec<Part>)> = HashMap::new();
    // Fifty thousand rules may each decide about one address.
    let mut known: HashSet<(Key, &Decider)> = HashSet::new();
    for ruling in &seen.rulings.rulings {
        for piece in &ruling.pieces {
            if piece.outcome == Outcome::Accepted {
                continue;
            }
            let mut places: Vec<(Place, String)> =
                piece.by.iter().map(|decider| (Place::of(decider), shape(decider))).collect();
            places.sort();
            places.dedup();
            let key = (piece.outcome, places);
            if !groups.contains_key(&key) {
                order.push(key.clone());
            }
            let (by, parts) = groups.entry(key.clone()).or_default();
            for decider in piece.by.iter() {
                if known.insert((key.clone(), decider)) {
                    by.push(decider.clone());
                }
            }
            match parts.last_mut() {
                Some(part) if part.port == ruling.port && part.range == ruling.range => {
                    part.prefixes.push(piece.prefix);
                }
                _ => parts.push(Part {
                    port: ruling.port,
                    range: ruling.range,
                    prefixes: vec![piece.prefix],
                }),
            }
        }
    }
    // What meets more ranges first, among those that are as bad.
    order.sort_by_key(|key| {
        let met = groups.get(key).map_or(0, |(_, parts)| parts.len());
        (std::cmp::Reverse(Fate::of(key.0)), std::cmp::Reverse(met))
    });
    let mut reasons = Vec::with_capacity(order.len());
    for key in order {
        let Some((by, parts)) = groups.remove(&key) else { continue };
        reasons.push(Reason::new(reasons.len() + 1, key.0, by, parts, seen));
    }
    reasons
}

impl Reason {
    fn new(
        number: usize,
        outcome: Outcome,
        by: Vec<Decider>,
        mut parts: Vec<Part>,
        seen: &Seen<'_>,
    ) -> Reason {
        for part in &mut parts {
            part.prefixes = IpNet::aggregate(&part.prefixes);
            part.prefixes.sort();
        }
        let rules: Vec<_> = by.iter().filter_map(words::rule_of).collect();
        let mut seen_texts = HashSet::new();
        let distinct = rules.iter().map(|rule| rule.text.as_str());
        let distinct: Vec<&str> = distinct.filter(|text| seen_texts.insert(*text)).collect();
        let shown = if distinct.len() > RULES + 1 { RULES } else { distinct.len() };
        let mut texts: Vec<String> =
            distinct[..shown].iter().map(|text| words::rule_text(text)).collect();
        if distinct.len() > shown {
            texts.push(format!("and {} more like it", count((distinct.len() - shown) as u64)));
        }
        let mut sources: Vec<String> = Vec::new();
        for decider in by.iter().take(LOOKED_UP) {
            let file = (seen.source)(decider).map(|source| source.told());
            let owner = (seen.owner)(decider).filter(|owner| !by_hand(*owner));
            let told = match (owner, file) {
                (Some(owner), Some(file)) => format!("{}: {file}", owner.name()),
                (Some(owner), None) => owner.name().to_owned(),
                (None, Some(file)) => file,
                (None, None) => continue,
            };
            if !sources.contains(&told) {
                sources.push(told);
            }
        }
        if sources.len() > RULES + 1 {
            let more = sources.len() - RULES;
            sources.truncate(RULES);
            sources.push(format!("and {more} more places"));
        }
        let mut asks: Vec<String> = Vec::new();
        if outcome == Outcome::Unknown {
            for ask in rules
                .iter()
                .take(LOOKED_UP)
                .flat_map(|rule| words::unanswerable(rule, seen.ruleset))
            {
                if !asks.contains(&ask) {
                    asks.push(ask);
                }
            }
        }
        Reason {
            number,
            outcome,
            sentence: format!("{}: {}", whom(&parts, seen), words::fate(outcome, &by)),
            which: which(&parts),
            rules: texts,
            packet: packet(outcome, &by),
            sources,
            asks,
            by,
            parts,
        }
    }

    /// The fate of those whom it meets.
    #[must_use]
    pub fn fate(&self) -> Fate {
        Fate::of(self.outcome)
    }

    /// The ranges that it meets, each once.
    #[must_use]
    pub fn ranges(&self) -> Vec<IpNet> {
        let mut ranges: Vec<IpNet> = self.parts.iter().map(|part| part.range).collect();
        ranges.sort();
        ranges.dedup();
        ranges
    }
}

/// Whether nobody but a person stands behind the rules: then the tool's name says nothing.
fn by_hand(owner: Manager) -> bool {
    matches!(owner, Manager::Nftables | Manager::Iptables | Manager::IptablesLegacy)
}

/// Whom parts meet: `172.64.0.0/13 to 443`, `all 22 ranges to 80 and 443`.
fn whom(parts: &[Part], seen: &Seen<'_>) -> String {
    // Ports at which the same addresses are met are told together.
    let mut alike: Vec<(Vec<u16>, Vec<&Part>)> = Vec::new();
    let mut ports: Vec<u16> = parts.iter().map(|part| part.port).collect();
    ports.sort_unstable();
    ports.dedup();
    for port in ports {
        let here: Vec<&Part> = parts.iter().filter(|part| part.port == port).collect();
        let same = |known: &[&Part]| {
            known.len() == here.len()
                && known
                    .iter()
                    .zip(&here)
                    .all(|(one, other)| one.range == other.range && one.prefixes == other.prefixes)
        };
        match alike.iter_mut().find(|(_, known)| same(known)) {
            Some((ports, _)) => ports.push(port),
            None => alike.push((vec![port], here)),
        }
    }
    let told = alike
        .into_iter()
        .map(|(ports, parts)| format!("{} to {}", addresses(&parts, seen), words::ports(&ports)));
    list(&told.collect::<Vec<_>>())
}

fn addresses(parts: &[&Part], seen: &Seen<'_>) -> String {
    let whole = parts.iter().all(|part| part.is_whole());
    let of_family = |family: Family| {
        let mut ranges: Vec<IpNet> = seen
            .rulings
            .rulings
            .iter()
            .map(|ruling| ruling.range)
            .filter(|range| Family::of(range.addr()) == family)
            .collect();
        ranges.sort();
        ranges.dedup();
        ranges.len()
    };
    let here = |family: Family| {
        parts.iter().filter(|part| Family::of(part.range.addr()) == family).count()
    };
    if whole && parts.len() > 1 {
        let [(v4, all_v4), (v6, all_v6)] =
            Family::BOTH.map(|family| (here(family), of_family(family)));
        match (v4, v6) {
            _ if v4 == all_v4 && v6 == all_v6 => return format!("all {} ranges", v4 + v6),
            (_, 0) if v4 == all_v4 => return format!("all {v4} ranges of IPv4"),
            (0, _) if v6 == all_v6 => return format!("all {v6} ranges of IPv6"),
            _ => {}
        }
    }
    let prefixes: Vec<String> =
        parts.iter().flat_map(|part| &part.prefixes).map(words::prefix).collect();
    if prefixes.len() <= 3 {
        return list(&prefixes);
    }
    match (whole, parts.len()) {
        (true, number) if number <= 5 => list(&prefixes),
        (true, number) => super::ranges_of(number),
        (false, 1) => format!("{} parts of {}", prefixes.len(), words::prefix(&parts[0].range)),
        (false, number) => format!("{} parts of {}", prefixes.len(), super::ranges_of(number)),
    }
}

/// The most prefixes that are named.
const NAMED: usize = 6;

fn which(parts: &[Part]) -> Option<String> {
    if parts.iter().all(Part::is_whole) {
        return None;
    }
    // The same addresses on several ports are told once.
    let mut prefixes: Vec<IpNet> = parts.iter().flat_map(|part| part.prefixes.clone()).collect();
    prefixes.sort();
    prefixes.dedup();
    let mut ranges: Vec<IpNet> = parts.iter().map(|part| part.range).collect();
    ranges.sort();
    ranges.dedup();
    let of = match ranges.as_slice() {
        [one] => words::prefix(one),
        many => super::ranges_of(many.len()),
    };
    let share = match (words::how_many(&prefixes), words::how_many(&ranges)) {
        (Some(some), Some(all)) => {
            format!("{} of the {} in {of}", words::addresses(some), count(all))
        }
        _ => format!("a part of {of}"),
    };
    // Few are named in the sentence already.
    if prefixes.len() <= 3 {
        return Some(share);
    }
    let named = list_of(&prefixes.iter().map(words::prefix).collect::<Vec<_>>(), NAMED);
    Some(format!("{share}: {named}"))
}

fn packet(outcome: Outcome, by: &[Decider]) -> Option<String> {
    use crate::firewall::ruling::Step;
    let step = match outcome {
        Outcome::Dropped(step) => step,
        Outcome::Rejected(_) => Step::First,
        Outcome::Accepted | Outcome::Limited | Outcome::Unknown => return None,
    };
    let mut hooks: Vec<String> = Vec::new();
    for hook in by.iter().filter_map(words::hook_of).map(words::hook) {
        if !hooks.iter().any(|known| known == hook) {
            hooks.push(hook.to_owned());
        }
    }
    let at = if hooks.is_empty() { String::new() } else { format!(", at {}", list(&hooks)) };
    let at = if step == Step::Refusal { String::new() } else { at };
    Some(format!("{}{at}", words::packet(step)))
}
