//! Named sets and maps, element by element as they stream by: a million take neither long nor much room.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::super::addresses::{Interval, Numbers};
use super::super::model::{Element, Elements, Set, TableFamily};
use super::fields::{self, Place};
use super::tree::{Tree, Word};
use super::values;
use super::words::Kind;

/// What was read of a set.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) family: Option<String>,
    pub(super) table: Option<String>,
    pub(super) name: Option<String>,
    /// The kinds of its components, once they are told.
    key: Vec<Kind>,
    /// The kinds of what a map gives; none: verdicts.
    data: Option<Vec<Kind>>,
    numbers: Vec<Interval>,
    many: Vec<Element>,
    limited: bool,
    terse: bool,
    /// Elements, or keys of the set, that are not understood.
    pub(super) unreadable: usize,
    /// The text ends within it.
    pub(super) broken: bool,
}

impl Read {
    pub(super) fn gives_places(&self) -> bool {
        self.data.as_ref().is_some_and(|data| data.len() == 2)
    }

    /// Whether its elements are plain numbers of one component.
    fn plain(&self) -> Option<Kind> {
        match (&self.key[..], &self.data) {
            ([Kind::Name | Kind::Opaque], _) | (_, Some(_)) => None,
            ([kind], None) => Some(*kind),
            _ => None,
        }
    }

    pub(super) fn set(self) -> Set {
        let complete = !self.terse && !self.broken && self.unreadable == 0;
        let elements = if self.plain().is_some() {
            Elements::Numbers(Numbers::from_intervals(self.numbers))
        } else {
            Elements::Many(values::in_order(self.many))
        };
        Set { complete, limited: self.limited, elements }
    }

    fn take(&mut self, key: &str, tree: &Tree<'_>) {
        match key {
            "family" => self.family = tree.text().map(str::to_owned),
            "table" => self.table = tree.text().map(str::to_owned),
            "name" => self.name = tree.text().map(str::to_owned),
            "type" => self.key = kinds(tree),
            "map" => self.data = Some(kinds_of_data(tree)),
            "stmt" => {
                let list = match tree {
                    Tree::List(list) => list.as_slice(),
                    one => std::slice::from_ref(one),
                };
                self.limited |= list.iter().any(|statement| {
                    statement.tagged().is_none_or(|(tag, _)| {
                        values::is_limit(tag) || !matches!(tag, "counter" | "last")
                    })
                });
            }
            "rayfix_terse" => self.terse |= *tree == Tree::Bool(true),
            "handle" | "flags" | "timeout" | "gc-interval" | "size" | "policy" | "auto-merge"
            | "comment" | "desc" => {}
            _ => self.unreadable += 1,
        }
    }

    fn element(&mut self, tree: &Tree<'_>) {
        if let Some(kind) = self.plain() {
            let found = values::bare(tree)
                .and_then(|(bare, limited)| Some((values::interval(bare, kind)?, limited)));
            match found {
                Some((interval, limited)) => {
                    self.numbers.push(interval);
                    self.limited |= limited;
                }
                None => self.unreadable += 1,
            }
            return;
        }
        let (element, limited) = values::element(tree, &self.key, self.data.as_deref());
        self.limited |= limited;
        self.many.push(element);
    }
}

/// The kinds of a set's components: names of types, or what `typeof` was given.
fn kinds(tree: &Tree<'_>) -> Vec<Kind> {
    match tree {
        Tree::Text(text) => text.split(" . ").map(Kind::of_type).collect(),
        Tree::List(list) => list.iter().flat_map(kinds).collect(),
        Tree::Object(_) => {
            let inner = tree.under("typeof").unwrap_or(tree);
            let looked = fields::key(inner, Place::of(TableFamily::Inet));
            looked.into_iter().map(|looked| looked.kind).collect()
        }
        _ => vec![Kind::Opaque],
    }
}

fn kinds_of_data(tree: &Tree<'_>) -> Vec<Kind> {
    if tree.text() == Some("verdict") { Vec::new() } else { kinds(tree) }
}

/// Reads a set into what is given, as far as it goes.
pub(super) struct SetSeed<'r>(pub(super) &'r mut Read);

impl<'de> DeserializeSeed<'de> for SetSeed<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for SetSeed<'_> {
    type Value = ();
    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a set")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        // Elements that come before their type wait for it.
        let mut waiting: Vec<Tree<'de>> = Vec::new();
        while let Some(Word(key)) = map.next_key()? {
            match key.as_ref() {
                "elem" if self.0.key.is_empty() => match map.next_value()? {
                    Tree::List(list) => waiting = list,
                    other => waiting = vec![other],
                },
                "elem" => map.next_value_seed(ElementsSeed(&mut *self.0))?,
                _ => self.0.take(&key, &map.next_value()?),
            }
        }
        if self.0.key.is_empty() {
            self.0.key = vec![Kind::Opaque];
        }
        waiting.iter().for_each(|tree| self.0.element(tree));
        Ok(())
    }
}

struct ElementsSeed<'r>(&'r mut Read);

impl<'de> DeserializeSeed<'de> for ElementsSeed<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for ElementsSeed<'_> {
    type Value = ();
    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("elements")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        if let Some(kind) = self.0.plain() {
            while let Some(found) =
                seq.next_element_seed(PlainSeed { kind, part: Part::Element })?
            {
                match found {
                    Plain::Interval(interval) => self.0.numbers.push(interval),
                    Plain::Limited(interval) => {
                        self.0.numbers.push(interval);
                        self.0.limited = true;
                    }
                    Plain::Other => self.0.unreadable += 1,
                }
            }
        } else {
            while let Some(tree) = seq.next_element::<Tree<'de>>()? {
                self.0.element(&tree);
            }
        }
        Ok(())
    }
}

