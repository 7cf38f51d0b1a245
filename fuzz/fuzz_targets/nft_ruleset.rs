//! Listings of nft: any bytes are read without harm, and what was read hangs together.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rayfix_core::firewall::model::{Elements, Ruleset};
use rayfix_core::firewall::{Input, Snapshot, nft};

// The JSON, behind a zero byte the text, behind a second one the programs of the rules.
fuzz_target!(|data: &[u8]| {
    let mut parts = data.splitn(3, |byte| *byte == 0).map(String::from_utf8_lossy);
    let json = parts.next().unwrap_or_default();
    let mut snapshot = Snapshot::default().with(Input::NftJson, &json);
    for input in [Input::NftText, Input::NftProgram] {
        if let Some(part) = parts.next() {
            snapshot = snapshot.with(input, &part);
        }
    }
    let mut ruleset = Ruleset::default();
    nft::read(&snapshot, &mut ruleset);
    for table in &ruleset.tables {
        for chain in &table.chains {
            for (at, rule) in chain.rules.iter().enumerate() {
                assert_eq!(rule.number, at + 1);
                assert!(rule.text.chars().count() <= 201 && !rule.text.contains('\n'));
            }
        }
        for set in table.sets.values() {
            if let Elements::Numbers(numbers) = &set.elements {
                assert!(numbers.intervals().is_sorted());
            }
        }
    }
});
