//! What the kernel does with rules, in rulesets written by hand; the lab holds the same against a real one.

use std::net::IpAddr;

use super::super::Firewall;
use super::super::addresses::{Numbers, interval};
use super::super::model::{
    Backend, Base, BaseKind, Chain, Data, Element, Elements, End, FamilyOf, Field, Hook, How, Item,
    Lookup, Match, Nat, NatTo, Part, Policy, Rule, Ruleset, Set, SetMark, Table, TableFamily, Term,
    Tri, Value, Verdict, With,
};
use super::super::ruling::{Asked, Decider, Outcome, Ruling, Step};
use super::super::snapshot::{Input, Snapshot};
use super::super::surroundings::{Interface, Listener, Surroundings};

const RANGE: &str = "172.64.0.0/13";

fn drop() -> Part {
    Part::Verdict(Verdict::Drop)
}

fn accept() -> Part {
    Part::Verdict(Verdict::Accept)
}

fn from(prefix: &str) -> Part {
    Part::Match(Match::numbers(
        Field::Address(FamilyOf::V4, End::Source),
        [interval(&prefix.parse().unwrap())].into_iter().collect(),
    ))
}

fn to_port(port: u128) -> Part {
    Part::Match(Match::numbers(Field::Port(Some(6), End::Destination), Numbers::one(port)))
}

fn state(bits: u128) -> Part {
    let key = vec![Term::of(Field::State)];
    Part::Match(Match { key, negated: false, with: With::AnyBit(bits) })
}

fn marked(mark: u128) -> Part {
    Part::Match(Match::numbers(Field::Mark, Numbers::one(mark)))
}

fn mark(mark: u128) -> Part {
    Part::Mark(SetMark { of_connection: false, to: Value::Number(mark) })
}

fn named(set: &str, negated: bool) -> Part {
    let key = vec![Term::of(Field::Address(FamilyOf::V4, End::Source))];
    Part::Match(Match { key, negated, with: With::Set(Lookup::Named(set.to_owned())) })
}

fn not(part: Part) -> Part {
    match part {
        Part::Match(asks) => Part::Match(Match { negated: true, ..asks }),
        part => part,
    }
}

fn jump(chain: &str) -> Part {
    Part::Verdict(Verdict::Jump(chain.to_owned()))
}

fn chain(name: &str, rules: Vec<Vec<Part>>) -> Chain {
    let number = |(at, parts): (usize, Vec<Part>)| Rule {
        handle: Some(at as u64 + 10),
        number: at + 1,
        text: format!("{name} {}", at + 1),
        comment: None,
        parts,
    };
    Chain {
        name: name.to_owned(),
        base: None,
        rules: rules.into_iter().enumerate().map(number).collect(),
    }
}

fn base(hook: Hook, priority: i32, policy: Policy, rules: Vec<Vec<Part>>) -> Chain {
    let kind = if priority.abs() == 100 { BaseKind::Nat } else { BaseKind::Filter };
    let base = Base { kind, hook, priority, policy, devices: vec!["eth0".to_owned()] };
    Chain { base: Some(base), ..chain(&format!("{hook:?}").to_lowercase(), rules) }
}

fn input(policy: Policy, rules: Vec<Vec<Part>>) -> Chain {
    base(Hook::Input, 0, policy, rules)
}

fn table(chains: Vec<Chain>) -> Table {
    Table {
        backend: Backend::Nft,
        family: TableFamily::Inet,
        name: "filter".to_owned(),
        dormant: Tri::No,
        chains,
        sets: [("bad".to_owned(), numbers(&["172.64.0.77/32", "9.9.9.9/32"]))].into(),
    }
}

fn numbers(prefixes: &[&str]) -> Set {
    let all = prefixes.iter().map(|prefix| interval(&prefix.parse().unwrap()));
    Set { complete: true, limited: false, elements: Elements::Numbers(all.collect()) }
}

fn host(tables: Vec<Table>) -> Firewall {
    let eth0 = Interface {
        index: 2,
        name: "eth0".to_owned(),
        up: true,
        kind: String::new(),
        master: None,
        addresses: vec!["203.0.113.10/24".parse().unwrap()],
    };
    let ruleset = Ruleset { tables, ..Ruleset::default() };
    let listeners =
        Some(vec![Listener { address: "0.0.0.0".parse().unwrap(), port: 443, interface: None }]);
    let surroundings =
        Surroundings { interfaces: vec![eth0], listeners, ..Surroundings::default() };
    Firewall { ruleset, surroundings }
}

