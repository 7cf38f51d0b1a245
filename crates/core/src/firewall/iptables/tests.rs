//! What listings are read into.

use super::*;
use crate::firewall::addresses::Numbers;
use crate::firewall::model::*;

fn ruleset(input: Input, text: &str) -> Ruleset {
    let mut ruleset = Ruleset::default();
    read(&Snapshot::default().with(input, text), &mut ruleset);
    ruleset
}

/// The rules of the table filter's INPUT chain, read as the legacy back end's.
fn rules(lines: &str) -> Vec<Rule> {
    let text = format!("*filter\n:INPUT ACCEPT [0:0]\n:other - [0:0]\n{lines}\nCOMMIT\n");
    let read = ruleset(Input::IptablesLegacy, &text);
    assert_eq!(read.troubles, [], "{text}");
    read.tables[0].chains[0].rules.clone()
}

fn parts(line: &str) -> Vec<Part> {
    rules(&format!("-A INPUT {line}")).remove(0).parts
}

fn source(low: [u8; 4], high: [u8; 4]) -> Match {
    let number = |bytes| u128::from(u32::from_be_bytes(bytes));
    let field = Field::Address(FamilyOf::V4, End::Source);
    Match::numbers(field, Numbers::of(number(low), number(high)))
}

#[test]
fn a_rule_asks_in_its_order_and_ends() {
    let rule = rules(
        r#"[7:420] -A INPUT -s 173.245.48.0/20 ! -i lo -p tcp -m comment --comment "say \"hi\"" -m tcp --dport 443 -j DROP"#,
    )
    .remove(0);
    assert_eq!(rule.number, 1);
    assert_eq!(rule.comment.as_deref(), Some(r#"say "hi""#));
    assert_eq!(rule.text, "-A INPUT -s 173.245.48.0/20 ! -i lo -p tcp -m tcp --dport 443 -j DROP");
    let not_lo = Match {
        key: vec![Term::of(Field::InName)],
        negated: true,
        with: With::Names(vec!["lo".to_owned()]),
    };
    assert_eq!(
        rule.parts,
        [
            Part::Match(source([173, 245, 48, 0], [173, 245, 63, 255])),
            Part::Match(not_lo),
            Part::Match(Match::numbers(Field::Protocol(None), Numbers::one(6))),
            Part::Match(Match::numbers(Field::Port(Some(6), End::Destination), Numbers::one(443))),
            Part::Verdict(Verdict::Drop),
        ]
    );
}
