//! Listings of nft: any bytes are read without harm, and what was read hangs together.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rayfix_core::firewall::model::{Elements, Ruleset};
use rayfix_core::firewall::{Input, Snapshot, nft};

// The JSON, and behind a zero byte the text.
fuzz_target!(|data: &[u8]| {
    let cut = data.iter().position(|byte| *byte == 0).unwrap_or(data.len());
    let json = String::from_utf8_lossy(&data[..cut]);
    let text = String::from_utf8_lossy(data.get(cut + 1..).unwrap_or_default());
    let snapshot = Snapshot::default().with(Input::NftJson, &json).with(Input::NftText, &text);
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
