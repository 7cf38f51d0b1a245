//! What single rules mean.

use super::super::super::addresses::Numbers;
use super::super::super::model::{
    End, FamilyOf, Field, How, Lookup, Match, Nat, NatTo, Op, Part, SetMark, Term, Value, Verdict,
    With,
};
use super::{matched, parts, rule};

const STATE: &str = r#"{"ct": {"key": "state"}}"#;
const FLAGS: &str = r#"{"payload": {"protocol": "tcp", "field": "flags"}}"#;

fn one(field: Field, numbers: Numbers) -> Part {
    Part::Match(Match::numbers(field, numbers))
}

fn not(field: Field, numbers: Numbers) -> Part {
    Part::Match(Match { negated: true, ..Match::numbers(field, numbers) })
}

fn ipv4() -> Part {
    one(Field::Nfproto, Numbers::one(2))
}

fn tcp() -> Part {
    one(Field::Protocol(None), Numbers::one(6))
}

fn any_bit(field: Field, bits: u128) -> Part {
    Part::Match(Match { key: vec![Term::of(field)], negated: false, with: With::AnyBit(bits) })
}

fn masked(field: Field, mask: u128, number: u128) -> Part {
    let key = vec![Term { field, ops: vec![Op::And(mask)] }];
    let with = With::Numbers(Numbers::one(number));
    Part::Match(Match { key, negated: false, with })
}

