//! Listings of iptables: any text is read as far as it goes; rules are numbered, and what is left out is told.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rayfix_core::firewall::{Input, Ruleset, Snapshot, ipset, iptables};

fuzz_target!(|text: &str| {
    let (listing, sets) = text.split_once("\ncreate ").unwrap_or((text, ""));
    let sets = format!("create {sets}");
    for input in [Input::Iptables, Input::Ip6tables, Input::IptablesLegacy, Input::Ip6tablesLegacy]
    {
        let snapshot = Snapshot::default().with(input, listing).with(Input::Ipset, &sets);
        let mut ruleset = Ruleset::default();
        iptables::read(&snapshot, &mut ruleset);
        ipset::read(&snapshot, &mut ruleset);
        let rules = ruleset.tables.iter().flat_map(|table| &table.chains);
        let mut read = 0;
        for chain in rules {
            for (at, rule) in chain.rules.iter().enumerate() {
                assert!(rule.number == at + 1);
                read += 1;
            }
        }
        let lines = listing.lines().map(str::trim);
        let asked = lines.filter(|line| line.starts_with("-A") || line.starts_with('[')).count();
        let doubled = ruleset.troubles.iter().any(|trouble| trouble.rules_missing);
        assert!(read == asked || doubled || listing.matches('*').count() > 1);
    }
});