fn asked(range: &str) -> Asked {
    Asked {
        ranges: vec![range.parse().unwrap()],
        ports: vec![443],
        to: Some("203.0.113.10".parse().unwrap()),
        interface: Some("eth0".to_owned()),
    }
}

fn ruled(tables: Vec<Table>) -> Ruling {
    host(tables).rule(&asked(RANGE)).rulings.remove(0)
}

/// The fate of the whole range, in a word or two, with the rule that decides.
fn fate(tables: Vec<Table>) -> String {
    let ruling = ruled(tables);
    let all: Vec<String> = ruling
        .pieces
        .iter()
        .map(|piece| {
            let by: Vec<String> = piece.by.iter().map(name).collect();
            let how = match piece.outcome {
                Outcome::Dropped(Step::First) => "dropped".to_owned(),
                Outcome::Dropped(step) => format!("dropped ({step:?})"),
                Outcome::Rejected(how) => format!("rejected ({how:?})"),
                outcome => outcome.word().to_owned(),
            };
            format!("{how} by {}", by.join(", "))
        })
        .collect();
    let mut distinct = all.clone();
    distinct.dedup();
    if distinct.len() == 1 { distinct.remove(0) } else { format!("{} pieces", all.len()) }
}

fn name(decider: &Decider) -> String {
    match decider {
        Decider::Rule(rule) | Decider::Queue(rule) => rule.text.clone(),
        Decider::Policy(chain) => format!("policy of {}", chain.chain),
        other => format!("{other:?}"),
    }
}

#[test]
fn with_no_rules_everything_is_accepted() {
    assert_eq!(fate(vec![]), "accepted by ");
}

#[test]
fn the_first_rule_that_holds_decides_and_then_the_policy() {
    let rules =
        vec![vec![to_port(80), drop()], vec![from("172.64.0.0/16"), to_port(443), accept()]];
    let ruling = ruled(vec![table(vec![input(Policy::Drop, rules)])]);
    let told: Vec<_> =
        ruling.pieces.iter().map(|p| (p.prefix.to_string(), p.outcome, name(&p.by[0]))).collect();
    let dropped = Outcome::Dropped(Step::First);
    let policy = "policy of input".to_owned();
    // The answer never comes so far; of the accepted part, data after it is accepted too.
    assert_eq!(told[0], ("172.64.0.0/16".to_owned(), Outcome::Accepted, "input 2".to_owned()));
    assert_eq!(told[1], ("172.65.0.0/16".to_owned(), dropped, policy.clone()));
    assert_eq!(told[2], ("172.66.0.0/15".to_owned(), dropped, policy.clone()));
    assert_eq!(told[3], ("172.68.0.0/14".to_owned(), dropped, policy));
    assert_eq!(told.len(), 4);
    assert!((ruling.share_accepted() - 0.125).abs() < 1e-9);
}

#[test]
fn one_address_in_a_set_is_a_piece_of_its_own() {
    let rules = vec![vec![named("bad", false), drop()]];
    let ruling = ruled(vec![table(vec![input(Policy::Accept, rules)])]);
    let out: Vec<_> =
        ruling.pieces.iter().filter(|piece| piece.outcome != Outcome::Accepted).collect();
    assert_eq!(out.len(), 1);
    assert_eq!(out[0].prefix.to_string(), "172.64.0.77/32");
    let Decider::Rule(rule) = &out[0].by[0] else { panic!("{:?}", out[0].by) };
    assert_eq!((rule.handle, rule.set.as_deref()), (Some(10), Some("bad")));
}

#[test]
fn an_accept_is_final_for_its_own_base_chain_only() {
    let early = base(Hook::Input, -10, Policy::Accept, vec![vec![accept()]]);
    let late = input(Policy::Accept, vec![vec![from(RANGE), drop()]]);
    assert_eq!(fate(vec![table(vec![early, late])]), "dropped by input 1");
}

#[test]
fn a_return_from_a_goto_ends_in_the_policy() {
    let led = |verdict| {
        let rules = vec![vec![Part::Verdict(verdict)], vec![accept()]];
        fate(vec![table(vec![input(Policy::Drop, rules), chain("other", vec![])])])
    };
    assert_eq!(led(Verdict::Goto("other".to_owned())), "dropped by policy of input");
    assert_eq!(led(Verdict::Jump("other".to_owned())), "accepted by input 2");
}

