//! Listings that break off, or whose bytes were changed on the way.

use proptest::prelude::*;

use super::{read, whole};

const SAMPLES: [(&str, &str); 3] = [
    (include_str!("../samples/vocabulary.json"), include_str!("../samples/vocabulary.txt")),
    (include_str!("../samples/families.json"), include_str!("../samples/families.txt")),
    (include_str!("../samples/by_hand.json"), ""),
];

#[test]
fn nothing_is_no_rule_and_no_trouble() {
    for text in ["", "\n", " \n "] {
        assert_eq!(whole(text, "").tables, []);
    }
    assert_eq!(whole(r#"{"nftables": []}"#, "").tables, []);
}

#[test]
fn a_list_that_breaks_off_gives_what_stood_before() {
    let (json, text) = SAMPLES[1];
    let all = whole(json, text);
    let cut = json.find(r#"{"table": {"family": "bridge""#).unwrap();
    let part = read(&json[..cut + 9], text);
    assert_eq!(part.tables[..], all.tables[..part.tables.len()]);
    assert_eq!(part.tables.len(), 4);
    assert_eq!(part.troubles.len(), 1);
    assert!(part.troubles[0].rules_missing);
}

#[test]
fn a_set_that_breaks_off_is_not_whole() {
    let json = r#"{"nftables": [{"table": {"family": "ip", "name": "t"}}, {"set": {"family": "ip",
        "name": "s", "table": "t", "type": "ipv4_addr", "elem": ["192.0.2.1", "192.0"#;
    let ruleset = read(json, "");
    assert!(!ruleset.tables[0].sets["s"].complete);
    assert!(ruleset.troubles[0].rules_missing);
}

#[test]
fn what_is_no_list_is_told() {
    for text in ["Error: syntax error", "[]", "null", r#"{"nftables": 5}"#, r#"{"rules": []}"#] {
        let ruleset = read(text, "");
        assert!(ruleset.troubles.iter().any(|told| told.rules_missing), "{text}");
    }
}

proptest! {
    #[test]
    fn cut_anywhere_it_says_that_rules_may_be_missing(sample in 0usize..3, at in any::<prop::sample::Index>()) {
        let (json, text) = SAMPLES[sample];
        let cut = at.index(json.trim_end().len());
        let ruleset = read(json.get(..cut).unwrap_or_default(), text.get(..cut).unwrap_or(text));
        let told = ruleset.troubles.iter().any(|told| told.rules_missing);
        prop_assert!(cut == 0 || told);
    }

    #[test]
    fn changed_bytes_never_stop_it(sample in 0usize..3, changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..9)) {
        let (json, text) = SAMPLES[sample];
        let change = |of: &str| {
            let mut bytes = of.as_bytes().to_vec();
            for (at, byte) in changes.iter().filter(|_| !of.is_empty()) {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let _ = read(&change(json), &change(text));
    }
}
