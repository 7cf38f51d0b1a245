//! Listings of the real nft and by hand, and what is read of them.

mod broken;
mod meaning;
mod sets;
mod vocabulary;
mod whole;

use super::super::model::{Part, Rule, Ruleset, Set, Table};
use super::super::snapshot::{Input, Snapshot};

/// A listing's tables.
fn read(json: &str, text: &str) -> Ruleset {
    let snapshot = Snapshot::default().with(Input::NftJson, json).with(Input::NftText, text);
    let mut ruleset = Ruleset::default();
    super::read(&snapshot, &mut ruleset);
    ruleset
}

/// The same, where nothing may go wrong.
fn whole(json: &str, text: &str) -> Ruleset {
    let ruleset = read(json, text);
    assert_eq!(ruleset.troubles, []);
    ruleset
}

/// A table with these things beside its one base chain.
fn table(family: &str, things: &str) -> Table {
    let head = r#"{"nftables": [{"table": {"family": "FAMILY", "name": "t", "handle": 1}}"#;
    let chain = r#"{"chain": {"family": "FAMILY", "table": "t", "name": "c", "handle": 1,
        "type": "filter", "hook": "input", "prio": 0, "policy": "accept"}}"#;
    let json = format!("{head}, {chain}, {things}]}}").replace("FAMILY", family);
    whole(&json, "").tables.remove(0)
}

/// A rule of these statements.
fn rule(family: &str, expr: &str) -> Rule {
    let json = format!(
        r#"{{"rule": {{"family": "FAMILY", "table": "t", "chain": "c", "handle": 7, "expr": [{expr}]}}}}"#
    );
    table(family, &json).chains[0].rules[0].clone()
}

/// The parts of a rule of a table that sees both families.
fn parts(expr: &str) -> Vec<Part> {
    rule("inet", expr).parts
}

/// The parts of a match: its field by header and name.
fn matched(left: &str, op: &str, right: &str) -> Vec<Part> {
    parts(&format!(r#"{{"match": {{"op": "{op}", "left": {left}, "right": {right}}}}}"#))
}

/// A set of this type with these elements.
fn set(kind: &str, more: &str, elements: &str) -> Set {
    let json = format!(
        r#"{{"set": {{"family": "FAMILY", "name": "s", "table": "t", "type": {kind}, "handle": 3{more}, "elem": [{elements}]}}}}"#
    );
    table("inet", &json).sets.remove("s").unwrap()
}