#[test]
fn a_mark_of_an_earlier_rule_is_seen_by_a_later_one() {
    let rules = vec![
        vec![from("172.64.0.0/14"), mark(7)],
        vec![marked(7), drop()],
        vec![marked(0), accept()],
    ];
    let ruling = ruled(vec![table(vec![input(Policy::Drop, rules)])]);
    let told: Vec<_> = ruling.pieces.iter().map(|p| (p.prefix.to_string(), p.outcome)).collect();
    let expected = [
        ("172.64.0.0/14".to_owned(), Outcome::Dropped(Step::First)),
        ("172.68.0.0/14".to_owned(), Outcome::Accepted),
    ];
    assert_eq!(told, expected);
}

#[test]
fn only_new_accepted_means_that_what_comes_after_is_lost() {
    let only_new = vec![vec![state(8), accept()]];
    let tables = vec![table(vec![input(Policy::Drop, only_new)])];
    assert_eq!(fate(tables), "dropped (Later) by policy of input");
    let both = vec![vec![state(8), accept()], vec![state(2 | 4), accept()]];
    assert_eq!(fate(vec![table(vec![input(Policy::Drop, both)])]), "accepted by input 1");
}

#[test]
fn an_answer_that_is_dropped_on_its_way_out_is_told_as_such() {
    let output = base(Hook::Output, 0, Policy::Drop, vec![vec![to_port(53), accept()]]);
    let tables = vec![table(vec![output])];
    assert_eq!(fate(tables), "dropped (Reply) by policy of output");
}

#[test]
fn a_refusal_that_is_kept_in_is_silence() {
    let refuse = || input(Policy::Accept, vec![vec![Part::Verdict(Verdict::Reject(How::Reset))]]);
    assert_eq!(fate(vec![table(vec![refuse()])]), "rejected (Reset) by input 1");
    let output = base(Hook::Output, 0, Policy::Drop, vec![]);
    assert_eq!(fate(vec![table(vec![refuse(), output])]), "dropped (Refusal) by policy of output");
}

#[test]
fn before_the_lookup_a_connection_is_invalid_and_untracked_ones_are_so_later_too() {
    let raw = |rules| base(Hook::Prerouting, -300, Policy::Accept, rules);
    assert_eq!(
        fate(vec![table(vec![raw(vec![vec![state(1), drop()]])])]),
        "dropped by prerouting 1"
    );
    let untracked = raw(vec![vec![Part::NoTrack]]);
    let states = input(Policy::Drop, vec![vec![state(64), accept()]]);
    // Its answer is a question of its own to the kernel.
    let output = base(Hook::Output, 0, Policy::Accept, vec![vec![state(1), drop()]]);
    let tables = vec![table(vec![untracked, states, output])];
    assert_eq!(fate(tables), "dropped (Reply) by output 1");
}

#[test]
fn what_cannot_be_told_is_unknown_only_where_it_matters() {
    let perhaps = || Part::Perhaps { what: "geoip".to_owned() };
    let rules = |end| vec![vec![from("172.64.0.0/14"), perhaps(), drop()], vec![end]];
    let ruling = ruled(vec![table(vec![input(Policy::Drop, rules(accept()))])]);
    let told: Vec<_> = ruling.pieces.iter().map(|p| (p.outcome, name(&p.by[0]))).collect();
    let expected =
        [(Outcome::Unknown, "input 1".to_owned()), (Outcome::Accepted, "input 2".to_owned())];
    assert_eq!(told, expected);
    // Dropped whichever way it goes.
    let tables = vec![table(vec![input(Policy::Accept, rules(drop()))])];
    let ruling = ruled(tables);
    assert!(ruling.pieces.iter().all(|p| p.outcome == Outcome::Dropped(Step::First)));
}

#[test]
fn a_limit_is_told_as_one() {
    let over = vec![vec![Part::Limit { over: true }, drop()], vec![accept()]];
    assert_eq!(fate(vec![table(vec![input(Policy::Drop, over)])]), "limited by input 1");
    let below = vec![vec![Part::Limit { over: false }, accept()]];
    assert_eq!(fate(vec![table(vec![input(Policy::Drop, below)])]), "limited by input 1");
}

#[test]
fn a_translation_leads_to_another_port_and_input_sees_that_one() {
    let to = |port| {
        let to = Nat::Redirect { port: Some(NatTo::OneOf(Numbers::one(port))) };
        base(Hook::Prerouting, -100, Policy::Accept, vec![vec![to_port(443), Part::Nat(to)]])
    };
    let closed = || input(Policy::Accept, vec![vec![to_port(8443), drop()]]);
    assert_eq!(fate(vec![table(vec![to(8443), closed()])]), "dropped by input 1");
    // Nobody listens there.
    let told = fate(vec![table(vec![to(9999)])]);
    assert!(told.starts_with("rejected (Reset) by Nobody"), "{told}");
    assert!(told.contains("prerouting 1"), "{told}");
}

