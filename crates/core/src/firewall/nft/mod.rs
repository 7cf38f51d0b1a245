//! Reads `nft -j list ruleset`, and from `nft -a list ruleset` what the JSON leaves out.
//!
//! Any list is read: a key that is not known makes the part of the rule that it stands in unknown, and a
//! list that breaks off gives what stood before. Elements of sets stream by.

mod chains;
mod fields;
mod listing;
mod matches;
mod nat;
mod program;
mod sets;
mod statements;
#[cfg(test)]
mod tests;
mod text;
mod tree;
mod values;
mod verdicts;
mod wording;
mod words;

use serde::de::DeserializeSeed;

use self::listing::{ListSeed, Listing};
use self::text::Texts;
use super::model::{Ruleset, Trouble};
use super::snapshot::{Got, Input, Snapshot};

/// Adds the tables that nft lists to a ruleset. A table of iptables' is added with its back end and with
/// what nft shows of it; what nft cannot show stays a [`super::model::Part::Unknown`] until
/// [`super::iptables::read`] puts it right.
pub fn read(snapshot: &Snapshot, ruleset: &mut Ruleset) {
    if let Some(Got::Missing(why)) = snapshot.inputs.get(&Input::NftJson) {
        let input = Input::NftJson.file().to_owned();
        ruleset.troubles.push(Trouble { input, why: why.clone(), rules_missing: true });
    }
    let Some(json) = snapshot.text(Input::NftJson) else { return };
    let texts = Texts::read(snapshot.text(Input::NftText).unwrap_or_default());
    let mut listing = Listing::new(&texts);
    let mut from = serde_json::Deserializer::from_str(json);
    // One list, or several one after another.
    loop {
        listing.begun = false;
        match ListSeed(&mut listing).deserialize(&mut from) {
            Ok(()) => {}
            Err(error) if error.is_eof() && !listing.begun => break,
            Err(error) => {
                listing.trouble(format!("it is no whole list of rules: {error}"), true);
                break;
            }
        }
    }
    let (mut tables, troubles) = listing.tables();
    for table in &mut tables {
        table.backend = chains::backend(table);
    }
    program::complete(&mut tables, snapshot.text(Input::NftProgram));
    ruleset.tables.append(&mut tables);
    ruleset.troubles.extend(troubles);
}
