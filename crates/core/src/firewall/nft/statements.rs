//! What a rule does: each statement of nft's as parts of a rule.
//!
//! What has no effect on the packet is left out; what could have one and is not understood is unknown.

use super::super::model::{FamilyOf, Field, Part, SetMark, TableFamily, Value, Verdict, With};
use super::fields::{self, Place};
use super::listing::Objects;
use super::matches;
use super::nat;
use super::tree::{Object, Tree};
use super::values;
use super::verdicts;
use super::wording;
use super::words::{Kind, MARK};

/// The parts of a whole rule.
pub(super) fn parts(expr: &[Tree<'_>], family: TableFamily, objects: &Objects) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut place = Place::of(family);
    for statement in expr {
        let before = parts.len();
        add(statement, place, objects, &mut parts);
        for part in &parts[before..] {
            place.only = place.only.or_else(|| narrowed(part));
        }
    }
    parts
}

/// The family that alone comes past a part.
fn narrowed(part: &Part) -> Option<FamilyOf> {
    let Part::Match(asked) = part else { return None };
    let [term] = &asked.key[..] else { return None };
    match (&term.field, &asked.with) {
        (Field::Address(family, _) | Field::Protocol(Some(family)), _) => Some(*family),
        (Field::Nfproto | Field::EtherType, With::Numbers(numbers)) if !asked.negated => {
            match numbers.intervals() {
                [(2, 2) | (0x0800, 0x0800)] => Some(FamilyOf::V4),
                [(10, 10) | (0x86dd, 0x86dd)] => Some(FamilyOf::V6),
                _ => None,
            }
        }
        _ => None,
    }
}

fn add(statement: &Tree<'_>, place: Place, objects: &Objects, parts: &mut Vec<Part>) {
    if let Some(verdict) = verdicts::plain(statement) {
        return parts.push(Part::Verdict(verdict));
    }
    if understood(statement, place, objects, parts).is_none() {
        parts.push(Part::Unknown { what: unknown(statement) });
    }
}

/// What to call a statement that is not understood.
fn unknown(statement: &Tree<'_>) -> String {
    match statement.under("xt").and_then(Tree::object).and_then(|object| object.text("name")) {
        Some(name) => name.to_owned(),
        None => wording::statement(statement),
    }
}

/// `None`: not understood, and nothing was added.
fn understood(
    statement: &Tree<'_>,
    place: Place,
    objects: &Objects,
    parts: &mut Vec<Part>,
) -> Option<()> {
    if let Some(text) = statement.text() {
        return in_words(text, parts);
    }
    let (tag, inner) = statement.tagged()?;
    match tag {
        "match" => matches::add(inner, place, parts),
        // A named one chosen by a map: the rule ends where the map has none.
        "counter" if inner.object().is_some_and(|object| object.get("map").is_some()) => {
            parts.push(Part::Perhaps { what: wording::statement(statement) });
        }
        "counter" | "log" | "last" | "comment" | "ct helper" | "ct timeout" | "ct expectation"
        | "secmark" => {}
        "limit" | "quota" | "ct count" => parts.push(limit(tag, inner, objects)?),
        "reject" => {
            let (needs, verdict) = verdicts::reject(inner, place.family)?;
            needs.into_iter().for_each(|needed| matches::require(needed, parts));
            parts.push(Part::Verdict(verdict));
        }
        "queue" => parts.push(Part::Verdict(verdicts::queue(inner)?)),
        "synproxy" => {
            matches::require(fields::of_protocol(6), parts);
            parts.push(Part::Verdict(Verdict::SynProxy));
        }
        "notrack" => parts.push(Part::NoTrack),
        "vmap" => vmap(inner.object()?, place, parts)?,
        "mangle" => mangle(inner.object()?, place, parts)?,
        "dnat" | "snat" | "masquerade" | "redirect" => nat::add(tag, inner, place, objects, parts)?,
        // A copy; the packet itself goes on.
        "dup" => {}
        "flow" => parts.push(Part::Perhaps { what: wording::statement(statement) }),
        "reset" => {
            inner.under("tcp option")?;
            matches::require(fields::of_protocol(6), parts);
        }
        "set" | "map" => adds(tag, inner.object()?, place, objects, parts)?,
        "meter" => meter(inner.object()?, place, objects, parts)?,
        _ => return None,
    }
    Some(())
}

/// A statement that this nft has no JSON for stands in the list as its text.
fn in_words(text: &str, parts: &mut Vec<Part>) -> Option<()> {
    let mut words = text.split_ascii_whitespace();
    let (first, second) = (words.next()?, words.next().unwrap_or_default());
    let limited = ["limit ", "quota ", "ct count "].iter().any(|word| text.contains(word));
    match (first, second.strip_prefix('@')) {
        ("last", _) => {}
        ("add" | "update" | "delete", Some(set)) if !limited => {
            parts.push(Part::Perhaps { what: wording::short(text) });
            parts.push(Part::Adds { set: set.to_owned(), ipset: false });
        }
        _ => return None,
    }
    Some(())
}

fn limit(tag: &str, inner: &Tree<'_>, objects: &Objects) -> Option<Part> {
    let object = match inner {
        // A named one.
        Tree::Text(name) => {
            return Some(match objects.is_over(tag, name) {
                Some(over) => Part::Limit { over },
                None => Part::Perhaps { what: format!("{tag} {name}") },
            });
        }
        Tree::Object(object) if object.get("map").is_some() => {
            return Some(Part::Perhaps { what: wording::expression(inner) });
        }
        Tree::Object(object) => object,
        _ => return None,
    };
    let known: &[&str] = match tag {
        "limit" => &["rate", "rate_unit", "per", "burst", "burst_unit", "inv"],
        "quota" => &["val", "val_unit", "used", "used_unit", "inv"],
        _ => &["val", "inv"],
    };
    object.has_only(known).then(|| Part::Limit { over: object.is_true("inv") })
}

fn vmap(object: &Object<'_>, place: Place, parts: &mut Vec<Part>) -> Option<()> {
    if !object.has_only(&["key", "data"]) {
        return None;
    }
    let key = fields::key(object.get("key")?, place);
    let kinds: Vec<Kind> = key.iter().map(|looked| looked.kind).collect();
    let map = values::lookup(object.get("data")?, &kinds, Some(Kind::Opaque))?;
    matches::needs(&key, parts);
    parts.push(Part::VerdictMap { key: key.into_iter().map(|looked| looked.term).collect(), map });
    Some(())
}

/// What a rule changes.
fn mangle(object: &Object<'_>, place: Place, parts: &mut Vec<Part>) -> Option<()> {
    if !object.has_only(&["key", "value"]) {
        return None;
    }
    let (key, value) = (object.get("key")?, object.get("value")?);
    let (tag, inner) = key.tagged()?;
    let word = inner.object().and_then(|object| object.text("key")).or_else(|| inner.text());
    match (tag, word) {
        ("meta" | "ct", Some("mark")) => {
            let to = self::value(value, MARK, place, parts);
            parts.push(Part::Mark(SetMark { of_connection: tag == "ct", to }));
        }
        ("meta", Some("priority" | "nftrace" | "secmark"))
        | ("ct", Some("zone" | "label" | "event" | "helper" | "secmark")) => {
            of_no_matter(value, parts);
        }
        ("meta", Some("pkttype")) if matches!(value.text(), Some("host" | "unicast")) => {}
        ("tcp option", _) => {
            matches::require(fields::of_protocol(6), parts);
            of_no_matter(value, parts);
        }
        ("payload", _) => {
            let of = inner.object()?;
            let (protocol, field) = (of.text("protocol")?, of.text("field")?);
            let harmless = match field {
                "dscp" | "ecn" | "flowlabel" | "id" | "checksum" => true,
                "ttl" | "hoplimit" => value.number().is_some_and(|hops| hops > 1),
                _ => false,
            };
            if !harmless || !of.has_only(&["protocol", "field"]) || !protocol.starts_with("ip") {
                return None;
            }
            matches::needs(&fields::key(key, place), parts);
            of_no_matter(value, parts);
        }
        _ => return None,
    }
    Some(())
}

/// A change that is of no matter; but a value that has to be worked out may end the rule.
fn of_no_matter(value: &Tree<'_>, parts: &mut Vec<Part>) {
    let constant = value.object().is_none();
    // The size that the route tells is always there.
    let told = value.under("rt").is_some();
    if !constant && !told {
        parts.push(Part::Perhaps { what: wording::expression(value) });
    }
}

/// A number that a rule works out.
pub(super) fn value(tree: &Tree<'_>, kind: Kind, place: Place, parts: &mut Vec<Part>) -> Value {
    if let Some(number) = kind.of(tree) {
        return Value::Number(number);
    }
    if let Some(object) = tree.under("map").and_then(Tree::object) {
        let known = object.has_only(&["key", "data"]);
        let (Some(key), Some(data), true) = (object.get("key"), object.get("data"), known) else {
            return Value::Unknown(wording::expression(tree));
        };
        let key = fields::key(key, place);
        let kinds: Vec<Kind> = key.iter().map(|looked| looked.kind).collect();
        let Some(map) = values::lookup(data, &kinds, Some(kind)) else {
            return Value::Unknown(wording::expression(tree));
        };
        matches::needs(&key, parts);
        return Value::Map { key: key.into_iter().map(|looked| looked.term).collect(), map };
    }
    let looked = fields::looked(tree, place);
    if looked.is_unknown() {
        return Value::Unknown(wording::expression(tree));
    }
    matches::needs(std::slice::from_ref(&looked), parts);
    Value::Of(looked.term)
}

/// Puts something of the packet into a set.
fn adds(
    tag: &str,
    object: &Object<'_>,
    place: Place,
    objects: &Objects,
    parts: &mut Vec<Part>,
) -> Option<()> {
    if !object.has_only(&["op", "elem", "data", tag, "stmt"]) {
        return None;
    }
    let set = object.text(tag)?.strip_prefix('@')?.to_owned();
    let (elem, _) = values::bare(object.get("elem")?)?;
    let mut own = Vec::new();
    matches::needs(&present(elem, place), &mut own);
    own.push(Part::Adds { set, ipset: false });
    limits(object.get("stmt"), place, objects, &mut own)?;
    own.into_iter().for_each(|part| put(part, parts));
    Some(())
}

fn meter(
    object: &Object<'_>,
    place: Place,
    objects: &Objects,
    parts: &mut Vec<Part>,
) -> Option<()> {
    if !object.has_only(&["key", "stmt", "size", "name"]) {
        return None;
    }
    let (key, _) = values::bare(object.get("key")?)?;
    let mut own = Vec::new();
    matches::needs(&present(key, place), &mut own);
    limits(object.get("stmt"), place, objects, &mut own)?;
    own.into_iter().for_each(|part| put(part, parts));
    Some(())
}

fn put(part: Part, parts: &mut Vec<Part>) {
    match part {
        Part::Match(needed) => matches::require(needed, parts),
        other => parts.push(other),
    }
}

/// The fields of a key that is stored, not compared: all must be there.
fn present(tree: &Tree<'_>, place: Place) -> Vec<fields::Looked> {
    let mut key = fields::key(tree, place);
    for looked in &mut key {
        looked.needs.extend(fields::implied(&looked.term.field, place));
    }
    key
}

/// The statements of an element.
fn limits(
    statements: Option<&Tree<'_>>,
    place: Place,
    objects: &Objects,
    parts: &mut Vec<Part>,
) -> Option<()> {
    match statements {
        None => Some(()),
        Some(Tree::List(list)) => {
            list.iter().try_for_each(|each| understood(each, place, objects, parts))
        }
        Some(one) => understood(one, place, objects, parts),
    }
}