#[test]
fn who_listens_in_a_container_that_a_port_is_published_for_is_told_as_assumed() {
    let led = |rule: &str| {
        let table = format!(
            "*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -m tcp --dport 443 {rule}\nCOMMIT\n"
        );
        let routes = r#"[{"dst":"default","gateway":"203.0.113.1","dev":"eth0","flags":[]},
            {"dst":"172.17.0.0/16","dev":"docker0","protocol":"kernel","scope":"link","flags":[]}]"#;
        let rules = r#"[{"priority":0,"src":"all","table":"local"},{"priority":32766,"src":"all","table":"main"}]"#;
        let snapshot = Snapshot::default()
            .with(Input::IptablesLegacy, &table)
            .with(Input::Sysctl, "net.ipv4.ip_forward = 1\nnet.ipv4.conf.all.rp_filter = 0\n")
            .with(Input::Routes4, routes)
            .with(Input::Rules4, rules);
        let mut firewall = Firewall::read(&snapshot);
        let interfaces = host(Vec::new()).surroundings.interfaces;
        firewall.surroundings.interfaces = interfaces;
        firewall
    };
    let told = |rulings: &super::super::ruling::Rulings| {
        rulings.assumed.iter().any(|told| told.starts_with("somebody listens on 172.17.0.2:8443"))
    };
    let mut firewall = led("-j DNAT --to-destination 172.17.0.2:8443");
    firewall.surroundings.listeners = Some(Vec::new());
    let rulings = firewall.rule(&asked(RANGE));
    assert!(told(&rulings), "{rulings:?}");
    assert_eq!(rulings.somebody_listens(443), None, "not on this host, and that is no matter");
    // On this host it is looked for.
    let mut firewall = led("-j REDIRECT --to-ports 8443");
    let listener = Listener { address: "0.0.0.0".parse().unwrap(), port: 8443, interface: None };
    firewall.surroundings.listeners = Some(vec![listener]);
    let rulings = firewall.rule(&asked(RANGE));
    assert_eq!(rulings.rulings[0].pieces[0].outcome, Outcome::Accepted, "{rulings:?}");
    assert!(!told(&rulings), "{rulings:?}");
    assert_eq!(rulings.somebody_listens(443), None, "nobody is refused on 443");
}

#[test]
fn a_switched_off_table_does_nothing_and_a_doubtful_one_may() {
    let tables = |dormant| {
        let closed = input(Policy::Drop, vec![]);
        vec![Table { dormant, ..table(vec![closed]) }]
    };
    assert_eq!(fate(tables(Tri::Yes)), "accepted by ");
    assert_eq!(fate(tables(Tri::Unknown)), "unknown by policy of input");
}

#[test]
fn a_verdict_map_decides_by_its_element() {
    let element = |prefix: &str, verdict| Element {
        key: vec![Item::Numbers([interval(&prefix.parse().unwrap())].into_iter().collect())],
        except: false,
        data: Some(Data::Verdict(verdict)),
    };
    let set = Set {
        complete: true,
        limited: false,
        elements: Elements::Many(vec![
            element("172.64.0.0/14", Verdict::Drop),
            element("172.68.0.0/15", Verdict::Jump("other".to_owned())),
        ]),
    };
    let key = vec![Term::of(Field::Address(FamilyOf::V4, End::Source))];
    let map = Part::VerdictMap { key, map: Lookup::Here(Box::new(set)) };
    let chains = vec![input(Policy::Accept, vec![vec![map]]), chain("other", vec![vec![drop()]])];
    let ruling = ruled(vec![table(chains)]);
    let told: Vec<_> = ruling.pieces.iter().map(|p| (p.outcome.word(), name(&p.by[0]))).collect();
    let expected =
        [("dropped", "input 1"), ("dropped", "other 1"), ("accepted", "policy of input")];
    assert_eq!(told, expected.map(|(word, by)| (word, by.to_owned())));
}

#[test]
fn a_lockdown_by_negation_is_healthy() {
    let mut closed = table(vec![input(Policy::Accept, vec![vec![named("cf", true), drop()]])]);
    closed.sets.insert("cf".to_owned(), numbers(&[RANGE]));
    assert_eq!(fate(vec![closed.clone()]), "accepted by policy of input");
    closed.sets.insert("cf".to_owned(), numbers(&["172.64.0.0/14"]));
    assert_eq!(fate(vec![closed]), "2 pieces");
}

