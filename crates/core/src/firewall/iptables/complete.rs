//! Puts what iptables tells of its own matches and targets where nft's listing has only their names.
//!
//! Only there: what nft shows itself is right, while `iptables-save` 1.8.9 melts two questions to the flags
//! of TCP into one wrong one, and prints rules that only nft can make as something else. A rule is found by
//! its place, where both listings have the same number of rules in the chain; a match by its name, and by
//! its place among those of its name.

use std::collections::{BTreeMap, VecDeque};

use super::super::addresses::Family;
use super::super::ipset::Header;
use super::super::model::{Backend, Part, Rule, Ruleset, Table};
use super::find;
use super::rule::{Around, by_name};
use super::words::split;

/// Completes nft's table with iptables' telling of it; what does not fit is told.
pub(super) fn complete(
    ruleset: &mut Ruleset,
    told: &Table,
    family: Family,
    sets: Option<&BTreeMap<String, Header>>,
) -> Vec<String> {
    let mut troubles = Vec::new();
    let Some(index) = find(ruleset, Backend::IptablesNft, told.family, &told.name) else {
        if told.chains.iter().any(|chain| !chain.rules.is_empty()) {
            troubles.push(format!("nft does not list the table {}", told.name));
        }
        return troubles;
    };
    let places = told.chains.iter().enumerate();
    let names: BTreeMap<String, usize> =
        places.map(|(place, chain)| (chain.name.clone(), place)).collect();
    for chain in &mut ruleset.tables[index].chains {
        if !chain.rules.iter().any(is_partial) {
            continue;
        }
        let whole = names.get(&chain.name).map(|place| &told.chains[*place]);
        let lines = whole.map_or(&[][..], |whole| &whole.rules);
        if lines.len() != chain.rules.len() {
            troubles.push(format!(
                "of the chain {} in the table {} it tells {} rules, and nft {}",
                chain.name,
                told.name,
                lines.len(),
                chain.rules.len()
            ));
            continue;
        }
        let hook = whole.and_then(|whole| whole.base.as_ref()).map(|base| base.hook);
        let around = Around { family, hook, chains: &names, sets };
        for (rule, line) in chain.rules.iter_mut().zip(lines) {
            if is_partial(rule) {
                put(rule, line, &around);
            }
        }
    }
    troubles
}

/// The name of iptables' own match or target of which nft shows no more.
fn name(part: &Part) -> Option<&str> {
    let Part::Unknown { what } = part else { return None };
    let name = what.strip_prefix("xt ").unwrap_or(what);
    let one_word = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    (!name.is_empty() && name.bytes().all(one_word)).then_some(name)
}

/// Whether a rule holds something that only iptables shows whole.
pub(super) fn is_partial(rule: &Rule) -> bool {
    rule.parts.iter().any(|part| name(part).is_some())
}

/// The name under which the kernel knows what iptables writes as this.
fn in_kernel(name: &str) -> &str {
    match name {
        "state" => "conntrack",
        "NOTRACK" => "CT",
        name => name,
    }
}

/// Puts what a line tells into the rule. A name that the line has more or less often than the rule stays
/// unknown: nft itself shows some of those then, and which is not told.
fn put(rule: &mut Rule, line: &Rule, around: &Around<'_>) {
    let mut words = Vec::new();
    if !split(&line.text, &mut words) {
        return;
    }
    let mut asked: BTreeMap<String, usize> = BTreeMap::new();
    for part in &rule.parts {
        if let Some(name) = name(part) {
            *asked.entry(name.to_owned()).or_default() += 1;
        }
    }
    let mut told: BTreeMap<String, VecDeque<Vec<Part>>> = BTreeMap::new();
    // Behind `-A CHAIN`.
    for (name, parts) in by_name(words.get(2..).unwrap_or_default(), around) {
        told.entry(in_kernel(&name).to_owned()).or_default().push_back(parts);
    }
    told.retain(|name, all| asked.get(name) == Some(&all.len()));
    let mut whole = true;
    let mut parts = Vec::new();
    for part in std::mem::take(&mut rule.parts) {
        match name(&part) {
            // It asks nothing, and stands beside the rule's words.
            Some("comment") if line.comment.is_some() => {}
            Some(name) => match told.get_mut(name).and_then(VecDeque::pop_front) {
                Some(told) => parts.extend(told),
                None => {
                    whole = false;
                    parts.push(part);
                }
            },
            None => parts.push(part),
        }
    }
    rule.parts = parts;
    if rule.comment.is_none() {
        rule.comment.clone_from(&line.comment);
    }
    if whole {
        // As its own tool writes it.
        rule.text.clone_from(&line.text);
    }
}
