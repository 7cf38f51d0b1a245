//! Reads `iptables-save`, of both back ends and both families.
//!
//! Over nft, nft's own listing counts: it alone shows every rule as it is. It cannot show what iptables'
//! own matches and targets were told, though; what these are is taken from here.

mod complete;
mod listing;
mod matches;
mod options;
mod rule;
mod targets;
mod words;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod vocabulary;

use std::collections::BTreeMap;

use self::complete::{complete, is_partial};
use self::listing::{Listing, listing};
use super::addresses::Family;
use super::ipset;
use super::model::{Backend, Ruleset, Table, TableFamily, Trouble};
use super::snapshot::{Got, Input, Snapshot};

/// Adds legacy tables to a ruleset, and gives the rules that nft could not show whole their parts.
pub fn read(snapshot: &Snapshot, ruleset: &mut Ruleset) {
    let sets: Option<BTreeMap<_, _>> = snapshot.text(Input::Ipset).map(ipset::headers);
    // Without nft's listing, this is all there is of its tables.
    let nft_told = snapshot.text(Input::NftJson).is_some();
    for (input, family, backend) in [
        (Input::Iptables, Family::V4, Backend::IptablesNft),
        (Input::Ip6tables, Family::V6, Backend::IptablesNft),
        (Input::IptablesLegacy, Family::V4, Backend::IptablesLegacy),
        (Input::Ip6tablesLegacy, Family::V6, Backend::IptablesLegacy),
    ] {
        let mut told = Vec::new();
        let mut names = Vec::new();
        if let Some(text) = snapshot.text(input) {
            let Listing { tables, troubles } = listing(text, family, backend, sets.as_ref());
            // Over nft, what is missing here is there, if only in part.
            let over_nft = tables.iter().all(|table| table.backend == Backend::IptablesNft);
            let certain = nft_told && backend == Backend::IptablesNft && over_nft;
            told.extend(troubles.into_iter().map(|why| (why, !certain)));
            for table in tables {
                names.push(table.name.clone());
                if table.backend == Backend::IptablesNft && nft_told {
                    told.extend(
                        complete(ruleset, &table, family, sets.as_ref())
                            .into_iter()
                            .map(|why| (why, false)),
                    );
                } else {
                    add(ruleset, table);
                }
            }
        }
        if backend == Backend::IptablesNft && told.is_empty() {
            told.extend(unasked(snapshot, input, family, ruleset, &names).map(|why| (why, false)));
        }
        if backend == Backend::IptablesLegacy
            && let Some(Got::Missing(why)) = snapshot.inputs.get(&input)
        {
            told.push((why.clone(), true));
        }
        let input = input.file();
        ruleset.troubles.extend(told.into_iter().map(|(why, rules_missing)| Trouble {
            input: input.to_owned(),
            why,
            rules_missing,
        }));
    }
}

/// Adds a table, unless it is there already: `iptables-save` of a legacy host tells what
/// `iptables-legacy-save` tells.
fn add(ruleset: &mut Ruleset, table: Table) {
    if find(ruleset, table.backend, table.family, &table.name).is_none() {
        ruleset.tables.push(table);
    }
}

fn find(ruleset: &Ruleset, backend: Backend, family: TableFamily, name: &str) -> Option<usize> {
    ruleset
        .tables
        .iter()
        .position(|table| table.backend == backend && table.family == family && table.name == name)
}

/// Why rules of a family's tables are known in part only, where they are; `told`: the tables that were
/// told here.
fn unasked(
    snapshot: &Snapshot,
    input: Input,
    family: Family,
    ruleset: &Ruleset,
    told: &[String],
) -> Option<String> {
    let partial = ruleset.tables.iter().find(|table| {
        table.backend == Backend::IptablesNft
            && table.family == table_family(family)
            && !told.contains(&table.name)
            && table.chains.iter().any(|chain| chain.rules.iter().any(is_partial))
    })?;
    Some(match snapshot.inputs.get(&input) {
        Some(Got::Missing(why)) => why.clone(),
        Some(Got::Text(_)) => {
            format!("it leaves out the table {}, which nft cannot show whole", partial.name)
        }
        Some(Got::Absent) | None => format!(
            "nft cannot show the table {} whole, and {} was not told",
            partial.name,
            input.command()
        ),
    })
}

fn table_family(family: Family) -> TableFamily {
    match family {
        Family::V4 => TableFamily::Ip,
        Family::V6 => TableFamily::Ip6,
    }
}

/// The number of a protocol by its name, as `ipset` writes it too.
pub(super) fn protocol(text: &str) -> Option<u8> {
    words::protocol(text)
}