#[test]
fn a_question_to_the_other_family_holds_neither_way() {
    let six = |part| not(part);
    let other =
        Part::Match(Match::numbers(Field::Address(FamilyOf::V6, End::Source), Numbers::one(1)));
    let rules = vec![vec![six(other), drop()]];
    assert_eq!(
        fate(vec![table(vec![input(Policy::Accept, rules)])]),
        "accepted by policy of input"
    );
}

#[test]
fn a_host_that_does_not_answer_its_neighbours_is_closed_in_ipv6() {
    let ports = vec![vec![to_port(443), accept()]];
    let mut host = host(vec![table(vec![input(Policy::Drop, ports)])]);
    host.surroundings.interfaces[0].addresses.push("2001:db8:10::10/64".parse().unwrap());
    let asked = Asked {
        ranges: vec!["2606:4700::/32".parse().unwrap()],
        to: Some("2001:db8:10::10".parse().unwrap()),
        ..asked(RANGE)
    };
    let ruling = host.rule(&asked).rulings.remove(0);
    assert_eq!(ruling.outcome(), Some(Outcome::Dropped(Step::First)));
    let by = &ruling.pieces[0].by[0];
    assert!(
        matches!(by, Decider::Neighbours(inner) if matches!(**inner, Decider::Policy(_))),
        "{by:?}"
    );
}

#[test]
fn rules_that_were_not_told_leave_everything_unknown() {
    let mut host = host(vec![]);
    host.ruleset.troubles.push(super::super::model::Trouble {
        input: "nft.json".to_owned(),
        why: "only root may list the rules".to_owned(),
        rules_missing: true,
    });
    let ruling = host.rule(&asked(RANGE)).rulings.remove(0);
    assert_eq!(ruling.outcome(), Some(Outcome::Unknown));
}

#[test]
fn a_walk_tells_each_rule_that_holds() {
    let rules = vec![vec![to_port(80), drop()], vec![jump("other")], vec![drop()]];
    let chains =
        vec![input(Policy::Accept, rules), chain("other", vec![vec![from(RANGE), accept()]])];
    let host = host(vec![table(chains)]);
    let from: IpAddr = "172.64.0.1".parse().unwrap();
    let walk = host.walk(from, 443, &asked(RANGE));
    let told: Vec<_> =
        walk.steps.iter().map(|step| format!("{:?} {}", step.packet, name(&step.at))).collect();
    assert_eq!(
        told,
        ["First input 2", "First other 1", "Later input 2", "Later other 1"],
        "{walk:?}"
    );
    assert_eq!(walk.outcome, Outcome::Accepted);
}

#[test]
fn a_masked_value_with_bits_beyond_its_mask_is_nobodys() {
    // As nft 1.0.6 lists `ip saddr & 255.248.0.0 == 172.64.0.5 drop`.
    let rules = r#"{"nftables": [{"table": {"family": "ip", "name": "t", "handle": 1}},
        {"chain": {"family": "ip", "table": "t", "name": "c", "handle": 1, "type": "filter",
                   "hook": "input", "prio": 0, "policy": "accept"}},
        {"rule": {"family": "ip", "table": "t", "chain": "c", "handle": 3, "expr": [
            {"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "saddr"}},
                       "right": {"prefix": {"addr": "172.64.0.5", "len": 13}}}},
            {"drop": null}]}}]}"#;
    let snapshot = super::super::Snapshot::default().with(super::super::Input::NftJson, rules);
    let ruling = Firewall::read(&snapshot).rule(&asked(RANGE)).rulings.remove(0);
    assert_eq!(ruling.outcome(), Some(Outcome::Accepted));
}

#[test]
fn what_is_answered_later_must_get_out_too() {
    let flags = |flags: u128| {
        let key =
            vec![Term { field: Field::TcpFlags, ops: vec![super::super::model::Op::And(18)] }];
        let with = With::Numbers(Numbers::one(flags));
        Part::Match(Match { key, negated: false, with })
    };
    let only_the_first = base(Hook::Output, 0, Policy::Drop, vec![vec![flags(18), accept()]]);
    let told = fate(vec![table(vec![only_the_first])]);
    assert_eq!(told, "dropped (Reply) by policy of output");
    let both = vec![vec![flags(18), accept()], vec![flags(16), accept()]];
    let both = base(Hook::Output, 0, Policy::Drop, both);
    assert_eq!(fate(vec![table(vec![both])]), "accepted by ");
}
