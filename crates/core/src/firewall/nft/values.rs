//! What a rule compares with: constants, prefixes, ranges, unnamed sets, and the elements of all sets.

use super::super::addresses::{Interval, Numbers};
use super::super::model::{Data, Element, Elements, Item, Lookup, Set};
use super::tree::Tree;
use super::verdicts;
use super::wording;
use super::words::Kind;

/// What stands within `{"elem": …}`: the element, and beside it.
pub(super) const BESIDE: [&str; 9] =
    ["val", "timeout", "expires", "comment", "counter", "last", "limit", "quota", "ct count"];

/// An element without what stands beside it (time-out, comment, counters), and whether it bears a limit.
/// `None`: not understood.
pub(super) fn bare<'t, 'a>(tree: &'t Tree<'a>) -> Option<(&'t Tree<'a>, bool)> {
    let Some(object) = tree.under("elem").and_then(Tree::object) else {
        return Some((tree, false));
    };
    if !object.has_only(&BESIDE) {
        return None;
    }
    Some((object.get("val")?, object.pairs().any(|(key, _)| is_limit(key))))
}

/// Whether a statement beside an element is a limit.
pub(super) fn is_limit(key: &str) -> bool {
    matches!(key, "limit" | "quota" | "ct count")
}

/// The numbers of a constant, a prefix, a range.
pub(super) fn interval(tree: &Tree<'_>, kind: Kind) -> Option<Interval> {
    match tree.tagged() {
        Some(("prefix", inner)) => {
            let object = inner.object().filter(|object| object.has_only(&["addr", "len"]))?;
            prefix(kind.of(object.get("addr")?)?, object.get("len")?.number()?, kind)
        }
        Some(("range", inner)) => match inner.list()? {
            [low, high] => Some((kind.of(low)?, kind.of(high)?)).filter(|(low, high)| low <= high),
            _ => None,
        },
        _ if tree.text() == Some("*") => Some((0, kind.highest())),
        _ => kind.of(tree).map(|number| (number, number)),
    }
}

/// What a value is compared with. nft writes a prefix for a mask too, and a value that has bits beyond the
/// mask (`10.0.0.5/24`, for `& 255.255.255.0 == 10.0.0.5`) is one that no packet has.
pub(super) fn compared(tree: &Tree<'_>, kind: Kind) -> Option<Numbers> {
    let (low, high) = interval(tree, kind)?;
    if let Some(("prefix", inner)) = tree.tagged()
        && inner.object().and_then(|object| kind.of(object.get("addr")?)) != Some(low)
    {
        return Some(Numbers::none());
    }
    Some(Numbers::of(low, high))
}

/// The numbers that begin like this one.
pub(super) fn prefix(number: u128, length: u128, kind: Kind) -> Option<Interval> {
    let bits = kind.bits();
    let rest = bits.checked_sub(u32::try_from(length).ok()?)?;
    let below = if rest >= 128 { u128::MAX } else { (1 << rest) - 1 };
    Some((number & !below, number | below))
}

/// One component of an element.
pub(super) fn item(tree: &Tree<'_>, kind: Kind) -> Item {
    let unknown = || Item::Unknown(wording::expression(tree));
    match (kind, tree) {
        (_, Tree::Text(text)) if text == "*" => Item::Any,
        (Kind::Name, Tree::Text(text)) => name(text).map_or_else(unknown, Item::Name),
        (Kind::Name, _) => unknown(),
        _ => interval(tree, kind)
            .map_or_else(unknown, |(low, high)| Item::Numbers(Numbers::of(low, high))),
    }
}

/// The name of an interface; `None`: it is not sure what is meant (a number, a star that is none).
pub(super) fn name(text: &str) -> Option<String> {
    let plain = !text.is_empty()
        && !text.ends_with("\\*")
        && !text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.to_owned())
}

/// The components of an element's key.
pub(super) fn items(tree: &Tree<'_>, kinds: &[Kind]) -> Vec<Item> {
    if tree.text() == Some("*") {
        return vec![Item::Any; kinds.len()];
    }
    match (tree.under("concat").and_then(Tree::list), kinds) {
        (Some(list), _) if list.len() == kinds.len() => {
            list.iter().zip(kinds).map(|(each, kind)| item(each, *kind)).collect()
        }
        (None, [kind]) => vec![item(tree, *kind)],
        _ => kinds.iter().map(|_| Item::Unknown(wording::expression(tree))).collect(),
    }
}

