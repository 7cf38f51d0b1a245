//! What only the kernel's own form of a rule tells (`--debug=netlink`), where the listings of nft 1.0.6 do not.
//!
//! *Of which family it is.* nft takes a match of the family (`meta nfproto ipv4`, `meta protocol ip`) for one that it
//! made itself and leaves it out of both listings: in a rule of an `inet` table that ends in `reject with tcp reset`
//! and has nothing else of one family; `meta protocol ip` before an address in an `ip6` table, and the like, which
//! holds for no packet; and the second of two families that contradict each other. It is put back where the program
//! was told. Where not, a refusal by reset is in doubt; that such a rule contradicts itself is not supposed, for then
//! every rule of those tables would be in doubt.
//!
//! *What is compared at once.* `tcp sport != 1 tcp dport != 2` is made one comparison of both ports, which holds where
//! either differs; listed, it reads as if both must. Without the program such a rule is in doubt.

use std::collections::HashMap;

use super::super::addresses::Numbers;
use super::super::model::{
    Element, Elements, End, Field, How, Item, Lookup, Match, Part, Rule, Set, Table, TableFamily,
    Verdict, With,
};

/// What a rule's program tells.
#[derive(Debug, Default)]
struct Told {
    /// The families that it asks for.
    families: Vec<u128>,
    /// It compares both ports at once, for a difference.
    ports: bool,
    /// It compares several fields of the network header at once, for a difference.
    fields: bool,
}

/// What the programs tell, by the table's family, table, chain and handle.
type Programs<'a> = HashMap<(&'a str, &'a str, &'a str, u64), Told>;

/// Completes rules by their programs: families that the listing leaves out, fields that are compared at once. Doubts
/// what could be either.
pub(super) fn complete(tables: &mut [Table], program: Option<&str>) {
    let programs = program.map(read);
    for table in tables {
        let inet = table.family == TableFamily::Inet;
        if !inet && !matches!(table.family, TableFamily::Ip | TableFamily::Ip6) {
            continue;
        }
        let word = table.family.word();
        for chain in &mut table.chains {
            for rule in &mut chain.rules {
                let told = rule.handle.and_then(|handle| {
                    let place = (word, table.name.as_str(), chain.name.as_str(), handle);
                    programs.as_ref()?.get(&place)
                });
                join(rule, told);
                of_family(rule, inet, told);
            }
        }
    }
}

/// Puts back the family that was left out.
fn of_family(rule: &mut Rule, inet: bool, told: Option<&Told>) {
    let open = if inet { is_open(rule) } else { !tells_family(rule) };
    let contradicts = told.is_some_and(|told| told.families.len() > 1);
    if !open && !contradicts {
        return;
    }
    match told {
        Some(told) => {
            for family in &told.families {
                let family = Match::numbers(Field::Nfproto, Numbers::one(*family));
                rule.parts.insert(0, Part::Match(family));
            }
        }
        None if inet => rule.parts.insert(0, doubt("whether it is for one family only")),
        None => {}
    }
}

fn doubt(what: &str) -> Part {
    Part::Perhaps { what: format!("{what}, which nft's listing leaves out") }
}

/// Makes one match of the two that are compared at once.
fn join(rule: &mut Rule, told: Option<&Told>) {
    let pair = rule.parts.windows(2).position(|two| {
        differs(&two[0], |field| matches!(field, Field::Port(_, End::Source))).is_some()
            && differs(&two[1], |field| matches!(field, Field::Port(_, End::Destination))).is_some()
    });
    let at_once = "whether either or both must differ";
    match (pair, told) {
        (Some(_), None) => rule.parts.insert(0, doubt(at_once)),
        (Some(at), Some(told)) if told.ports => {
            let second = rule.parts.remove(at + 1);
            let any = |_: &Field| true;
            let numbers = [&rule.parts[at], &second].map(|part| differs(part, any).cloned());
            let (Part::Match(first), Part::Match(second), [Some(one), Some(other)]) =
                (&mut rule.parts[at], second, numbers)
            else {
                return;
            };
            first.key.extend(second.key);
            let key = vec![Item::Numbers(one), Item::Numbers(other)];
            let elements = Elements::Many(vec![Element { key, except: false, data: None }]);
            let both = Set { complete: true, limited: false, elements };
            first.with = With::Set(Lookup::Here(Box::new(both)));
        }
        _ => {}
    }
    let of_header =
        |field: &Field| matches!(field, Field::HopsLeft | Field::Length | Field::Protocol(Some(_)));
    let fields = rule.parts.iter().filter(|part| differs(part, of_header).is_some()).count();
    if fields > 1 && told.is_none_or(|told| told.fields) {
        rule.parts.insert(0, doubt(at_once));
    }
}

/// The number that a field must not be.
fn differs(part: &Part, wanted: impl Fn(&Field) -> bool) -> Option<&Numbers> {
    let Part::Match(Match { key, negated: true, with: With::Numbers(numbers) }) = part else {
        return None;
    };
    let [term] = &key[..] else { return None };
    let one = matches!(numbers.intervals(), [(low, high)] if low == high);
    (term.ops.is_empty() && one && wanted(&term.field)).then_some(numbers)
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

fn read(program: &str) -> Programs<'_> {
    let mut programs = Programs::new();
    let mut at = None;
    // The register that holds the family, and what makes a family of its number there.
    let mut loaded: Option<(&str, bool)> = None;
    // How many bytes of which header, from which on, were loaded last.
    let mut payload: Option<(&str, &str, &str)> = None;
    for line in program.lines() {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        match words.as_slice() {
            [family @ ("inet" | "ip" | "ip6"), table, chain, handle, ..]
                if !line.starts_with([' ', '\t']) =>
            {
                at = handle.parse().ok().map(|handle| (*family, *table, *chain, handle));
                (loaded, payload) = (None, None);
                if let Some(at) = at {
                    programs.insert(at, Told::default());
                }
            }
            ["[", "meta", "load", key @ ("nfproto" | "protocol"), "=>", "reg", to, "]"] => {
                (loaded, payload) = (Some((*to, *key == "nfproto")), None);
            }
            ["[", "payload", "load", bytes, "@", header, "header", "+", from, "=>", ..] => {
                (loaded, payload) = (None, Some((*bytes, *header, *from)));
            }
            ["[", "cmp", how, "reg", of, numbers @ ..] => {
                let (loaded, payload) = (loaded.take(), payload.take());
                let Some(told) = at.and_then(|at| programs.get_mut(&at)) else { continue };
                match (*how, payload) {
                    ("neq", Some(("4b", "transport", "0"))) => told.ports = true,
                    ("neq", Some((_, "network", _))) => told.fields = true,
                    _ => {}
                }
                if let ("eq", Some((held, nfproto)), [number, "]"]) = (*how, loaded, numbers)
                    && *of == held
                {
                    let family = family(number, nfproto);
                    told.families.extend(family.filter(|one| !told.families.contains(one)));
                }
            }
            ["[", ..] => (loaded, payload) = (None, None),
            _ => at = None,
        }
    }
    programs
}

/// 2 or 10, of how the kernel numbers families or of how they are numbered on the wire.
fn family(number: &str, nfproto: bool) -> Option<u128> {
    let number = u32::from_str_radix(number.strip_prefix("0x")?, 16).ok()?;
    match (nfproto, number) {
        // As it lies in memory: 0x0800, 0x86dd.
        (true, 2) | (false, 0x0008 | 0x0800) => Some(2),
        (true, 10) | (false, 0xdd86 | 0x86dd) => Some(10),
        _ => None,
    }
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
