//! Named sets: what should not be in one goes, what is missing from one comes.

use ipnet::IpNet;
use serde_json::Value;

use super::candidate::Candidate;
use super::edit::{Edit, SetName};
use super::insertion::{file_of, flush, name};
use super::proposal::Command;
use super::rule::braced;
use super::want::Want;
use super::words::{chain_of, in_prefixes, is_plain, of_family, short, some};
use crate::firewall::Firewall;
use crate::firewall::addresses::{Family, Numbers, interval};
use crate::firewall::manager::Manager;
use crate::firewall::model::{Backend, Elements, End, Field, Lookup, Match, Part, Set, Term, With};
use crate::firewall::ruling::{ChainAt, Decider};
use crate::firewall::snapshot::{Input, Snapshot};

/// An element as its tool lists it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Listed {
    /// As it is written.
    pub(super) text: String,
    /// What it holds.
    pub(super) prefixes: Vec<IpNet>,
    /// Whether it goes by itself after some time.
    pub(super) expires: bool,
}

/// The set that a rule's element decided from.
#[must_use]
pub(super) fn set_of(want: &Want, firewall: &Firewall) -> Option<SetName> {
    let Decider::Rule(rule) = &want.by else { return None };
    let set = rule.set.as_ref()?;
    if rule.at.backend == Backend::Nft {
        let named = SetName::Of(name(&rule.at), set.clone());
        return named.find(&firewall.ruleset).map(|_| named);
    }
    firewall.ruleset.ipsets.contains_key(set).then(|| SetName::Ipset(set.clone()))
}

/// The elements of a set that hold something of what is kept out.
#[must_use]
pub(super) fn guilty(set: &SetName, want: &Want, snapshot: &Snapshot) -> Vec<Listed> {
    let [v4, v6] = Family::BOTH.map(|family| want.numbers(family));
    let hit = |prefix: &IpNet| {
        let of = if prefix.addr().is_ipv4() { &v4 } else { &v6 };
        of.within(interval(prefix)).next().is_some()
    };
    let mut found = elements(set, snapshot);
    found.retain(|element| element.prefixes.iter().any(hit));
    found
}

fn elements(set: &SetName, snapshot: &Snapshot) -> Vec<Listed> {
    match set {
        SetName::Ipset(name) => {
            let lines = snapshot.text(Input::Ipset).unwrap_or_default().lines();
            let of_it =
                lines.filter_map(|line| line.strip_prefix("add ")?.strip_prefix(name.as_str()));
            of_it.filter_map(|rest| listed_ipset(rest.strip_prefix(' ')?)).collect()
        }
        SetName::Of(table, name) => {
            let text = snapshot.text(Input::NftJson).unwrap_or_default();
            let Ok(all) = serde_json::from_str::<Value>(text) else { return Vec::new() };
            let objects = all["nftables"].as_array().map(Vec::as_slice).unwrap_or_default();
            let mut sets = objects.iter().filter_map(|object| object.get("set"));
            let is_it = |set: &&Value| {
                set["family"] == table.family.word()
                    && set["table"] == table.name.as_str()
                    && set["name"] == name.as_str()
            };
            let elements = sets.find(is_it).and_then(|set| set["elem"].as_array());
            elements.into_iter().flatten().filter_map(listed_nft).collect()
        }
    }
}

fn listed_ipset(rest: &str) -> Option<Listed> {
    let mut words = rest.split(' ');
    let text = words.next()?;
    let rest: Vec<&str> = words.collect();
    if rest.contains(&"nomatch") {
        return None;
    }
    let prefix =
        text.parse().ok().or_else(|| Some(IpNet::from(text.parse::<std::net::IpAddr>().ok()?)));
    Some(Listed {
        text: text.to_owned(),
        prefixes: vec![prefix?],
        expires: rest.contains(&"timeout"),
    })
}

