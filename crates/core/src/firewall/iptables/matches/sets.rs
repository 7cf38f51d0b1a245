//! Sets of `ipset`: which fields of a packet are looked up follows from the set's type and from the ends
//! that the rule names.

use super::super::super::addresses::Family;
use super::super::super::ipset::{Component, Header};
use super::super::super::model::{End, Field, Lookup, Match, Part, Term, With};
use super::super::options::Block;
use super::super::rule::{Around, never};

/// `-m set`
pub(super) fn set(block: &mut Block<'_>, around: &Around<'_>, parts: &mut Vec<Part>) -> Option<()> {
    let option = block.take_any(&["--match-set", "--set"])?;
    // Says which counters of the set are written, not whether it holds.
    for name in ["--update-counters", "--update-subcounters"] {
        block.take(name);
    }
    if !block.options.is_empty() {
        return None;
    }
    let name = option.arg();
    let Some(lists) = term_lists(name, option.second(), around) else {
        parts.push(Part::Perhaps { what: format!("match set {name}") });
        return Some(());
    };
    let mut alternatives: Vec<Match> = lists
        .into_iter()
        .map(|(set, key)| Match {
            key,
            negated: false,
            with: With::Set(Lookup::Ipset(set.to_owned())),
        })
        .collect();
    // An address is there in every packet; of one that lacks a port, `!` holds.
    let always_there = alternatives.iter().all(|question| {
        question.key.iter().all(|term| matches!(term.field, Field::Address(..) | Field::Mark))
    });
    match (alternatives.len(), option.negated) {
        (0, true) => {}
        (0, false) => parts.push(never()),
        (1, false) => parts.push(Part::Match(alternatives.remove(0))),
        (1, true) if always_there => {
            let mut question = alternatives.remove(0);
            question.negated = true;
            parts.push(Part::Match(question));
        }
        (_, negated) => {
            let of = alternatives.into_iter().map(|question| vec![question]).collect();
            parts.push(Part::AnyOf { of, negated });
        }
    }
    Some(())
}

/// The sets that a name stands for, a list's members each, with what is looked up in it. A set that can
/// hold nothing of such a packet is left out. `None`: not known.
pub(in super::super) fn term_lists<'a>(
    name: &'a str,
    ends: &str,
    around: &Around<'a>,
) -> Option<Vec<(&'a str, Vec<Term>)>> {
    let header = around.sets?.get(name)?;
    let ends: Vec<End> = ends
        .split(',')
        .map(|end| match end {
            "src" => Some(End::Source),
            "dst" => Some(End::Destination),
            _ => None,
        })
        .collect::<Option<_>>()?;
    let mut found = Vec::new();
    if header.is_list() {
        for member in &header.members {
            let of = around.sets?.get(member)?;
            if of.is_list() {
                return None;
            }
            if let Some(key) = terms(of, &ends, around)? {
                found.push((member.as_str(), key));
            }
        }
    } else if let Some(key) = terms(header, &ends, around)? {
        found.push((name, key));
    }
    Some(found)
}

/// What is looked up in a set. Inner `None`: nothing such a packet has is ever in it; outer: not known.
fn terms(set: &Header, ends: &[End], around: &Around<'_>) -> Option<Option<Vec<Term>>> {
    let components = set.components.as_ref()?;
    let other_family = match set.family {
        None => false,
        Some(family) => family != around.family,
    };
    if other_family || ends.len() < components.len() {
        return Some(None);
    }
    if set.mask.is_some_and(|mask| !super::super::words::is_prefix(around.family, mask)) {
        return None;
    }
    let mut key = Vec::new();
    for (component, end) in components.iter().zip(ends) {
        match component {
            Component::Ip => key.push(Term::of(Field::Address(
                match around.family {
                    Family::V4 => super::super::super::model::FamilyOf::V4,
                    Family::V6 => super::super::super::model::FamilyOf::V6,
                },
                *end,
            ))),
            Component::Port if components.len() == 1 => {
                key.push(Term::of(Field::Port(None, *end)));
            }
            Component::Port => {
                key.push(Term::of(Field::Protocol(None)));
                key.push(Term::of(Field::Port(None, *end)));
            }
            Component::Mark => key.push(Term::of(Field::Mark)),
            Component::Interface => key.push(Term::of(match end {
                End::Source => Field::InName,
                End::Destination => Field::OutName,
            })),
            Component::Mac => key.push(Term::of(Field::Other("ether address".to_owned()))),
        }
    }
    Some(Some(key))
}
