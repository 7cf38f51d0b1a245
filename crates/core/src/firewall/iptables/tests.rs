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

#[test]
fn a_whole_packet_is_no_fragment() {
    let never = Part::AnyOf { of: vec![], negated: false };
    assert_eq!(parts("-f -j DROP"), [never, Part::Verdict(Verdict::Drop)]);
    assert_eq!(parts("! -f -j DROP"), [Part::Verdict(Verdict::Drop)]);
}

#[test]
fn masks_with_holes_are_kept_as_masks() {
    let [Part::Match(question)] = &parts("! -s 10.0.0.5/255.0.0.255")[..] else { panic!() };
    assert!(question.negated);
    assert_eq!(question.key[0].ops, [Op::And(0xff00_00ff)]);
    assert_eq!(question.with, With::Numbers(Numbers::one(0x0a00_0005)));
}

#[test]
fn options_before_their_match_and_signs_behind_their_option_are_understood() {
    let usual = parts("-p tcp -m tcp ! --dport 22 -m state --state NEW -j ACCEPT");
    for line in [
        "-m state --state NEW -m tcp -p tcp --dport ! 22 -j ACCEPT",
        "-p tcp ! --dport 22 -m state --state NEW -j ACCEPT",
        "--protocol 6 --match tcp ! --destination-port 22 -m conntrack --ctstate NEW --jump ACCEPT",
    ] {
        let mut other = parts(line);
        other.sort_by_key(|part| format!("{part:?}"));
        let mut usual = usual.clone();
        usual.sort_by_key(|part| format!("{part:?}"));
        assert_eq!(other, usual, "{line}");
    }
}

#[test]
fn an_option_that_nobody_knows_makes_only_its_match_undecided() {
    let found = parts("-s 10.0.0.0/8 -m tcp --dport 80 --new-thing 5 -m mark --mark 1 -j DROP");
    assert_eq!(found[0], Part::Match(source([10, 0, 0, 0], [10, 255, 255, 255])));
    assert_eq!(found[1], Part::Perhaps { what: "match tcp".to_owned() });
    let mark = Match::numbers(Field::Mark, Numbers::one(1));
    assert_eq!(found[2..], [Part::Match(mark), Part::Verdict(Verdict::Drop)]);
}

#[test]
fn limits_hold_below_their_rate_or_only_above_it() {
    let limit = |over| [Part::Limit { over }];
    assert_eq!(parts("-m limit --limit 3/min"), limit(false));
    assert_eq!(parts("-m connlimit --connlimit-above 20"), limit(true));
    assert_eq!(parts("-m connlimit ! --connlimit-above 20"), limit(false));
    assert_eq!(parts("-m connlimit --connlimit-above 0"), []);
    assert_eq!(parts("-m recent --set --name a --rsource"), []);
    assert_eq!(parts("-m recent --update --seconds 9 --hitcount 6 --name a"), limit(true));
    assert_eq!(parts("-m hashlimit --hashlimit-above 3/s --hashlimit-name a"), limit(true));
}

#[test]
fn of_a_packet_without_a_connection_only_the_state_is_asked() {
    let found = parts("-m conntrack ! --ctstate NEW --ctdir REPLY -j DROP");
    let state = |bits| Match {
        key: vec![Term::of(Field::State)],
        negated: false,
        with: With::AnyBit(bits),
    };
    let reply = Match::numbers(Field::Direction, Numbers::one(1));
    let of = vec![vec![state(1 | 64)], vec![state(2 | 4), reply]];
    assert_eq!(found[0], Part::AnyOf { of, negated: false });
}

#[test]
fn marks_are_worked_out_as_the_kernel_does() {
    let term = |field, ops| Term { field, ops };
    let to = |line: &str| match &parts(line)[..] {
        [Part::Mark(set)] => (set.of_connection, set.to.clone()),
        other => panic!("{other:?}"),
    };
    assert_eq!(to("-j MARK --set-mark 0x5"), (false, Value::Number(5)));
    let kept = Value::Of(term(Field::Mark, vec![Op::And(0xffff_ff00), Op::Xor(1)]));
    assert_eq!(to("-j MARK --set-xmark 0x1/0xff"), (false, kept));
    let saved = Value::Of(term(Field::Mark, vec![]));
    assert_eq!(to("-j CONNMARK --save-mark"), (true, saved));
    let restored = Value::Both(
        term(Field::Mark, vec![Op::And(0xffff_00ff)]),
        term(Field::ConnectionMark, vec![Op::And(0xff00)]),
    );
    assert_eq!(to("-j CONNMARK --restore-mark --mask 0xff00"), (false, restored));
}

