//! The list of tables, chains, sets and rules as it streams by. What is read stays read, whatever comes
//! after it: a list that breaks off gives what stood before.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::super::model::{Backend, Part, Rule, Set, Table, TableFamily, Tri, Trouble};
use super::super::snapshot::Input;
use super::chains;
use super::sets::{Read, SetSeed};
use super::statements;
use super::text::Texts;
use super::tree::{Object, Tree, Word};
use super::wording;

/// What has a name in a table and is asked for by rules.
#[derive(Debug, Default)]
pub(super) struct Objects {
    /// Named limits and quotas by kind and name: whether they hold above the limit.
    over: BTreeMap<(String, String), bool>,
    /// Maps that give places.
    places: Vec<String>,
}

impl Objects {
    /// Whether a named limit or quota holds above it; `None`: no such thing was told.
    pub(super) fn is_over(&self, tag: &str, name: &str) -> Option<bool> {
        self.over.get(&(tag.to_owned(), name.to_owned())).copied()
    }

    /// Whether a named map gives addresses with ports.
    pub(super) fn gives_places(&self, name: &str) -> bool {
        self.places.iter().any(|place| place == name)
    }
}

/// A table and how to find things in it.
struct Heard {
    table: Table,
    handle: Option<u64>,
    chains: HashMap<String, usize>,
    objects: Objects,
}

/// All that was read.
pub(super) struct Listing<'t> {
    texts: &'t Texts<'t>,
    tables: Vec<Heard>,
    /// Where the last thing stood: the next one mostly stands there too.
    last: usize,
    pub(super) troubles: Vec<Trouble>,
    /// Whether the text has begun to be a list.
    pub(super) begun: bool,
}

impl<'t> Listing<'t> {
    pub(super) fn new(texts: &'t Texts<'t>) -> Listing<'t> {
        Listing { texts, tables: Vec::new(), last: 0, troubles: Vec::new(), begun: false }
    }

    /// The tables in the order in which they were made.
    pub(super) fn tables(mut self) -> (Vec<Table>, Vec<Trouble>) {
        self.tables.sort_by_key(|heard| heard.handle.unwrap_or(u64::MAX));
        (self.tables.into_iter().map(|heard| heard.table).collect(), self.troubles)
    }

    pub(super) fn trouble(&mut self, why: String, rules_missing: bool) {
        // A corrupted list may have the same to say of each rule.
        if self.troubles.len() < 20 {
            let input = Input::NftJson.file().to_owned();
            self.troubles.push(Trouble { input, why, rules_missing });
        }
    }

    fn place(&mut self, family: Option<TableFamily>, name: Option<&str>) -> Option<usize> {
        let (family, name) = (family?, name?);
        let is_it = |heard: &Heard| heard.table.family == family && heard.table.name == name;
        if !self.tables.get(self.last).is_some_and(is_it) {
            self.last = self.tables.iter().position(is_it)?;
        }
        Some(self.last)
    }

    fn take(&mut self, tag: &str, object: &Object<'_>) {
        let family = object.text("family").and_then(family);
        let known = match tag {
            "metainfo" => true,
            "table" => self.table(object, family),
            "chain" => self.chain(object, family),
            "rule" => self.rule(object, family),
            // Nothing that a rule does depends on these.
            "counter" | "ct helper" | "ct timeout" | "ct expectation" | "synproxy" | "secmark"
            | "flowtable" | "tunnel" => true,
            "limit" | "quota" => {
                let place = self.place(family, object.text("table"));
                if let (Some(place), Some(name)) = (place, object.text("name")) {
                    let key = (tag.to_owned(), name.to_owned());
                    self.tables[place].objects.over.insert(key, object.is_true("inv"));
                }
                true
            }
            _ => false,
        };
        if !known {
            let missing = matches!(tag, "table" | "chain" | "rule");
            let name = object.text("name").or_else(|| object.text("chain")).unwrap_or_default();
            self.trouble(
                format!("`{}` is not understood", wording::short(&format!("{tag} {name}"))),
                missing,
            );
        }
    }

    fn table(&mut self, object: &Object<'_>, family: Option<TableFamily>) -> bool {
        let (Some(family), Some(name)) = (family, object.text("name")) else { return false };
        if self.place(Some(family), Some(name)).is_some() {
            return true;
        }
        let flags = object.get("flags").and_then(Tree::words).unwrap_or_default();
        let dormant = match self.texts.dormant(family, name) {
            Some(true) => Tri::Yes,
            Some(false) => Tri::No,
            None if flags.contains(&"dormant") => Tri::Yes,
            None if flags.iter().all(|flag| matches!(*flag, "owner" | "persist")) => Tri::No,
            // nft 1.0.6 writes the table's name for each flag.
            None => Tri::Unknown,
        };
        self.tables.push(Heard {
            table: Table {
                backend: Backend::Nft,
                family,
                name: name.to_owned(),
                dormant,
                chains: Vec::new(),
                sets: BTreeMap::new(),
            },
            handle: handle(object),
            chains: HashMap::new(),
            objects: Objects::default(),
        });
        true
    }

    fn chain(&mut self, object: &Object<'_>, family: Option<TableFamily>) -> bool {
        let Some(place) = self.place(family, object.text("table")) else { return false };
        let Some(name) = object.text("name") else { return false };
        let table = &self.tables[place].table;
        let devices = self.texts.devices(table.family, &table.name, name);
        let Some(chain) = chains::read(object, table.family, devices) else { return false };
        let heard = &mut self.tables[place];
        if !heard.chains.contains_key(name) {
            heard.chains.insert(name.to_owned(), heard.table.chains.len());
            heard.table.chains.push(chain);
        }
        true
    }

    fn rule(&mut self, object: &Object<'_>, family: Option<TableFamily>) -> bool {
        let Some(place) = self.place(family, object.text("table")) else { return false };
        let heard = &mut self.tables[place];
        let chain = object.text("chain").and_then(|chain| heard.chains.get(chain)).copied();
        let (Some(chain), Some(expr)) = (chain, object.get("expr")) else { return false };
        let Some(expr) = expr.list() else { return false };
        let table = &mut heard.table;
        let mut parts = statements::parts(expr, table.family, &heard.objects);
        let known = ["family", "table", "chain", "handle", "index", "position", "comment", "expr"];
        if let Some(key) = object.beyond(&known) {
            parts.insert(0, Part::Unknown { what: wording::short(key) });
        }
        let handle = handle(object);
        let comment = object.text("comment");
        let told = handle.and_then(|handle| self.texts.rule(table.family, &table.name, handle));
        let text = match told {
            Some(told) => wording::shortened(told),
            None => wording::rule(expr, comment),
        };
        let rules = &mut table.chains[chain].rules;
        let number = rules.len() + 1;
        rules.push(Rule { handle, number, text, comment: comment.map(str::to_owned), parts });
        true
    }

    fn set(&mut self, read: Read) {
        let family = read.family.as_deref().and_then(family);
        let place = self.place(family, read.table.as_deref());
        let (Some(place), Some(name)) = (place, read.name.clone()) else {
            return self.trouble("a set without a table is not understood".to_owned(), true);
        };
        if read.unreadable > 0 {
            let why = format!(
                "{} of set {name} is not understood",
                match read.unreadable {
                    1 => "an element".to_owned(),
                    many => format!("{many} elements"),
                }
            );
            self.trouble(why, false);
        }
        let heard = &mut self.tables[place];
        if read.gives_places() {
            heard.objects.places.push(name.clone());
        }
        let set: Set = read.set();
        match heard.table.sets.get(&name) {
            // The same set again, listed whole.
            Some(known) if known.complete => {}
            _ => {
                heard.table.sets.insert(name, set);
            }
        }
    }
}

