//! What only the kernel's own form of a rule tells: of which family it is, where nft leaves that out.
//!
//! nft 1.0.6 takes a match of the family (`meta nfproto ipv4`, `meta protocol ip`) for one that it made
//! itself and leaves it out of both listings in two cases. One is a rule of an `inet` table that ends in
//! `reject with tcp reset` and has nothing else of one family: with the rule's program
//! (`--debug=netlink`) it is put back; without it, nobody can tell. The other is `meta protocol ip` before
//! an address in an `ip6` table, and the like, which holds for no packet. It is put back where the program
//! was told; where not, no such rule is supposed, for then every rule of those tables would be in doubt.

use std::collections::HashMap;

use super::super::addresses::Numbers;
use super::super::model::{Field, How, Match, Part, Rule, Table, TableFamily, Verdict};

/// What a rule's program asks of the family, by the table's family, table, chain and handle.
type Families<'a> = HashMap<(&'a str, &'a str, &'a str, u64), Option<u128>>;

/// Puts back the family that a rule's program asks for and its listing does not; doubts it where a refusal
/// by reset could be of either.
pub(super) fn complete(tables: &mut [Table], program: Option<&str>) {
    let families = program.map(read);
    for table in tables {
        let inet = table.family == TableFamily::Inet;
        if !inet && !matches!(table.family, TableFamily::Ip | TableFamily::Ip6) {
            continue;
        }
        let word = table.family.word();
        for chain in &mut table.chains {
            let open = |rule: &&mut Rule| if inet { is_open(rule) } else { !tells_family(rule) };
            for rule in chain.rules.iter_mut().filter(open) {
                let told = rule.handle.and_then(|handle| {
                    let place = (word, table.name.as_str(), chain.name.as_str(), handle);
                    families.as_ref()?.get(&place)
                });
                let part = match told {
                    Some(None) => continue,
                    None if !inet => continue,
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

/// Says by itself for which family it is.
fn tells_family(rule: &Rule) -> bool {
    let of_family = |field: &Field| matches!(field, Field::Nfproto | Field::EtherType);
    rule.parts.iter().any(|part| match part {
        Part::Match(asks) => asks.key.iter().any(|term| of_family(&term.field)),
        _ => false,
    })
}

fn read(program: &str) -> Families<'_> {
    let mut families = Families::new();
    let mut at = None;
    // The register that holds the family, and what makes a family of its number there.
    let mut loaded: Option<(&str, bool)> = None;
    for line in program.lines() {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        match words.as_slice() {
            [family @ ("inet" | "ip" | "ip6"), table, chain, handle, ..]
                if !line.starts_with([' ', '\t']) =>
            {
                at = handle.parse().ok().map(|handle| (*family, *table, *chain, handle));
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
                    (words.as_slice(), loaded.take(), at)
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
    fn a_rule_for_ipv4_in_a_table_of_ipv6_holds_for_nothing() {
        let rules = RULES.replace("inet", "ip6").replace("tcp reset", "icmpv6");
        // As nft 1.0.6 printed it.
        let program = "ip6 t c 4 3
  [ meta load protocol => reg 1 ]
  [ cmp eq reg 1 0x00000008 ]
  [ payload load 16b @ network header + 8 => reg 1 ]
  [ cmp neq reg 1 0x00000000 0x00000000 0x00000000 0x01000000 ]
  [ immediate reg 0 drop ]

ip6 t c 5 4
  [ meta load protocol => reg 1 ]
  [ lookup reg 1 set __set0 ]
  [ payload load 2b @ transport header + 2 => reg 1 ]
  [ cmp eq reg 1 0x00000008 ]
";
        let snapshot = Snapshot::default().with(Input::NftJson, &rules);
        let first = |snapshot: &Snapshot| {
            let firewall = Firewall::read(snapshot);
            let rules = &firewall.ruleset.tables[0].chains[0].rules;
            rules.iter().map(|rule| rule.parts.len()).collect::<Vec<_>>()
        };
        assert_eq!(first(&snapshot), [2, 2, 2]);
        assert_eq!(first(&snapshot.with(Input::NftProgram, program)), [3, 2, 2]);
    }

    #[test]
    fn without_its_program_nobody_can_tell() {
        assert_eq!(families(None), ["perhaps"; 3]);
    }
}
