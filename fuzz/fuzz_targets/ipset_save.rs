//! Saved sets: any text is read as far as it goes; intervals are sorted and apart.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rayfix_core::firewall::model::Elements;
use rayfix_core::firewall::{Input, Ruleset, Snapshot, ipset};

fuzz_target!(|text: &str| {
    let mut ruleset = Ruleset::default();
    ipset::read(&Snapshot::default().with(Input::Ipset, text), &mut ruleset);
    let headers = ipset::headers(text);
    for (name, set) in &ruleset.ipsets {
        assert!(headers.contains_key(name));
        if let Elements::Addresses { v4, v6 } = &set.elements {
            for numbers in [v4, v6] {
                for pair in numbers.intervals().windows(2) {
                    assert!(pair[0].1 < pair[1].0);
                }
            }
            assert!(v4.intervals().iter().all(|(_, high)| *high <= u128::from(u32::MAX)));
        }
    }
});
