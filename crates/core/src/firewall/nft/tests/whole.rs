//! Whole listings: tables, chains, their order, what the text adds.

use super::super::super::model::{Backend, Hook, Part, Ruleset, Table, Tri};
use super::{read, whole};

const JSON: &str = include_str!("../samples/families.json");
const TEXT: &str = include_str!("../samples/families.txt");

fn table<'r>(ruleset: &'r Ruleset, name: &str) -> &'r Table {
    ruleset.tables.iter().find(|table| table.name == name).unwrap()
}

#[test]
fn the_text_tells_which_table_is_switched_off() {
    assert_eq!(table(&whole(JSON, TEXT), "switchedoff").dormant, Tri::Yes);
    assert_eq!(table(&whole(JSON, TEXT), "four").dormant, Tri::No);
    // This nft's JSON writes the table's name in place of its flags.
    assert_eq!(table(&whole(JSON, ""), "switchedoff").dormant, Tri::Unknown);
    assert_eq!(table(&whole(JSON, ""), "four").dormant, Tri::No);
    for (flags, dormant) in
        [(r#"["dormant"]"#, Tri::Yes), (r#""dormant""#, Tri::Yes), (r#"["owner"]"#, Tri::No)]
    {
        let json = format!(
            r#"{{"nftables": [{{"table": {{"family": "ip", "name": "t", "flags": {flags}}}}}]}}"#
        );
        assert_eq!(whole(&json, "").tables[0].dormant, dormant);
    }
}

#[test]
fn the_text_tells_the_devices_of_early_chains() {
    let ruleset = whole(JSON, TEXT);
    let devices = |chain: usize| {
        let base = table(&ruleset, "early").chains[chain].base.as_ref().unwrap();
        (base.hook, base.devices.join(" "))
    };
    assert_eq!(devices(0), (Hook::Ingress, "lo".to_owned()));
    assert_eq!(devices(1), (Hook::Ingress, "dum0 lo".to_owned()));
    assert_eq!(devices(2), (Hook::Egress, "lo".to_owned()));
    for dev in [r#""eth0""#, r#"["eth0"]"#] {
        let json = format!(
            r#"{{"nftables": [{{"table": {{"family": "netdev", "name": "t"}}}}, {{"chain":
            {{"family": "netdev", "table": "t", "name": "c", "type": "filter", "hook": "ingress",
            "dev": {dev}, "prio": "filter - 5", "policy": "drop"}}}}]}}"#
        );
        let base = whole(&json, "").tables[0].chains[0].base.clone().unwrap();
        assert_eq!((base.devices, base.priority), (vec!["eth0".to_owned()], -5));
    }
}

#[test]
fn iptables_tables_are_told_from_others() {
    let ruleset = whole(JSON, TEXT);
    let of_iptables: Vec<String> = ruleset
        .tables
        .iter()
        .filter(|table| table.backend == Backend::IptablesNft)
        .map(|table| format!("{} {}", table.family.word(), table.name))
        .collect();
    // `ip6 filter` hangs at a priority of its own.
    assert_eq!(of_iptables, ["ip filter", "ip nat", "ip mangle"]);
    let input = &table(&ruleset, "filter").chains[0];
    assert_eq!(input.rules[1].parts, [Part::Unknown { what: "REJECT".to_owned() }]);
}

#[test]
fn rules_bear_number_handle_words_and_comment() {
    let ruleset = whole(JSON, TEXT);
    let rules = &table(&ruleset, "four").chains[0].rules;
    let said = rules.iter().find(|rule| rule.comment.is_some()).unwrap();
    assert_eq!((said.number, said.handle), (9, Some(12)));
    assert_eq!(said.text, r##"tcp dport 443 accept comment "x # handle 5 {""##);
    assert_eq!(said.comment.as_deref(), Some("x # handle 5 {"));
    let numbers: Vec<usize> = rules.iter().map(|rule| rule.number).collect();
    assert!(numbers.into_iter().eq(1..=rules.len()));
}

#[test]
fn tables_stand_in_the_order_in_which_they_were_made() {
    let json = r#"{"nftables": [{"table": {"family": "ip", "name": "b", "handle": 9}},
        {"table": {"family": "ip6", "name": "a", "handle": 3}},
        {"table": {"family": "inet", "name": "c", "handle": 12}}]}"#;
    let names: Vec<String> = whole(json, "").tables.into_iter().map(|table| table.name).collect();
    assert_eq!(names, ["a", "b", "c"]);
}