fn listed_nft(element: &Value) -> Option<Listed> {
    if let Some(wrapped) = element.get("elem") {
        let inner = listed_nft(wrapped.get("val")?)?;
        let expires = wrapped.get("timeout").is_some() || wrapped.get("expires").is_some();
        return Some(Listed { expires, ..inner });
    }
    let one = |text: String, prefixes| Some(Listed { text, prefixes, expires: false });
    if let Some(text) = element.as_str() {
        let address: std::net::IpAddr = text.parse().ok()?;
        return one(address.to_string(), vec![IpNet::from(address)]);
    }
    if let Some(prefix) = element.get("prefix") {
        let length = u8::try_from(prefix.get("len")?.as_u64()?).ok()?;
        let prefix = IpNet::new(prefix.get("addr")?.as_str()?.parse().ok()?, length).ok()?;
        return one(prefix.to_string(), vec![prefix]);
    }
    let ends = element.get("range")?.as_array()?;
    let [low, high] = ends.as_slice() else { return None };
    let low: std::net::IpAddr = low.as_str()?.parse().ok()?;
    let high: std::net::IpAddr = high.as_str()?.parse().ok()?;
    let family = Family::of(low);
    if family != Family::of(high) {
        return None;
    }
    let number = crate::firewall::addresses::number;
    let prefixes = in_prefixes(family, &Numbers::of(number(low), number(high)));
    one(format!("{low}-{high}"), prefixes)
}

/// Takes what is kept out from the set that keeps it out.
#[must_use]
pub(super) fn removal(
    owner: Manager,
    want: &Want,
    id: &str,
    firewall: &Firewall,
    snapshot: &Snapshot,
) -> Option<Candidate> {
    let set = set_of(want, firewall)?;
    let found = guilty(&set, want, snapshot);
    if found.is_empty() {
        return None;
    }
    let texts: Vec<String> = found.iter().map(|element| element.text.clone()).collect();
    let mut made = Candidate::new(owner, id, "so it is taken from that set");
    write(&mut made, &set, &texts, false, want, snapshot)?;
    if found.iter().any(|element| element.expires) {
        made.cautions.push(
            "An element would have gone by itself after some time; the undo puts it back without an end."
                .to_owned(),
        );
    }
    let prefixes: Vec<IpNet> = found.into_iter().flat_map(|element| element.prefixes).collect();
    made.removes.push(format!("{} from {}", some(&texts), phrase(&set)));
    made.cautions.push(
        "A script that fills this set puts it back: look for what wrote it there.".to_owned(),
    );
    made.edits.push(Edit::Remove { set, prefixes });
    Some(made)
}

/// Adds what is missing to sets that hold Cloudflare's ranges already: every choice of a set for each
/// family, as far as there are few.
#[must_use]
pub(super) fn additions(
    owner: Manager,
    want: &Want,
    id: &str,
    asked: &[IpNet],
    firewall: &Firewall,
    snapshot: &Snapshot,
) -> Vec<Candidate> {
    let Some(at) = chain_of(&want.by) else { return Vec::new() };
    let mut choices: Vec<Vec<(SetName, Vec<IpNet>)>> = vec![Vec::new()];
    for family in Family::BOTH {
        let missing = Numbers::from_prefixes(family, &of_family(family, &want.ranges));
        if missing.is_empty() {
            continue;
        }
        let sets = allowing(at, family, asked, firewall, snapshot);
        let mut next = Vec::new();
        for choice in &choices {
            for (set, numbers) in sets.iter().take(8) {
                let lacks = in_prefixes(family, &missing.without(numbers));
                if !lacks.is_empty() {
                    let mut choice = choice.clone();
                    choice.push((set.clone(), lacks));
                    next.push(choice);
                }
            }
        }
        choices = next;
    }
    let make = |choice: Vec<(SetName, Vec<IpNet>)>| {
        let mut made = Candidate::new(
            owner,
            id,
            "so they come into the set that holds Cloudflare's other ranges",
        );
        for (set, prefixes) in choice {
            let texts: Vec<String> = prefixes.iter().map(short).collect();
            write(&mut made, &set, &texts, true, want, snapshot)?;
            made.adds.push(format!("{} to {}", some(&texts), phrase(&set)));
            made.edits.push(Edit::Add { set, prefixes });
        }
        (!made.edits.is_empty()).then_some(made)
    };
    choices.into_iter().filter_map(make).collect()
}

fn phrase(set: &SetName) -> String {
    match set {
        SetName::Of(table, name) => {
            format!("set {name} of table {} {}", table.family.word(), table.name)
        }
        SetName::Ipset(name) => format!("ipset {name}"),
    }
}

