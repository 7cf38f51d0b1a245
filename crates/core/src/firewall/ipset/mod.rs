//! Reads `ipset save`.
//!
//! A set of addresses becomes intervals; sets of several components become elements of several items,
//! those that differ in their first address only put together. A port is two items, protocol and port,
//! as the kernel stores it. Where an exception (`nomatch`) lies within something, the narrowest prefix
//! counts.

mod elements;
mod header;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use self::elements::Builder;
pub use self::header::{Component, Header};
use super::model::{Elements, Ruleset, Set, Trouble};
use super::snapshot::{Input, Snapshot};

/// How many lines that were not understood are told one by one.
const TOLD: usize = 3;

/// The types and members of all sets of a listing, without its elements.
#[must_use]
pub fn headers(text: &str) -> BTreeMap<String, Header> {
    let mut found: BTreeMap<String, Header> = BTreeMap::new();
    for (section, name) in sections(text) {
        let Some(mut header) = Header::parse(section.lines().next().unwrap_or("")) else {
            continue;
        };
        if header.is_list() {
            header.members = members(section);
        }
        found.insert(name.to_owned(), header);
    }
    found
}

/// The text of each set, from its `create` on, with its name.
fn sections(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let finder = memchr::memmem::Finder::new(b"\ncreate ");
    let mut at = if text.starts_with("create ") {
        Some(0)
    } else {
        finder.find(text.as_bytes()).map(|found| found + 1)
    };
    std::iter::from_fn(move || {
        let begin = at?;
        let end = finder.find(&text.as_bytes()[begin..]).map(|found| begin + found + 1);
        at = end;
        let section = &text[begin..end.unwrap_or(text.len())];
        Some((section, section.split_ascii_whitespace().nth(1).unwrap_or("")))
    })
}

fn members(section: &str) -> Vec<String> {
    let lines = section.lines().filter(|line| line.starts_with("add "));
    lines.filter_map(|line| line.split_ascii_whitespace().nth(2)).map(str::to_owned).collect()
}

/// Adds the sets to a ruleset.
pub fn read(snapshot: &Snapshot, ruleset: &mut Ruleset) {
    let Some(text) = snapshot.text(Input::Ipset) else { return };
    let mut odd = Vec::new();
    let begun = text.find("create ").unwrap_or(text.len());
    for line in text[..begun].lines().filter(|line| !is_empty(line)) {
        odd.push(format!("belongs to no set: {}", short(line)));
    }
    let mut lists = Vec::new();
    let whole = text.is_empty() || text.ends_with('\n');
    let mut rest = sections(text).peekable();
    while let Some((section, name)) = rest.next() {
        let cut = rest.peek().is_none() && !whole;
        let mut lines = section.lines();
        let first = lines.next().unwrap_or("");
        let Some(header) = Header::parse(first) else {
            odd.push(format!("creates no set: {}", short(first)));
            continue;
        };
        if header.is_list() {
            lists.push((name, members(section), !cut));
            continue;
        }
        let set = if header.components.is_some() {
            let mut builder = Builder::new(&header, section);
            let mut complete = !cut;
            for line in lines {
                if let Err(why) = builder.line(line, name) {
                    odd.push(format!("{why}: {}", short(line)));
                    complete = false;
                }
            }
            Set { complete, limited: false, elements: builder.build() }
        } else {
            Set::default()
        };
        ruleset.ipsets.insert(name.to_owned(), set);
    }
    for (name, members, complete) in lists {
        let set = joined(&members, complete, ruleset);
        ruleset.ipsets.insert(name.to_owned(), set);
    }
    let cut = (!whole).then(|| "it ends within a line".to_owned());
    let more = odd.len().saturating_sub(TOLD);
    odd.truncate(TOLD);
    let more = (more > 0).then(|| format!("{more} more lines were not understood"));
    let troubles = odd.into_iter().chain(more).chain(cut).map(|why| Trouble {
        input: Input::Ipset.file().to_owned(),
        why,
        // Every rule is there; of a set that is not whole nothing is taken for certain.
        rules_missing: false,
    });
    ruleset.troubles.extend(troubles);
}

fn is_empty(line: &str) -> bool {
    line.trim().is_empty() || line.starts_with('#')
}

/// The beginning of a line, for people.
fn short(line: &str) -> String {
    line.chars().take(60).collect()
}

/// What a list's members hold together, where all are sets of addresses; else nothing is told of it here:
/// rules ask its members.
fn joined(members: &[String], complete: bool, ruleset: &Ruleset) -> Set {
    let mut all = (Vec::new(), Vec::new());
    let mut whole = complete;
    for name in members {
        match ruleset.ipsets.get(name) {
            Some(Set { complete, elements: Elements::Addresses { v4, v6 }, .. }) => {
                whole &= complete;
                all.0.extend_from_slice(v4.intervals());
                all.1.extend_from_slice(v6.intervals());
            }
            _ => return Set::default(),
        }
    }
    let (v4, v6) = (all.0.into_iter().collect(), all.1.into_iter().collect());
    Set { complete: whole, limited: false, elements: Elements::Addresses { v4, v6 } }
}
