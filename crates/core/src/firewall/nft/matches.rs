//! A rule's questions to the packet.

use super::super::addresses::Numbers;
use super::super::model::{Elements, Item, Lookup, Match, Op, Part, TableFamily, Term, With};
use super::fields::{self, Looked, Place};
use super::tree::{Object, Tree};
use super::values;
use super::wording;
use super::words::Kind;

/// Adds what a match asks. What is not understood could hold or not.
pub(super) fn add(inner: &Tree<'_>, place: Place, parts: &mut Vec<Part>) {
    let perhaps = || Part::Perhaps { what: wording::compared(inner) };
    let Some(object) = inner.object().filter(|object| object.has_only(&["op", "left", "right"]))
    else {
        return parts.push(perhaps());
    };
    let Some(left) = object.get("left") else { return parts.push(perhaps()) };
    let key = fields::key(left, place);
    needs(&key, parts);
    let asked = understood(object, &key);
    match (&key[..], asked) {
        (keys, _) if keys.iter().any(|looked| looked.never) => {
            parts.push(Part::Match(fields::nothing()));
        }
        ([looked], Some(asked)) if looked.always.is_some() => {
            match looked.always.and_then(|value| holds(&asked, value)) {
                Some(true) => {}
                Some(false) => parts.push(Part::Match(fields::nothing())),
                None => parts.push(perhaps()),
            }
        }
        ([looked], _) if looked.is_unknown() => parts.push(perhaps()),
        (_, None) => parts.push(perhaps()),
        (_, Some(asked)) => {
            parts.push(Part::Match(asked));
            let ether = left.under("payload").and_then(Tree::object);
            let is_ether = ether.and_then(|object| object.text("protocol")) == Some("ether");
            if is_ether && place.family != TableFamily::Netdev {
                // Only a packet of a device with such headers has one, and only on its way in.
                parts.push(Part::Perhaps { what: wording::compared(inner) });
            }
        }
    }
}

/// Adds what must hold for the fields to be there.
pub(super) fn needs(key: &[Looked], parts: &mut Vec<Part>) {
    for each in key.iter().flat_map(|looked| &looked.needs) {
        require(each.clone(), parts);
    }
}

/// Adds a match, unless the rule has asked it already.
pub(super) fn require(needed: Match, parts: &mut Vec<Part>) {
    let part = Part::Match(needed);
    if !parts.contains(&part) {
        parts.push(part);
    }
}

/// Whether a match of one term without arithmetic left holds for a value.
fn holds(asked: &Match, value: u128) -> Option<bool> {
    let found = match &asked.with {
        With::Numbers(numbers) => numbers.contains(value),
        With::AnyBit(bits) => value & bits != 0,
        With::Names(_) | With::Set(_) => return None,
    };
    Some(found != asked.negated)
}

fn understood(object: &Object<'_>, key: &[Looked]) -> Option<Match> {
    let (op, right) = (object.text("op")?, object.get("right")?);
    let terms: Vec<Term> = key.iter().map(|looked| looked.term.clone()).collect();
    let kinds: Vec<Kind> = key.iter().map(|looked| looked.kind).collect();
    let negated = match op {
        "==" | "in" | "<" | ">" | "<=" | ">=" | "!" => false,
        "!=" => true,
        _ => return None,
    };
    let make = |with| Some(Match { key: terms.clone(), negated, with });
    let is_set = right.under("set").is_some() || right.text().is_some_and(|t| t.starts_with('@'));
    if is_set && matches!(op, "==" | "!=" | "in") {
        return make(among(right, &kinds)?);
    }
    let [kind] = kinds[..] else {
        // One concatenation, as a set of one.
        let one = matches!(op, "==" | "!=");
        let one = one.then(|| values::unnamed(std::slice::from_ref(right), &kinds, None))?;
        return make(With::Set(Lookup::Here(Box::new(one))));
    };
    if kind == Kind::Name {
        let names = right.text().and_then(values::name).filter(|_| matches!(op, "==" | "!="))?;
        return make(With::Names(vec![names]));
    }
    let top = kind.highest();
    match op {
        "==" | "!=" => make(With::Numbers(values::compared(right, kind)?)),
        "in" => match right.tagged() {
            Some(("range" | "prefix", _)) => make(With::Numbers(values::compared(right, kind)?)),
            _ => make(With::AnyBit(kind.of(right)?)),
        },
        "!" => {
            let bits = kind.of(right)?;
            let mut term = terms.into_iter().next()?;
            term.ops.push(Op::And(bits));
            let with = With::Numbers(Numbers::one(0));
            Some(Match { key: vec![term], negated: false, with })
        }
        "<" => make(With::Numbers(match kind.of(right)?.checked_sub(1) {
            Some(high) => Numbers::of(0, high),
            None => Numbers::none(),
        })),
        ">" => make(With::Numbers(match kind.of(right)?.checked_add(1) {
            Some(low) => Numbers::of(low, top),
            None => Numbers::none(),
        })),
        "<=" => make(With::Numbers(Numbers::of(0, kind.of(right)?))),
        _ => make(With::Numbers(Numbers::of(kind.of(right)?, top))),
    }
}

/// Among the elements of a set: as plain numbers or names where it is unnamed and has nothing else.
fn among(right: &Tree<'_>, kinds: &[Kind]) -> Option<With> {
    let lookup = values::lookup(right, kinds, None)?;
    let Lookup::Here(set) = &lookup else {
        return Some(With::Set(lookup));
    };
    let (Elements::Many(many), [kind], false) = (&set.elements, kinds, set.limited) else {
        return Some(With::Set(lookup));
    };
    let mut numbers = Vec::with_capacity(many.len());
    let mut names = Vec::new();
    for element in many {
        match &element.key[..] {
            [Item::Numbers(of)] => numbers.extend_from_slice(of.intervals()),
            [Item::Any] if *kind != Kind::Name => numbers.push((0, kind.highest())),
            [Item::Name(name)] => names.push(name.clone()),
            _ => return Some(With::Set(lookup)),
        }
    }
    Some(match *kind {
        Kind::Name => With::Names(names),
        _ => With::Numbers(Numbers::from_intervals(numbers)),
    })
}
