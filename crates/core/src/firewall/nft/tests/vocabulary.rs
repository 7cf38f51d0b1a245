//! Every statement and match of nft's manual once: which are evaluated, which become unknown.

use super::super::super::model::{Part, Rule};
use super::whole;

/// `evaluated`, `perhaps` (holds or not, nobody can tell) or `unknown` (could do anything).
fn class(rule: &Rule) -> &'static str {
    let has = |is: fn(&Part) -> bool| rule.parts.iter().any(is);
    if has(|part| matches!(part, Part::Unknown { .. })) {
        "unknown"
    } else if has(|part| matches!(part, Part::Perhaps { .. })) {
        "perhaps"
    } else {
        "evaluated"
    }
}

#[test]
fn each_rule_that_nft_lists_is_evaluated_or_said_to_be_unknown() {
    let json = include_str!("../samples/vocabulary.json");
    let ruleset = whole(json, include_str!("../samples/vocabulary.txt"));
    let rules = ruleset.tables.iter().flat_map(|table| &table.chains).flat_map(|c| &c.rules);
    let found: Vec<String> = rules.map(|rule| format!("{:9} {}", class(rule), rule.text)).collect();
    // Of the two `reject with tcp reset` without a family it takes the rule's program to tell whether nft
    // left one out; it was not recorded with this listing.
    let table: Vec<&str> = include_str!("../samples/vocabulary.table").lines().collect();
    for (found, told) in found.iter().zip(&table) {
        assert_eq!(found.trim_end(), *told);
    }
    assert_eq!(found.len(), table.len());
}

#[test]
fn what_this_nft_refuses_is_read_as_the_manual_writes_it() {
    let ruleset = whole(include_str!("../samples/by_hand.json"), "");
    let rules = &ruleset.tables[0].chains[0].rules;
    for rule in rules {
        let said = rule.comment.as_deref().unwrap();
        assert_eq!(class(rule), said.split_once(':').unwrap().0, "{said}: {:?}", rule.parts);
    }
    assert_eq!(rules.len(), 79);
}

#[test]
fn rules_without_the_text_are_put_into_words() {
    let ruleset = whole(include_str!("../samples/vocabulary.json"), "");
    for rule in ruleset.tables.iter().flat_map(|table| &table.chains).flat_map(|c| &c.rules) {
        assert!(!rule.text.is_empty() && rule.text.chars().count() <= 201, "{rule:?}");
        assert!(!rule.text.contains(['\n', '\t']));
    }
}