/// The commands that put elements into a set or take them out.
fn write<T: ToString>(
    made: &mut Candidate,
    set: &SetName,
    elements: &[T],
    add: bool,
    want: &Want,
    snapshot: &Snapshot,
) -> Option<()> {
    match set {
        SetName::Of(table, set) => {
            if !is_plain(&table.name) || !is_plain(set) {
                return None;
            }
            let place = format!("{} {} {set}", table.family.word(), table.name);
            let items = braced(elements);
            let items = if items.starts_with('{') { items } else { format!("{{ {items} }}") };
            let [does, undoes] = if add { ["add", "delete"] } else { ["delete", "add"] };
            made.run(
                format!("nft '{does} element {place} {items}'"),
                format!("nft '{undoes} element {place} {items}'"),
            );
            made.checks.push(Command::shell(format!("nft -c '{does} element {place} {items}'")));
            let file = chain_of(&want.by).map(|at| file_of(snapshot, at));
            let file = file.unwrap_or_else(|| "/etc/nftables.conf".to_owned());
            let verb = if add { "Put it into" } else { "Take it from" };
            made.kept.how = vec![
                format!("{verb} set {set} in {file} as well: nft itself keeps nothing."),
                flush(&file),
            ];
        }
        SetName::Ipset(set) => {
            if !is_plain(set) {
                return None;
            }
            let [does, undoes] = if add { ["add", "del"] } else { ["del", "add"] };
            for element in elements {
                let element = element.to_string();
                made.run(
                    format!("ipset {does} {set} {element}"),
                    format!("ipset {undoes} {set} {element}"),
                );
            }
            made.kept.how = vec![
                "ipset keeps nothing itself: save the sets to where they are loaded from at start, before \
                 the rules that name them."
                    .to_owned(),
            ];
            made.kept.commands = vec![Command::shell("ipset save > /etc/iptables/ipsets")];
        }
    }
    Some(())
}

/// The sets that rules around a chain ask for sources in, and that hold a range asked about whole, with
/// what is in them.
fn allowing(
    at: &ChainAt,
    family: Family,
    asked: &[IpNet],
    firewall: &Firewall,
    snapshot: &Snapshot,
) -> Vec<(SetName, Numbers)> {
    let Some(table) = name(at).find(&firewall.ruleset) else { return Vec::new() };
    let mut found: Vec<(SetName, Numbers)> = Vec::new();
    let parts = table.chains.iter().flat_map(|chain| &chain.rules).flat_map(|rule| &rule.parts);
    for part in parts {
        let Part::Match(Match { key, with: With::Set(lookup), .. }) = part else { continue };
        let [Term { field: Field::Address(of, End::Source), ops }] = key.as_slice() else {
            continue;
        };
        if Family::from(*of) != family || !ops.is_empty() {
            continue;
        }
        let set = match lookup {
            Lookup::Named(set) => SetName::Of(name(at), set.clone()),
            Lookup::Ipset(set) if takes_prefixes(set, family, snapshot) => {
                SetName::Ipset(set.clone())
            }
            Lookup::Ipset(_) | Lookup::Here(_) => continue,
        };
        if found.iter().any(|(known, _)| *known == set) {
            continue;
        }
        let Some(numbers) = set.find(&firewall.ruleset).and_then(|set| sources(set, family)) else {
            continue;
        };
        let whole = |range: &&IpNet| {
            Family::of(range.addr()) == family
                && Numbers::from_prefixes(family, [*range]).without(&numbers).is_empty()
        };
        if asked.iter().any(|range| whole(&range)) {
            found.push((set, numbers));
        }
    }
    found
}

/// The addresses of a family in a set of nothing else.
fn sources(set: &Set, family: Family) -> Option<Numbers> {
    if !set.complete || set.limited {
        return None;
    }
    match (&set.elements, family) {
        (Elements::Numbers(numbers), _) => Some(numbers.clone()),
        (Elements::Addresses { v4, .. }, Family::V4) => Some(v4.clone()),
        (Elements::Addresses { v6, .. }, Family::V6) => Some(v6.clone()),
        (Elements::Many(_), _) => None,
    }
}

/// Whether an ipset takes prefixes of a family.
fn takes_prefixes(set: &str, family: Family, snapshot: &Snapshot) -> bool {
    let word = match family {
        Family::V4 => "inet",
        Family::V6 => "inet6",
    };
    let lines = snapshot.text(Input::Ipset).unwrap_or_default().lines();
    let mut made = lines.filter_map(|line| {
        let words: Vec<&str> = line.strip_prefix("create ")?.split(' ').collect();
        (words.first() == Some(&set)).then_some(words)
    });
    made.any(|words| words.get(1) == Some(&"hash:net") && words.contains(&word))
}