#[test]
fn a_listing_that_is_cut_off_keeps_what_it_had() {
    let whole = include_str!("samples/iptables-legacy-save.txt");
    let cut = &whole[..whole.len() / 2];
    let read = ruleset(Input::IptablesLegacy, cut);
    assert!(!read.tables.is_empty());
    assert!(read.troubles.iter().any(|trouble| trouble.rules_missing));
    let odd =
        "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -j ACCEPT\nrubbish\n-A gone -j DROP\nCOMMIT\n";
    let read = ruleset(Input::IptablesLegacy, odd);
    assert_eq!(read.tables[0].chains[0].rules.len(), 1);
    let told: Vec<&str> = read.troubles.iter().map(|trouble| trouble.why.as_str()).collect();
    assert_eq!(told, ["line 4 is no rule", "line 5 is a rule of a chain that was not told: gone"]);
}

#[test]
fn a_legacy_host_that_tells_its_tables_twice_has_them_once() {
    let legacy = include_str!("samples/iptables-legacy-save.txt");
    let snapshot =
        Snapshot::default().with(Input::Iptables, legacy).with(Input::IptablesLegacy, legacy);
    let mut read = Ruleset::default();
    super::read(&snapshot, &mut read);
    let mut names: Vec<&str> = read.tables.iter().map(|table| table.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["filter", "mangle", "nat", "raw"]);
    assert!(read.tables.iter().all(|table| table.backend == Backend::IptablesLegacy));
}

#[test]
fn a_list_of_sets_is_asked_set_by_set() {
    let sets = "create a hash:net family inet\ncreate b hash:ip,port family inet\n\
                create six hash:net family inet6\n\
                create all list:set size 8\nadd all a\nadd all b\nadd all six\n";
    let text = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -m set ! --match-set all src,dst -j DROP\n\
                -A INPUT -m set --match-set gone src -j DROP\n\
                -A INPUT -m set ! --match-set b src -j DROP\nCOMMIT\n";
    let snapshot = Snapshot::default().with(Input::IptablesLegacy, text).with(Input::Ipset, sets);
    let mut ruleset = Ruleset::default();
    super::read(&snapshot, &mut ruleset);
    let rules = &ruleset.tables[0].chains[0].rules;
    let source = Term::of(Field::Address(FamilyOf::V4, End::Source));
    let lookup = |name: &str, key| {
        let with = With::Set(Lookup::Ipset(name.to_owned()));
        vec![Match { key, negated: false, with }]
    };
    let protocol = Term::of(Field::Protocol(None));
    let port = Term::of(Field::Port(None, End::Destination));
    let of = vec![lookup("a", vec![source.clone()]), lookup("b", vec![source, protocol, port])];
    assert_eq!(rules[0].parts[0], Part::AnyOf { of, negated: true });
    assert_eq!(rules[1].parts[0], Part::Perhaps { what: "match set gone".to_owned() });
    // Too few ends are named: nothing is ever found, so turned round it always holds.
    assert_eq!(rules[2].parts, [Part::Verdict(Verdict::Drop)]);
}

/// A host over nft: `save` is what iptables tells of it.
fn over_nft(save: &str) -> Ruleset {
    let snapshot = Snapshot::default()
        .with(Input::NftJson, include_str!("samples/melted-nft.json"))
        .with(Input::Iptables, save)
        .with(Input::Ipset, "create s4 hash:net family inet\n");
    let mut ruleset = Ruleset::default();
    crate::firewall::nft::read(&snapshot, &mut ruleset);
    read(&snapshot, &mut ruleset);
    assert_eq!(ruleset.troubles, []);
    ruleset
}

/// The rules of a chain of a table.
fn of_chain<'a>(ruleset: &'a Ruleset, table: &str, chain: &str) -> &'a [Rule] {
    let table = ruleset.tables.iter().find(|one| one.name == table).unwrap();
    &table.chains.iter().find(|one| one.name == chain).unwrap().rules
}

fn flags(mask: u128, value: u128, negated: bool) -> Part {
    let key = vec![Term { field: Field::TcpFlags, ops: vec![Op::And(mask)] }];
    Part::Match(Match { key, negated, with: With::Numbers(Numbers::one(value)) })
}

fn of_tcp() -> Part {
    Part::Match(Match::numbers(Field::Protocol(None), Numbers::one(6)))
}