#[test]
fn a_long_unnamed_set_is_cut_in_the_words_and_not_in_the_rule() {
    let ports: Vec<String> = (1000..1400).step_by(2).map(|port| port.to_string()).collect();
    let text = format!(
        "table ip t {{ # handle 1\n\tchain c {{ # handle 1\n\t\ttcp dport {{ {} }} accept # handle 2\n\t}}\n}}\n",
        ports.join(", ")
    );
    let json = format!(
        r#"{{"nftables": [{{"table": {{"family": "ip", "name": "t", "handle": 1}}}},
        {{"chain": {{"family": "ip", "table": "t", "name": "c", "handle": 1}}}},
        {{"rule": {{"family": "ip", "table": "t", "chain": "c", "handle": 2, "expr": [
        {{"match": {{"op": "==", "left": {{"payload": {{"protocol": "tcp", "field": "dport"}}}},
        "right": {{"set": [{}]}}}}}}, {{"accept": null}}]}}}}]}}"#,
        ports.join(",")
    );
    for text in [text.as_str(), ""] {
        let ruleset = whole(&json, text);
        let rule = &ruleset.tables[0].chains[0].rules[0];
        let shown = "tcp dport { 1000, 1002, 1004, 1006, 1008, 1010, … } accept";
        assert_eq!(rule.text, shown);
        let Part::Match(asked) = &rule.parts[0] else { panic!() };
        assert!(format!("{:?}", asked.with).contains("(1398, 1398)"));
    }
}

#[test]
fn a_set_listed_again_whole_is_whole() {
    let terse = r#"{"nftables": [{"table": {"family": "ip", "name": "t"}}, {"set": {"family": "ip",
        "name": "s", "table": "t", "type": "ipv4_addr", "rayfix_terse": true}}]}"#;
    let full = r#"{"nftables": [{"set": {"family": "ip", "name": "s", "table": "t",
        "type": "ipv4_addr", "elem": ["192.0.2.1"]}}]}"#;
    assert!(!whole(terse, "").tables[0].sets["s"].complete);
    assert!(whole(&format!("{terse}\n{full}\n"), "").tables[0].sets["s"].complete);
}

#[test]
fn things_unheard_of_are_told_and_do_not_stop_the_rest() {
    let json = r#"{"nftables": [{"planet": {"name": "mars"}},
        {"table": {"family": "ip", "name": "t"}},
        {"chain": {"family": "ip", "table": "t", "name": "c", "hook": "warp", "prio": 0}},
        {"rule": {"family": "ip", "table": "t", "chain": "c", "expr": []}},
        {"chain": {"family": "ip", "table": "t", "name": "d"}}]}"#;
    let ruleset = read(json, "");
    assert_eq!(ruleset.tables[0].chains.len(), 1);
    let missing: Vec<bool> = ruleset.troubles.iter().map(|told| told.rules_missing).collect();
    assert_eq!(missing, [false, true, true]);
    assert_eq!(ruleset.troubles[0].why, "`planet mars` is not understood");
}

#[test]
fn words_are_cut_at_the_same_length_wherever_it_falls() {
    for before in 190..205 {
        let comment = format!("{} and more {}", "x".repeat(before), "y".repeat(50));
        let cut = super::super::wording::short(&comment);
        assert!(cut.chars().count() <= 201 && cut.ends_with('…'), "{cut}");
    }
}
