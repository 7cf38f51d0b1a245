//! `nft -a list ruleset` as text: what the JSON of some versions leaves out (which tables are switched off,
//! the devices of a chain at ingress), and each rule as nft itself writes it.

use std::collections::{BTreeMap, HashMap};

use super::super::model::TableFamily;
use super::listing::family;

/// What the text tells of a table.
#[derive(Debug, Default)]
struct OfTable<'t> {
    dormant: bool,
    devices: HashMap<&'t str, Vec<String>>,
    rules: HashMap<u64, &'t str>,
}

/// What the text tells.
#[derive(Debug, Default)]
pub(super) struct Texts<'t>(BTreeMap<TableFamily, HashMap<&'t str, OfTable<'t>>>);

impl<'t> Texts<'t> {
    /// Reads it; lines that are not understood are passed over.
    pub(super) fn read(text: &'t str) -> Texts<'t> {
        let mut texts = Texts::default();
        let mut table: Option<&mut OfTable<'t>> = None;
        let mut chain = None;
        for line in text.lines() {
            // How deep it stands is what nft's own tabs say; words in quotes cannot deceive them.
            let depth = line.bytes().take_while(|byte| *byte == b'\t').count();
            let line = &line[depth..];
            match (depth, table.as_deref_mut()) {
                _ if line.is_empty() => {}
                (0, _) => {
                    chain = None;
                    table = head(line).map(|(family, name)| {
                        texts.0.entry(family).or_default().entry(name).or_default()
                    });
                }
                (1, Some(table)) => {
                    let (bare, _) = split(line);
                    if let Some(name) = bare.strip_prefix("chain ") {
                        chain = name.strip_suffix(" {");
                    } else {
                        chain = None;
                        if let Some(flags) = bare.strip_prefix("flags ") {
                            let mut flags = flags.split([',', ';', ' ']);
                            table.dormant |= flags.any(|flag| flag == "dormant");
                        }
                    }
                }
                (2, Some(table)) => {
                    let Some(chain) = chain else { continue };
                    if line.starts_with("type ") && line.contains(" hook ") {
                        let names = devices(line);
                        if !names.is_empty() {
                            table.devices.insert(chain, names);
                        }
                    } else if let (rule, Some(handle)) = split(line)
                        && rule != "}"
                    {
                        table.rules.insert(handle, rule);
                    }
                }
                _ => {}
            }
        }
        texts
    }

    fn table(&self, family: TableFamily, table: &str) -> Option<&OfTable<'t>> {
        self.0.get(&family)?.get(table)
    }

    /// Whether a table is switched off; `None`: the text does not tell of the table.
    pub(super) fn dormant(&self, family: TableFamily, table: &str) -> Option<bool> {
        self.table(family, table).map(|table| table.dormant)
    }

    /// The devices of a chain; empty: not told.
    pub(super) fn devices(&self, family: TableFamily, table: &str, chain: &str) -> &[String] {
        let table = self.table(family, table);
        table.and_then(|table| table.devices.get(chain)).map_or(&[], Vec::as_slice)
    }

    /// A rule by its handle.
    pub(super) fn rule(&self, family: TableFamily, table: &str, handle: u64) -> Option<&'t str> {
        self.table(family, table)?.rules.get(&handle).copied()
    }
}

/// `table inet filter { # handle 2`
fn head(line: &str) -> Option<(TableFamily, &str)> {
    let (bare, _) = split(line);
    let (of, name) = bare.strip_prefix("table ")?.strip_suffix(" {")?.split_once(' ')?;
    Some((family(of)?, name))
}

/// A line without its handle, and the handle.
fn split(line: &str) -> (&str, Option<u64>) {
    match line.rsplit_once(" # handle ") {
        Some((bare, handle)) => match handle.parse() {
            Ok(handle) => (bare, Some(handle)),
            Err(_) => (line, None),
        },
        None => (line, None),
    }
}

/// `type filter hook ingress device "eth0" priority …`, `devices = { "eth0", "eth1" }`
fn devices(line: &str) -> Vec<String> {
    let clean = |name: &str| name.trim().trim_matches('"').to_owned();
    if let Some((_, rest)) = line.split_once(" device ") {
        return rest.split_ascii_whitespace().next().map(clean).into_iter().collect();
    }
    let list = line.split_once(" devices = {").and_then(|(_, rest)| rest.split_once('}'));
    let names = list.into_iter().flat_map(|(list, _)| list.split(','));
    names.map(clean).filter(|name| !name.is_empty()).collect()
}
