//! Translations: where a packet goes to, and where it seems to come from.

use super::super::addresses::Numbers;
use super::super::model::{FamilyOf, Lookup, Nat, NatTo, Part, Value};
use super::fields::{self, Place};
use super::listing::Objects;
use super::matches;
use super::statements;
use super::tree::{Object, Tree};
use super::values;
use super::words::{Kind, SERVICE};

/// Adds a translation. `None`: not understood, and nothing was added.
pub(super) fn add(
    tag: &str,
    inner: &Tree<'_>,
    place: Place,
    objects: &Objects,
    parts: &mut Vec<Part>,
) -> Option<()> {
    let nothing = Object::default();
    let object = match inner {
        Tree::Null => &nothing,
        Tree::Object(object) => object,
        _ => return None,
    };
    if !object.has_only(&["family", "addr", "port", "flags", "type_flags"]) {
        return None;
    }
    let family = match object.text("family") {
        Some("ip") => Some(FamilyOf::V4),
        Some("ip6") => Some(FamilyOf::V6),
        Some(_) => return None,
        None => place.only,
    };
    let mut own = Vec::new();
    if let Some(family) = family.filter(|family| place.only != Some(*family)) {
        own.push(Part::Match(fields::of_family(family)));
    }
    let nat = match tag {
        // Of no matter for where it goes; but a map that has no such key ends the rule.
        "snat" | "masquerade" => {
            for to in ["addr", "port"].iter().filter_map(|key| object.get(key)) {
                if to.under("map").is_some() {
                    own.push(Part::Perhaps { what: super::wording::expression(to) });
                }
            }
            Nat::Source
        }
        "redirect" => Nat::Redirect { port: to(object.get("port"), SERVICE, place, &mut own)? },
        _ => destination(object, family, place, objects, &mut own)?,
    };
    for part in own {
        match part {
            Part::Match(needed) => matches::require(needed, parts),
            other => parts.push(other),
        }
    }
    parts.push(Part::Nat(nat));
    Some(())
}

fn destination(
    object: &Object<'_>,
    family: Option<FamilyOf>,
    place: Place,
    objects: &Objects,
    own: &mut Vec<Part>,
) -> Option<Nat> {
    let kind = family.map_or(Kind::AnyAddress, Kind::Address);
    let address = object.get("addr");
    if let Some(map) = address.and_then(|address| address.under("map")).and_then(Tree::object) {
        // Networks onto networks.
        if object.get("type_flags").is_some() || !map.has_only(&["key", "data"]) {
            return None;
        }
        let key = fields::key(map.get("key")?, place);
        let kinds: Vec<Kind> = key.iter().map(|looked| looked.kind).collect();
        let lookup = values::lookup(map.get("data")?, &kinds, Some(kind))?;
        let places = match &lookup {
            Lookup::Here(set) => values::gives_places(set),
            Lookup::Named(name) => objects.gives_places(name),
            Lookup::Ipset(_) => false,
        };
        if places {
            matches::needs(&key, own);
            let key = key.into_iter().map(|looked| looked.term).collect();
            return Some(Nat::Map { key, map: lookup });
        }
    }
    let address = to(address, kind, place, own)?;
    let port = to(object.get("port"), SERVICE, place, own)?;
    Some(Nat::Destination { address, port })
}

/// `Some(None)`: stays as it is; `None`: not understood.
fn to(
    tree: Option<&Tree<'_>>,
    kind: Kind,
    place: Place,
    own: &mut Vec<Part>,
) -> Option<Option<NatTo>> {
    let Some(tree) = tree else { return Some(None) };
    if let Some((low, high)) = values::interval(tree, kind) {
        return Some(Some(NatTo::OneOf(Numbers::of(low, high))));
    }
    match statements::value(tree, kind, place, own) {
        Value::Unknown(_) => None,
        value => Some(Some(NatTo::Value(value))),
    }
}