/// An element of a set, or of a map with data of these kinds; and whether it bears a limit.
pub(super) fn element(tree: &Tree<'_>, kinds: &[Kind], data: Option<&[Kind]>) -> (Element, bool) {
    let (key, given) = match (data, tree.list()) {
        (Some(data), Some([key, given])) => (key, Some((given, data))),
        (Some(_), _) => {
            let text = wording::expression(tree);
            let key = kinds.iter().map(|_| Item::Unknown(text.clone())).collect();
            return (Element { key, except: false, data: Some(Data::Unknown(text)) }, false);
        }
        (None, _) => (tree, None),
    };
    let (key, limited) = match bare(key) {
        Some((key, limited)) => (items(key, kinds), limited),
        None => (kinds.iter().map(|_| Item::Unknown(wording::expression(key))).collect(), true),
    };
    let data = given.map(|(given, kinds)| self::data(given, kinds));
    (Element { key, except: false, data }, limited)
}

/// What a map gives. No kinds: a verdict.
fn data(tree: &Tree<'_>, kinds: &[Kind]) -> Data {
    let unknown = || Data::Unknown(wording::expression(tree));
    let known = match kinds {
        [] => verdicts::plain(tree).map(Data::Verdict),
        [kind] => kind.of(tree).map(Data::Number),
        [address, port] => {
            let both = tree.under("concat").and_then(Tree::list);
            both.filter(|both| both.len() == 2).and_then(|both| {
                let port = u16::try_from(port.of(&both[1])?).ok()?;
                Some(Data::Place(address.of(&both[0])?, port))
            })
        }
        _ => None,
    };
    known.unwrap_or_else(unknown)
}

/// An unnamed set, or an unnamed map with data of these kinds.
pub(super) fn unnamed(list: &[Tree<'_>], kinds: &[Kind], data: Option<&[Kind]>) -> Set {
    let mut set = Set { complete: true, ..Set::default() };
    let mut many = Vec::with_capacity(list.len());
    for each in list {
        let (element, limited) = element(each, kinds, data);
        set.limited |= limited;
        many.push(element);
    }
    set.elements = Elements::Many(in_order(many));
    set
}

/// With those that hold for any key behind all others: the first that holds counts.
pub(super) fn in_order(mut elements: Vec<Element>) -> Vec<Element> {
    elements.sort_by_key(|element| element.key.iter().all(|item| *item == Item::Any));
    elements
}

/// The kinds of a map's data, from its elements: addresses, ports, both, verdicts.
pub(super) fn kinds_of_data(list: &[Tree<'_>], one: Kind) -> Vec<Kind> {
    let given = list.first().and_then(Tree::list).and_then(|pair| pair.get(1));
    let Some(given) = given else { return vec![one] };
    if verdicts::plain(given).is_some() {
        return Vec::new();
    }
    match given.under("concat").and_then(Tree::list) {
        Some(both) if both.len() == 2 => vec![one, super::words::SERVICE],
        Some(many) => many.iter().map(|_| Kind::Opaque).collect(),
        None => vec![one],
    }
}

/// Where a map or set is looked into: `@name`, or here. `data`: what it gives; `None`: it is a set.
pub(super) fn lookup(tree: &Tree<'_>, kinds: &[Kind], data: Option<Kind>) -> Option<Lookup> {
    if let Some(name) = tree.text().and_then(|text| text.strip_prefix('@')) {
        return Some(Lookup::Named(name.to_owned()));
    }
    let list = match tree.under("set")? {
        Tree::List(list) => list.as_slice(),
        one => std::slice::from_ref(one),
    };
    let of_data = data.map(|one| kinds_of_data(list, one));
    Some(Lookup::Here(Box::new(unnamed(list, kinds, of_data.as_deref()))))
}

/// Whether a map gives places: an address and a port.
pub(super) fn gives_places(set: &Set) -> bool {
    match &set.elements {
        Elements::Many(many) => {
            many.iter().any(|element| matches!(element.data, Some(Data::Place(..))))
        }
        Elements::Numbers(_) | Elements::Addresses { .. } => false,
    }
}