#[test]
fn states_outside_of_a_set_are_bits_and_inside_are_values() {
    assert_eq!(matched(STATE, "in", r#"["new", "established"]"#), [any_bit(Field::State, 10)]);
    assert_eq!(matched(STATE, "in", r#""new""#), [any_bit(Field::State, 8)]);
    let both = Numbers::from_intervals(vec![(2, 2), (8, 8)]);
    let set = r#"{"set": ["new", "established"]}"#;
    assert_eq!(matched(STATE, "==", set), [one(Field::State, both)]);
    assert_eq!(matched(STATE, "!=", r#""new""#), [not(Field::State, Numbers::one(8))]);
    // No connection has two states: this holds for all of them.
    let two = r#"{"|": ["established", "new"]}"#;
    assert_eq!(matched(STATE, "!=", two), [not(Field::State, Numbers::one(10))]);
    assert_eq!(matched(STATE, "!", r#""new""#), [masked(Field::State, 8, 0)]);
}

#[test]
fn flags_bear_masks_and_take_tcp_for_granted() {
    assert_eq!(matched(FLAGS, "in", r#""syn""#), [tcp(), any_bit(Field::TcpFlags, 2)]);
    let masked_left = format!(r#"{{"&": [{FLAGS}, ["fin", "syn", "rst", "ack"]]}}"#);
    let masked = |mask, number| [tcp(), masked(Field::TcpFlags, mask, number)];
    assert_eq!(matched(&masked_left, "==", r#""syn""#), masked(23, 2));
    assert_eq!(matched(FLAGS, "!", r#"["fin", "syn"]"#), masked(3, 0));
    assert_eq!(matched(FLAGS, "==", "0"), [tcp(), one(Field::TcpFlags, Numbers::one(0))]);
}

#[test]
fn comparisons_become_intervals() {
    let saddr = r#"{"payload": {"protocol": "ip", "field": "saddr"}}"#;
    let source = || Field::Address(FamilyOf::V4, End::Source);
    let top = u128::from(u32::MAX);
    for (op, right, numbers) in [
        ("<", "0.0.0.5", Numbers::of(0, 4)),
        ("<", "0.0.0.0", Numbers::none()),
        ("<=", "0.0.0.5", Numbers::of(0, 5)),
        (">", "0.0.0.5", Numbers::of(6, top)),
        (">", "255.255.255.255", Numbers::none()),
        (">=", "0.0.0.5", Numbers::of(5, top)),
    ] {
        assert_eq!(matched(saddr, op, &format!("\"{right}\"")), [one(source(), numbers)], "{op}");
    }
    let network = r#"{"prefix": {"addr": "192.0.2.0", "len": 24}}"#;
    let numbers = Numbers::of(0xc000_0200, 0xc000_02ff);
    assert_eq!(matched(saddr, "!=", network), [not(source(), numbers)]);
    let all = r#"{"set": ["192.0.2.1", "*"]}"#;
    assert_eq!(matched(saddr, "==", all), [one(source(), Numbers::of(0, top))]);
}

#[test]
fn what_nft_leaves_unsaid_is_said() {
    // `ip ttl` is of IPv4, `icmpv6 type` of ICMPv6 and so of IPv6.
    let ttl = matched(r#"{"payload": {"protocol": "ip", "field": "ttl"}}"#, "<", "5");
    assert_eq!(ttl, [ipv4(), one(Field::HopsLeft, Numbers::of(0, 4))]);
    let kind = r#"{"payload": {"protocol": "icmpv6", "field": "type"}}"#;
    let ipv6 = one(Field::Nfproto, Numbers::one(10));
    let icmp = one(Field::Protocol(None), Numbers::one(58));
    let solicit = one(Field::IcmpType(FamilyOf::V6), Numbers::one(135));
    assert_eq!(matched(kind, "==", r#""nd-neighbor-solicit""#), [ipv6, icmp, solicit]);
    // What cannot be told of UDP surely is not so for TCP.
    let length = matched(r#"{"payload": {"protocol": "udp", "field": "length"}}"#, "==", "9");
    assert_eq!(length[0], one(Field::Protocol(None), Numbers::one(17)));
    assert_eq!(length[1], Part::Perhaps { what: "udp length 9".to_owned() });
    // An element of IPv4 is added by IPv4 only.
    let adds = r#"{"set": {"op": "add", "elem": {"payload": {"protocol": "ip", "field": "saddr"}},
        "set": "@seen"}}, {"drop": null}"#;
    let seen = Part::Adds { set: "seen".to_owned(), ipset: false };
    assert_eq!(parts(adds), [ipv4(), seen.clone(), Part::Verdict(Verdict::Drop)]);
    assert_eq!(rule("ip", adds).parts, [seen, Part::Verdict(Verdict::Drop)]);
}

#[test]
fn a_refusal_is_for_the_packets_that_it_can_answer() {
    let reject = |more: &str| parts(&format!(r#"{{"reject": {more}}}"#));
    let with = |how| Part::Verdict(Verdict::Reject(how));
    assert_eq!(reject("null"), [with(How::PortUnreachable)]);
    // A match of the family may have been left out of the listing before this one.
    let reset = reject(r#"{"type": "tcp reset"}"#);
    assert!(matches!(reset[0], Part::Perhaps { .. }), "{reset:?}");
    assert_eq!(reset[1..], [tcp(), with(How::Reset)]);
    assert_eq!(rule("ip", r#"{"reject": {"type": "tcp reset"}}"#).parts, [tcp(), with(How::Reset)]);
    let host = r#"{"type": "icmp", "expr": "host-unreachable"}"#;
    assert_eq!(reject(host), [ipv4(), with(How::Unreachable)]);
    let all = r#"{"type": "icmpx", "expr": "port-unreachable"}"#;
    assert_eq!(reject(all), [with(How::PortUnreachable)]);
    let prohibited = r#"{"type": "icmpx", "expr": "admin-prohibited"}"#;
    assert_eq!(reject(prohibited), [with(How::Unreachable)]);
    let here = rule("ip", &format!(r#"{{"reject": {host}}}"#));
    assert_eq!(here.parts, [with(How::Unreachable)]);
}

#[test]
fn whole_packets_without_options_are_asked_about() {
    let offset = r#"{"&": [{"payload": {"protocol": "ip", "field": "frag-off"}}, 8191]}"#;
    let never = one(Field::Nfproto, Numbers::none());
    assert_eq!(matched(offset, "!=", "0"), [ipv4(), never.clone()]);
    assert_eq!(matched(offset, "==", "0"), [ipv4()]);
    // Whether one may be cut is not known.
    let whole = r#"{"&": [{"payload": {"protocol": "ip", "field": "frag-off"}}, 16384]}"#;
    assert!(matches!(matched(whole, "!=", "0")[..], [_, Part::Perhaps { .. }]));
    let option = r#"{"ip option": {"name": "lsrr"}}"#;
    assert_eq!(matched(option, "==", "true"), [ipv4(), never.clone()]);
    assert_eq!(matched(option, "==", "false"), [ipv4()]);
    let six = one(Field::Nfproto, Numbers::one(10));
    let missing = matched(r#"{"exthdr": {"name": "frag"}}"#, "==", "false");
    assert_eq!(missing[..], *std::slice::from_ref(&six));
    let within = r#"{"exthdr": {"name": "rt", "field": "type"}}"#;
    assert_eq!(matched(within, "==", "0"), [six, never]);
}

#[test]
fn a_place_in_the_packet_is_a_field_where_the_family_is_sure() {
    let place = |more: &str| {
        format!(
            r#"{{"match": {{"op": "==", "left": {{"payload": {{"base": "nh", {more}}}}}, "right": 2}}}}"#
        )
    };
    let second = place(r#""offset": 104, "len": 16"#);
    let field = Field::Address(FamilyOf::V4, End::Source);
    let key = vec![Term { field, ops: vec![Op::Right(8), Op::And(0xffff)] }];
    let with = With::Numbers(Numbers::one(2));
    let asked = Part::Match(Match { key, negated: false, with });
    assert_eq!(rule("ip", &second).parts[..], *std::slice::from_ref(&asked));
    assert!(matches!(parts(&second)[..], [Part::Perhaps { .. }]));
    let nfproto =
        r#"{"match": {"op": "==", "left": {"meta": {"key": "nfproto"}}, "right": "ipv4"}}"#;
    assert_eq!(parts(&format!("{nfproto}, {second}")), [ipv4(), asked]);
    let protocol = rule("ip", &place(r#""offset": 72, "len": 8"#)).parts;
    assert_eq!(protocol, [one(Field::Protocol(Some(FamilyOf::V4)), Numbers::one(2))]);
    let two_fields = place(r#""offset": 120, "len": 16"#);
    assert!(matches!(rule("ip", &two_fields).parts[..], [Part::Perhaps { .. }]));
}

#[test]
fn routes_back_and_kinds_of_addresses_are_asked_for() {
    let back = r#"{"fib": {"result": "oif", "flags": ["saddr", "iif"]}}"#;
    let field = || Field::WayBack { by_interface: true, mark: false };
    assert_eq!(matched(back, "==", "false"), [one(field(), Numbers::one(0))]);
    assert_eq!(matched(back, "!=", r#""0""#), [not(field(), Numbers::one(0))]);
    assert!(matches!(matched(back, "==", r#""lo""#)[..], [Part::Perhaps { .. }]));
    let marked = r#"{"fib": {"result": "oif", "flags": ["saddr", "mark"]}}"#;
    let field = Field::WayBack { by_interface: false, mark: true };
    assert_eq!(matched(marked, "==", "true"), [one(field, Numbers::one(1))]);
    let local = r#"{"fib": {"result": "type", "flags": ["daddr", "iif"]}}"#;
    let field = Field::AddressType { end: End::Destination, by_interface: true };
    assert_eq!(matched(local, "==", r#""local""#), [one(field, Numbers::one(2))]);
    // Where a packet goes to is not where it came from.
    let forth = r#"{"fib": {"result": "oif", "flags": ["daddr"]}}"#;
    assert!(matches!(matched(forth, "==", "true")[..], [Part::Perhaps { .. }]));
}

#[test]
fn interfaces_are_known_by_name_and_not_by_number() {
    let iif = r#"{"meta": {"key": "iif"}}"#;
    let name = |name: &str| {
        let with = With::Names(vec![name.to_owned()]);
        [Part::Match(Match { key: vec![Term::of(Field::InName)], negated: false, with })]
    };
    assert_eq!(matched(iif, "==", r#""lo""#), name("lo"));
    assert_eq!(matched(r#"{"meta": {"key": "iifname"}}"#, "==", r#""br-*""#), name("br-*"));
    assert!(matches!(matched(iif, "==", r#""99""#)[..], [Part::Perhaps { .. }]));
    assert!(matches!(matched(iif, "==", "99")[..], [Part::Perhaps { .. }]));
}

#[test]
fn marks_are_worked_out() {
    let set = |of: &str, value: &str| {
        parts(&format!(
            r#"{{"mangle": {{"key": {{"{of}": {{"key": "mark"}}}}, "value": {value}}}}}"#
        ))
    };
    let mark = |of_connection, to| [Part::Mark(SetMark { of_connection, to })];
    assert_eq!(set("ct", "5"), mark(true, Value::Number(5)));
    let both = r#"{"|": [{"&": [{"meta": {"key": "mark"}}, 4294967040]}, 5]}"#;
    let ops = vec![Op::And(0xffff_ff00), Op::Or(5)];
    assert_eq!(set("meta", both), mark(false, Value::Of(Term { field: Field::Mark, ops })));
    // What is pushed beyond 32 bits is gone.
    let ops = vec![Op::Left(8), Op::And(0xffff_ffff)];
    let left = r#"{"<<": [{"ct": {"key": "mark"}}, 8]}"#;
    let value = Value::Of(Term { field: Field::ConnectionMark, ops });
    assert_eq!(set("meta", left), mark(false, value));
    let map =
        r#"{"map": {"key": {"payload": {"protocol": "ip", "field": "saddr"}}, "data": "@m"}}"#;
    let key = vec![Term::of(Field::Address(FamilyOf::V4, End::Source))];
    let value = Value::Map { key, map: Lookup::Named("m".to_owned()) };
    assert_eq!(set("meta", map), mark(false, value));
    let any = set("meta", r#"{"numgen": {"mode": "inc", "mod": 2, "offset": 0}}"#);
    assert!(matches!(any[..], [Part::Mark(SetMark { to: Value::Unknown(_), .. })]));
}

#[test]
fn translations_lead_to_addresses_ports_and_places() {
    let port = |number| Some(NatTo::OneOf(Numbers::one(number)));
    let to = r#"{"dnat": {"family": "ip", "addr": "192.0.2.1", "port": 8080}}"#;
    let address = Some(NatTo::OneOf(Numbers::one(0xc000_0201)));
    let there = Nat::Destination { address, port: port(8080) };
    assert_eq!(parts(to), [ipv4(), Part::Nat(there.clone())]);
    assert_eq!(rule("ip", to).parts, [Part::Nat(there)]);
    let here = r#"{"redirect": {"port": 8443}}"#;
    assert_eq!(parts(here), [Part::Nat(Nat::Redirect { port: port(8443) })]);
    assert_eq!(parts(r#"{"masquerade": null}"#), [Part::Nat(Nat::Source)]);
    let map = r#"{"dnat": {"family": "ip", "addr": {"map": {
        "key": {"payload": {"protocol": "tcp", "field": "dport"}},
        "data": {"set": [[80, {"concat": ["192.0.2.1", 8080]}]]}}}}}"#;
    assert!(matches!(&parts(map)[..], [_, Part::Nat(Nat::Map { map: Lookup::Here(_), .. })]));
    let networks = r#"{"dnat": {"family": "ip", "addr": {"map": {
        "key": {"payload": {"protocol": "ip", "field": "daddr"}}, "data": {"set": [[
        {"prefix": {"addr": "192.0.2.0", "len": 24}}, {"prefix": {"addr": "198.51.100.0", "len": 24}}
        ]]}}}, "flags": "netmap", "type_flags": "prefix"}}"#;
    assert!(matches!(parts(networks)[..], [Part::Unknown { .. }]));
}

#[test]
fn limits_hold_above_or_below() {
    let limit = |over| [Part::Limit { over }];
    assert_eq!(parts(r#"{"limit": {"rate": 5, "burst": 5, "per": "second"}}"#), limit(false));
    let over = r#"{"limit": {"rate": 5, "burst": 5, "per": "second", "inv": true}}"#;
    assert_eq!(parts(over), limit(true));
    assert_eq!(parts(r#"{"ct count": {"val": 10, "inv": true}}"#), limit(true));
    assert_eq!(parts(r#"{"quota": {"val": 10, "val_unit": "mbytes"}}"#), limit(false));
    // A meter drops what is above its limit, not everything.
    let meter = format!(
        r#"{{"set": {{"op": "add", "elem": {{"payload": {{"protocol": "ip", "field": "saddr"}}}},
        "set": "@seen", "stmt": [{over}]}}}}, {{"drop": null}}"#
    );
    let [_, adds, limited, verdict] = &parts(&meter)[..] else { panic!() };
    assert!(matches!(adds, Part::Adds { .. }));
    assert_eq!((limited, verdict), (&Part::Limit { over: true }, &Part::Verdict(Verdict::Drop)));
}

#[test]
fn queues_are_told_with_their_way_out() {
    let queue = |more: &str| parts(&format!(r#"{{"queue": {more}}}"#));
    let to = |numbers, bypass| [Part::Verdict(Verdict::Queue { numbers, bypass })];
    assert_eq!(queue("null"), to(Numbers::one(0), false));
    assert_eq!(queue(r#"{"num": 3, "flags": "bypass"}"#), to(Numbers::one(3), true));
    let three = r#"{"num": {"range": [3, 5]}, "flags": ["fanout"]}"#;
    assert_eq!(queue(three), to(Numbers::of(3, 5), false));
}