/// A plain element.
#[derive(Clone, Copy)]
enum Plain {
    Interval(Interval),
    /// The same, with a limit of its own.
    Limited(Interval),
    /// Not understood.
    Other,
}

/// Which part of an element is next.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    /// All of it, perhaps with something beside it (`{"elem": …}`).
    Element,
    /// All of it without that.
    Bare,
    /// What stands within `{"elem": …}`.
    Wrapped,
    /// What stands within `{"prefix": …}`.
    Prefix,
    /// What stands within `{"range": …}`.
    Range,
    /// A number.
    One,
}

/// Reads a plain element without building a tree of it. Any shape is borne.
#[derive(Clone, Copy)]
struct PlainSeed {
    kind: Kind,
    part: Part,
}

impl Plain {
    fn of(number: Option<u128>) -> Plain {
        number.map_or(Plain::Other, |number| Plain::Interval((number, number)))
    }

    fn one(self) -> Option<u128> {
        match self {
            Plain::Interval((low, high)) if low == high => Some(low),
            Plain::Interval(_) | Plain::Limited(_) | Plain::Other => None,
        }
    }
}

impl PlainSeed {
    fn part(self, part: Part) -> PlainSeed {
        PlainSeed { part, ..self }
    }

    fn number(self, number: Option<u128>) -> Plain {
        match self.part {
            Part::Element | Part::Bare | Part::One => Plain::of(number),
            Part::Wrapped | Part::Prefix | Part::Range => Plain::Other,
        }
    }
}

impl<'de> DeserializeSeed<'de> for PlainSeed {
    type Value = Plain;
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Plain, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for PlainSeed {
    type Value = Plain;
    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("an element")
    }
    fn visit_unit<E>(self) -> Result<Plain, E> {
        Ok(Plain::Other)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Plain, E> {
        Ok(self.number(Some(value.into())))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Plain, E> {
        Ok(self.number(u128::try_from(value).ok()))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Plain, E> {
        Ok(self.number(Some(value.into())))
    }
    fn visit_f64<E>(self, _: f64) -> Result<Plain, E> {
        Ok(Plain::Other)
    }
    fn visit_str<E>(self, text: &str) -> Result<Plain, E> {
        if text == "*" && self.part != Part::One {
            return Ok(Plain::Interval((0, self.kind.highest())));
        }
        Ok(self.number(self.kind.of_text(text)))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Plain, A::Error> {
        let mut count = 0;
        let mut ends = [None; 2];
        let mut bits = Some(0u128);
        while let Some(each) = seq.next_element_seed(self.part(Part::One))? {
            if let Some(end) = ends.get_mut(count) {
                *end = each.one();
            }
            bits = bits.zip(each.one()).map(|(bits, bit)| bits | bit);
            count += 1;
        }
        Ok(match (self.part, ends) {
            (Part::Range, [Some(low), Some(high)]) if count == 2 && low <= high => {
                Plain::Interval((low, high))
            }
            // A list of bits.
            (Part::Element | Part::Bare, _) => Plain::of(bits),
            _ => Plain::Other,
        })
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Plain, A::Error> {
        match self.part {
            Part::Prefix => self.prefix(map),
            Part::Wrapped => self.wrapped(map),
            Part::Element | Part::Bare | Part::Range | Part::One => self.tagged(map),
        }
    }
}

impl PlainSeed {
    fn tagged<'de, A: MapAccess<'de>>(self, mut map: A) -> Result<Plain, A::Error> {
        let mut found = None;
        while let Some(Word(tag)) = map.next_key::<Word<'de>>()? {
            let part = match (tag.as_ref(), self.part) {
                ("prefix", Part::Element | Part::Bare) => Some(Part::Prefix),
                ("range", Part::Element | Part::Bare) => Some(Part::Range),
                ("|", Part::Element | Part::Bare) => Some(Part::Bare),
                ("elem", Part::Element) => Some(Part::Wrapped),
                _ => None,
            };
            let next = match part {
                Some(part) => map.next_value_seed(self.part(part))?,
                None => map.next_value::<IgnoredAny>().map(|_| Plain::Other)?,
            };
            // Only one key says one thing.
            found = Some(if found.is_none() { next } else { Plain::Other });
        }
        Ok(found.unwrap_or(Plain::Other))
    }

    fn prefix<'de, A: MapAccess<'de>>(self, mut map: A) -> Result<Plain, A::Error> {
        let (mut address, mut length, mut more) = (None, None, false);
        while let Some(Word(key)) = map.next_key::<Word<'de>>()? {
            match key.as_ref() {
                "addr" => address = map.next_value_seed(self.part(Part::One))?.one(),
                "len" => {
                    let plain = PlainSeed { kind: super::words::PLAIN, part: Part::One };
                    length = map.next_value_seed(plain)?.one();
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    more = true;
                }
            }
        }
        let both = address.zip(length).filter(|_| !more);
        let found = both.and_then(|(address, length)| values::prefix(address, length, self.kind));
        Ok(found.map_or(Plain::Other, Plain::Interval))
    }

    fn wrapped<'de, A: MapAccess<'de>>(self, mut map: A) -> Result<Plain, A::Error> {
        let (mut found, mut limited, mut more) = (Plain::Other, false, false);
        while let Some(Word(key)) = map.next_key::<Word<'de>>()? {
            if key == "val" {
                found = map.next_value_seed(self.part(Part::Bare))?;
                continue;
            }
            map.next_value::<IgnoredAny>()?;
            limited |= values::is_limit(&key);
            more |= !values::BESIDE.contains(&key.as_ref());
        }
        Ok(match found {
            Plain::Interval(_) if more => Plain::Other,
            Plain::Interval(interval) if limited => Plain::Limited(interval),
            other => other,
        })
    }
}
