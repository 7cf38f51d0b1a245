//! What only the kernel's own form of a rule tells: of which family a refusal by reset is.
//!
//! nft 1.0.6 takes a match of the family (`meta nfproto ipv4`, `meta protocol ip`) for one that it made
//! itself and leaves it out of both listings where the rule ends in `reject with tcp reset` and nothing
//! else in it is of one family. With the rule's program (`--debug=netlink`) it is put back; without it,
//! nobody can tell.

use std::collections::HashMap;

use super::super::addresses::Numbers;
use super::super::model::{Field, How, Match, Part, Rule, Table, TableFamily, Verdict};

/// What a rule's program asks of the family, by table, chain and handle.
type Families<'a> = HashMap<(&'a str, &'a str, u64), Option<u128>>;

/// Puts back, or doubts, the family of every refusal by reset that could be of either.
pub(super) fn complete(tables: &mut [Table], program: Option<&str>) {
    let families = program.map(read);
    for table in tables.iter_mut().filter(|table| table.family == TableFamily::Inet) {
        for chain in &mut table.chains {
            for rule in chain.rules.iter_mut().filter(|rule| is_open(rule)) {
                let told = rule.handle.and_then(|handle| {
                    families.as_ref()?.get(&(table.name.as_str(), chain.name.as_str(), handle))
                });
                let part = match told {
                    Some(None) => continue,
                    Some(Some(family)) => {
                        Part::Match(Match::numbers(Field::Nfproto, Numbers::one(*family)))
                    }
                    None => Part::Perhaps {
                        what: "whether it is for one family only, which nft's listing leaves out"
                            .to_owned(),
                    },
                };
                rule.parts.insert(0, part);
            }
        }
    }
}

/// Refuses by reset, and nothing in it is of one family.
fn is_open(rule: &Rule) -> bool {
    let refuses = rule.parts.contains(&Part::Verdict(Verdict::Reject(How::Reset)));
    let of_one = |field: &Field| {
        matches!(
            field,
            Field::Nfproto | Field::EtherType | Field::Address(..) | Field::Protocol(Some(_))
        )
    };
    let told = |part: &Part| match part {
        Part::Match(asks) => asks.key.iter().any(|term| of_one(&term.field)),
        _ => false,
    };
    refuses && !rule.parts.iter().any(told)
}

fn read(program: &str) -> Families<'_> {
    let mut families = Families::new();
    let mut at = None;
    // The register that holds the family, and what makes a family of its number there.
    let mut loaded: Option<(&str, bool)> = None;
    for line in program.lines() {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        match words.as_slice() {
            ["inet", table, chain, handle, ..] if !line.starts_with([' ', '\t']) => {
                at = handle.parse().ok().map(|handle| (*table, *chain, handle));
                loaded = None;
                if let Some(at) = at {
                    families.insert(at, None);
                }
            }
            ["[", ..] => {
                if let ["[", "meta", "load", key @ ("nfproto" | "protocol"), "=>", "reg", to, "]"] =
                    words.as_slice()
                {
                    loaded = Some((to, *key == "nfproto"));
                    continue;
                }
                let (["[", "cmp", "eq", "reg", of, number, "]"], Some((held, nfproto)), Some(at)) =
                    (words.as_slice(), loaded, at)
                else {
                    continue;
                };
                let number =
                    number.strip_prefix("0x").and_then(|n| u32::from_str_radix(n, 16).ok());
                let family = match (nfproto, number) {
                    // As it lies in memory: 0x0800, 0x86dd.
                    (true, Some(2)) | (false, Some(0x0008 | 0x0800)) => Some(2),
                    (true, Some(10)) | (false, Some(0xdd86 | 0x86dd)) => Some(10),
                    _ => None,
                };
                if of == &held && family.is_some() {
                    families.insert(at, family);
                }
                loaded = None;
            }
            _ => at = None,
        }
    }
    families
}

#[cfg(test)]
mod tests {
    use super::super::super::snapshot::{Input, Snapshot};
    use super::*;
    use crate::firewall::Firewall;

    const RULES: &str = r#"{"nftables": [{"table": {"family": "inet", "name": "t", "handle": 1}},
        {"chain": {"family": "inet", "table": "t", "name": "c", "handle": 1, "type": "filter",
                   "hook": "input", "prio": 0, "policy": "accept"}},
        {"rule": {"family": "inet", "table": "t", "chain": "c", "handle": 4, "expr": [
            {"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}},
                       "right": 80}}, {"reject": {"type": "tcp reset"}}]}},
        {"rule": {"family": "inet", "table": "t", "chain": "c", "handle": 5, "expr": [
            {"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}},
                       "right": 81}}, {"reject": {"type": "tcp reset"}}]}},
        {"rule": {"family": "inet", "table": "t", "chain": "c", "handle": 6, "expr": [
            {"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}},
                       "right": 82}}, {"reject": {"type": "tcp reset"}}]}}]}"#;

    /// As nft 1.0.6 printed it.
    const PROGRAM: &str = "inet t c 4 3
  [ meta load nfproto => reg 1 ]
  [ cmp eq reg 1 0x00000002 ]
  [ meta load l4proto => reg 1 ]
  [ cmp eq reg 1 0x00000006 ]
  [ payload load 2b @ transport header + 2 => reg 1 ]
  [ cmp eq reg 1 0x00005000 ]
  [ reject type 1 code 0 ]

inet t c 5 4
  [ meta load protocol => reg 1 ]
  [ cmp eq reg 1 0x0000dd86 ]
  [ meta load l4proto => reg 1 ]
  [ cmp eq reg 1 0x00000006 ]
  [ reject type 1 code 0 ]

inet t c 6 5
  [ meta load l4proto => reg 1 ]
  [ cmp eq reg 1 0x00000006 ]
  [ reject type 1 code 0 ]

table inet t {
\tchain c {
";

    fn families(program: Option<&str>) -> Vec<String> {
        let mut snapshot = Snapshot::default().with(Input::NftJson, RULES);
        if let Some(program) = program {
            snapshot = snapshot.with(Input::NftProgram, program);
        }
        let firewall = Firewall::read(&snapshot);
        let rules = &firewall.ruleset.tables[0].chains[0].rules;
        let first = |rule: &Rule| match &rule.parts[0] {
            Part::Perhaps { .. } => "perhaps".to_owned(),
            Part::Match(asks) if asks.key[0].field == Field::Nfproto => format!("{:?}", asks.with),
            _ => "either".to_owned(),
        };
        rules.iter().map(first).collect()
    }

    #[test]
    fn a_refusal_by_reset_is_of_the_family_that_its_program_asks_for() {
        let told = families(Some(PROGRAM));
        assert!(told[0].contains("(2, 2)"), "{told:?}");
        assert!(told[1].contains("(10, 10)"), "{told:?}");
        assert_eq!(told[2], "either");
    }

    #[test]
    fn without_its_program_nobody_can_tell() {
        assert_eq!(families(None), ["perhaps"; 3]);
    }
}