fn handle(object: &Object<'_>) -> Option<u64> {
    object.get("handle").and_then(Tree::number).and_then(|number| u64::try_from(number).ok())
}

/// A table's family by nft's word.
pub(super) fn family(word: &str) -> Option<TableFamily> {
    use TableFamily::{Arp, Bridge, Inet, Ip, Ip6, Netdev};
    [Ip, Ip6, Inet, Netdev, Bridge, Arp].into_iter().find(|family| family.word() == word)
}

/// Reads one list: `{"nftables": [ … ]}`.
pub(super) struct ListSeed<'l, 't>(pub(super) &'l mut Listing<'t>);
struct Things<'l, 't>(&'l mut Listing<'t>);
struct Thing<'l, 't>(&'l mut Listing<'t>);

impl<'de> DeserializeSeed<'de> for ListSeed<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ListSeed<'_, '_> {
    type Value = ();
    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a list of rules")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.0.begun = true;
        while let Some(Word(key)) = map.next_key()? {
            if key == "nftables" {
                map.next_value_seed(Things(&mut *self.0))?;
            } else {
                map.next_value::<IgnoredAny>()?;
                self.0.trouble(format!("`{}` is not understood", wording::short(&key)), true);
            }
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Things<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Things<'_, '_> {
    type Value = ();
    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("tables, chains, sets and rules")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(Thing(&mut *self.0))?.is_some() {}
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Thing<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Thing<'_, '_> {
    type Value = ();
    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a table, a chain, a set or a rule")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Word(tag)) = map.next_key()? {
            if tag == "set" || tag == "map" {
                let mut read = Read::default();
                let whole = map.next_value_seed(SetSeed(&mut read));
                read.broken = whole.is_err();
                self.0.set(read);
                whole?;
            } else {
                match map.next_value::<Tree<'de>>()? {
                    Tree::Object(object) => self.0.take(&tag, &object),
                    _ => self
                        .0
                        .trouble(format!("`{}` is not understood", wording::short(&tag)), true),
                }
            }
        }
        Ok(())
    }
}