#[test]
fn two_questions_that_iptables_prints_as_one_stay_two() {
    let save = include_str!("samples/melted-save.txt");
    // It was told to ask for FIN,SYN,RST,ACK SYN (not) and for ALL NONE.
    assert!(save.contains("-p tcp -m tcp ! --tcp-flags FIN,SYN,RST,PSH,ACK,URG NONE -j REJECT"));
    let ruleset = over_nft(save);
    let refused = Part::Verdict(Verdict::Reject(How::PortUnreachable));
    let rules = of_chain(&ruleset, "filter", "INPUT");
    assert_eq!(rules[0].parts, [of_tcp(), flags(23, 2, true), flags(63, 0, false), refused]);
    let rules = of_chain(&ruleset, "mangle", "INPUT");
    let ops = vec![Op::And(0xffff_fffd), Op::Xor(2)];
    let to = Value::Of(Term { field: Field::Mark, ops });
    let marks = Part::Mark(SetMark { of_connection: false, to });
    assert_eq!(rules[0].parts, [of_tcp(), flags(63, 0, false), flags(18, 2, false), marks]);
}

#[test]
fn what_iptables_tells_stands_where_nft_shows_a_name() {
    let ruleset = over_nft(include_str!("samples/melted-save.txt"));
    let rules = of_chain(&ruleset, "filter", "INPUT");
    let in_set = |negated| {
        let key = vec![Term::of(Field::Address(FamilyOf::V4, End::Source))];
        Part::Match(Match { key, negated, with: With::Set(Lookup::Ipset("s4".to_owned())) })
    };
    let masked = Term { field: Field::Mark, ops: vec![Op::And(3)] };
    let with = With::Numbers(Numbers::one(1));
    let marked = Part::Match(Match { key: vec![masked], negated: false, with });
    let not_seven = Match { negated: true, ..Match::numbers(Field::Mark, Numbers::one(7)) };
    let kind = |end, negated, number| {
        let field = Field::AddressType { end, by_interface: false };
        Part::Match(Match { negated, ..Match::numbers(field, Numbers::one(number)) })
    };
    let new = With::AnyBit(8);
    let state = Match { key: vec![Term::of(Field::State)], negated: false, with: new };
    let verdict = Part::Verdict;
    assert_eq!(rules[1].parts, [in_set(true), marked.clone(), verdict(Verdict::Return)]);
    let unicast = kind(End::Source, false, 1);
    let reset = verdict(Verdict::Reject(How::Reset));
    assert_eq!(rules[2].parts, [of_tcp(), in_set(true), unicast, reset]);
    let marks = [of_tcp(), marked, in_set(false), Part::Match(not_seven), verdict(Verdict::Drop)];
    assert_eq!(rules[3].parts, marks);
    let limited = Part::Limit { over: false };
    let accepted = verdict(Verdict::Accept);
    assert_eq!(rules[4].parts, [of_tcp(), limited, Part::Match(state), accepted]);
    assert_eq!(rules[4].comment.as_deref(), Some("a b"));
    assert!(rules[4].text.ends_with("-m limit --limit 3/min -m state --state NEW -j ACCEPT"));
    let adds = Part::Adds { set: "s4".to_owned(), ipset: true };
    let local = [kind(End::Destination, false, 2), kind(End::Source, true, 2), adds];
    assert_eq!(rules[6].parts, local);
}

#[test]
fn a_name_that_only_one_listing_has_stays_unknown() {
    let save = include_str!("samples/melted-save.txt");
    let ruleset = over_nft(&save.replace("-m addrtype ! --src-type LOCAL ", ""));
    let rule = &of_chain(&ruleset, "filter", "INPUT")[6];
    let unknown = Part::Unknown { what: "addrtype".to_owned() };
    let adds = Part::Adds { set: "s4".to_owned(), ipset: true };
    assert_eq!(rule.parts, [unknown.clone(), unknown, adds]);
    assert!(!rule.text.starts_with("-A"), "{}", rule.text);
}

mod any_bytes {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_damaged_listing_is_read_as_far_as_it_goes(
            cut in 0usize..9000,
            flips in proptest::collection::vec((0usize..9000, any::<u8>()), 0..20),
        ) {
            let mut bytes = include_bytes!("samples/iptables-legacy-save.txt").to_vec();
            for (at, with) in flips {
                let at = at % bytes.len();
                bytes[at] ^= with;
            }
            bytes.truncate(cut);
            let text = String::from_utf8_lossy(&bytes);
            let read = ruleset(Input::IptablesLegacy, &text);
            for chain in read.tables.iter().flat_map(|table| &table.chains) {
                for (at, rule) in chain.rules.iter().enumerate() {
                    prop_assert_eq!(rule.number, at + 1);
                    prop_assert!(rule.text.starts_with("-A"));
                }
            }
        }

        #[test]
        fn any_words_are_a_rule_or_none(line in "[-a-zA-Z0-9 !\"/:,.\\\\]{0,60}") {
            ruleset(Input::Ip6tablesLegacy, &format!("*filter\n:INPUT ACCEPT\n-A INPUT {line}\nCOMMIT\n"));
        }
    }
}
