//! Named sets and maps.

use super::super::super::addresses::Numbers;
use super::super::super::model::{Data, Elements, Item, Set, Verdict};
use super::{read, set, table};

fn numbers(set: &Set) -> &Numbers {
    match &set.elements {
        Elements::Numbers(numbers) => numbers,
        other => panic!("{other:?}"),
    }
}

#[test]
fn elements_of_every_shape_are_numbers() {
    let mixed = set(
        r#""ipv4_addr""#,
        "",
        r#""192.0.2.1", {"prefix": {"addr": "192.0.2.16", "len": 28}},
        {"range": ["198.51.100.1", "198.51.100.7"]},
        {"elem": {"val": "203.0.113.4", "timeout": 60, "expires": 59, "comment": "banned"}},
        {"elem": {"val": {"prefix": {"addr": "203.0.113.8", "len": 31}}, "counter": {"packets": 1, "bytes": 2}}}"#,
    );
    let (one, two, three) = (0xc000_0200, 0xc633_6400, 0xcb00_7100);
    let found = [
        (one + 1, one + 1),
        (one + 16, one + 31),
        (two + 1, two + 7),
        (three + 4, three + 4),
        (three + 8, three + 9),
    ];
    assert_eq!(numbers(&mixed).intervals(), found);
    assert!(mixed.complete && !mixed.limited);
    let all = set(r#""ipv6_addr""#, "", r#""2001:db8::1", "*""#);
    assert_eq!(numbers(&all).intervals(), [(0, u128::MAX)]);
    let words = set(r#""inet_proto""#, "", r#""tcp", "udp", 50"#);
    assert_eq!(numbers(&words).intervals(), [(6, 6), (17, 17), (50, 50)]);
    let states = set(r#""ct_state""#, "", r#""new", ["established", "related"]"#);
    assert_eq!(numbers(&states).intervals(), [(6, 6), (8, 8)]);
}

#[test]
fn several_components_stand_beside_each_other() {
    let pairs = set(
        r#"["ipv4_addr", "inet_service", "ifname"]"#,
        "",
        r#"{"concat": [{"prefix": {"addr": "192.0.2.0", "len": 24}}, {"range": [80, 90]}, "eth*"]},
        {"elem": {"val": {"concat": ["192.0.2.1", 443, "lo"]}, "comment": "x"}}"#,
    );
    let Elements::Many(many) = &pairs.elements else { panic!() };
    let ports = Item::Numbers(Numbers::of(80, 90));
    let network = Item::Numbers(Numbers::of(0xc000_0200, 0xc000_02ff));
    assert_eq!(many[0].key, [network, ports, Item::Name("eth*".to_owned())]);
    assert_eq!(many[1].key[2], Item::Name("lo".to_owned()));
    assert_eq!(many.len(), 2);
}

#[test]
fn types_may_be_told_by_what_they_are_of() {
    let one = r#"{"typeof": {"payload": {"protocol": "ip", "field": "saddr"}}}"#;
    assert_eq!(numbers(&set(one, "", r#""192.0.2.1""#)).count(), 1.0);
    let two = r#"{"typeof": {"concat": [{"meta": {"key": "l4proto"}},
        {"payload": {"protocol": "th", "field": "dport"}}]}}"#;
    let Elements::Many(many) = set(two, "", r#"{"concat": ["tcp", 443]}"#).elements else {
        panic!()
    };
    let key = [Item::Numbers(Numbers::one(6)), Item::Numbers(Numbers::one(443))];
    assert_eq!(many[0].key, key);
}

#[test]
fn a_map_gives_verdicts_marks_and_places_and_its_rest_stands_last() {
    let map = |of: &str, gives: &str, elements: &str| {
        let json = format!(
            r#"{{"map": {{"family": "inet", "name": "m", "table": "t", "type": {of}, "map": {gives}, "elem": [{elements}]}}}}"#
        );
        let Elements::Many(many) = table("inet", &json).sets.remove("m").unwrap().elements else {
            panic!()
        };
        many
    };
    let by_name = map(
        r#""ifname""#,
        r#""verdict""#,
        r#"["*", {"drop": null}], ["docker0", {"jump": {"target": "d"}}]"#,
    );
    assert_eq!(by_name[0].data, Some(Data::Verdict(Verdict::Jump("d".to_owned()))));
    assert_eq!(by_name[1].key, [Item::Any]);
    let marks = map(
        r#""ipv4_addr""#,
        r#""mark""#,
        r#"[{"elem": {"val": "192.0.2.1", "comment": "x"}}, 5]"#,
    );
    assert_eq!(marks[0].data, Some(Data::Number(5)));
    for gives in [r#""ipv4_addr . inet_service""#, r#"["ipv4_addr", "inet_service"]"#] {
        let places = map(r#""inet_service""#, gives, r#"[80, {"concat": ["192.0.2.1", 8080]}]"#);
        assert_eq!(places[0].data, Some(Data::Place(0xc000_0201, 8080)));
    }
    let odd = map(r#""inet_service""#, r#""verdict""#, r#"[80, {"fly": null}], 17"#);
    assert!(odd.iter().all(|element| matches!(element.data, Some(Data::Unknown(_)))));
}

#[test]
fn a_set_of_limits_is_not_a_plain_set() {
    let meter = r#", "stmt": [{"limit": {"rate": 5, "burst": 5, "per": "second", "inv": true}}]"#;
    assert!(set(r#""ipv4_addr""#, meter, r#""192.0.2.1""#).limited);
    assert!(!set(r#""ipv4_addr""#, r#", "stmt": [{"counter": null}]"#, "").limited);
    let own = r#"{"elem": {"val": "192.0.2.1", "ct count": {"val": 5, "inv": true}}}"#;
    assert!(set(r#""ipv4_addr""#, "", own).limited);
}

#[test]
fn of_a_set_too_big_to_list_nothing_is_known() {
    let terse = set(r#""ipv4_addr""#, r#", "rayfix_terse": true"#, "");
    assert!(!terse.complete);
    assert!(set(r#""ipv4_addr""#, "", "").complete);
}

#[test]
fn a_set_with_an_element_that_is_not_understood_is_not_whole() {
    for odd in [
        r#""192.0.2.1", "example.test""#,
        r#"{"prefix": {"addr": "192.0.2.0", "len": 33}}"#,
        r#"{"prefix": {"addr": "192.0.2.0", "len": 24, "mood": 1}}"#,
        r#"{"range": ["192.0.2.9", "192.0.2.1"]}"#,
        r#"{"range": ["192.0.2.1"]}"#,
        r#"{"range": "192.0.2.1"}"#,
        r#"{"prefix": "192.0.2.1"}"#,
        r#"{"elem": {"val": "192.0.2.1", "mood": 1}}"#,
        r#"{"elem": "192.0.2.1"}"#,
        r#"{"range": ["192.0.2.1", "192.0.2.2"], "prefix": 1}"#,
        r#"{"elem": {"val": {"elem": {"val": "192.0.2.1"}}}}"#,
        "null",
        "-1",
        "1.5",
        "{}",
        r#"["*", {"x": []}]"#,
    ] {
        let json = format!(
            r#"{{"nftables": [{{"table": {{"family": "ip", "name": "t"}}}}, {{"set": {{"family": "ip", "name": "s", "table": "t", "type": "ipv4_addr", "elem": ["192.0.2.7", {odd}]}}}},
            {{"chain": {{"family": "ip", "table": "t", "name": "c"}}}}]}}"#
        );
        let ruleset = read(&json, "");
        assert!(!ruleset.tables[0].sets["s"].complete, "{odd}");
        assert_eq!(ruleset.troubles.len(), 1);
        assert!(!ruleset.troubles[0].rules_missing);
        assert_eq!(ruleset.tables[0].chains.len(), 1, "{odd}");
    }
}

#[test]
fn elements_before_their_type_wait_for_it() {
    let json = r#"{"set": {"elem": ["192.0.2.1"], "family": "inet", "name": "s", "table": "t", "type": "ipv4_addr"}}"#;
    assert_eq!(numbers(&table("inet", json).sets["s"]).count(), 1.0);
}
