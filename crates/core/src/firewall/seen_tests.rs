//! What a diagnosis keeps of rulesets as their tools list them.

use crate::evidence::host::firewall::{
    DeciderKind, Ends, Fares, FirewallSeen, Flaw, NotAccepted, Passage,
};
use crate::firewall::{Asked, Firewall, Got, Input, Snapshot};
use crate::ranges::Ranges;

/// A host with one interface that leads everywhere, whose filter is what `iptables-legacy-save` lists.
fn host(v4: &str, v6: &str) -> Snapshot {
    let address = r#"[{"ifindex":1,"ifname":"lo","operstate":"UNKNOWN","addr_info":[
        {"family":"inet","local":"127.0.0.1","prefixlen":8,"scope":"host"},
        {"family":"inet6","local":"::1","prefixlen":128,"scope":"host"}],"flags":["LOOPBACK","UP"]},
        {"ifindex":2,"ifname":"eth0","operstate":"UP","flags":["UP"],"addr_info":[
        {"family":"inet","local":"203.0.113.7","prefixlen":24,"scope":"global"},
        {"family":"inet6","local":"2001:db8::7","prefixlen":64,"scope":"global"}]}]"#;
    let links = r#"[{"ifindex":1,"ifname":"lo","flags":["LOOPBACK","UP"]},
        {"ifindex":2,"ifname":"eth0","flags":["UP"]}]"#;
    let routes4 = r#"[{"dst":"default","gateway":"203.0.113.1","dev":"eth0","flags":[]},
        {"dst":"203.0.113.0/24","dev":"eth0","prefsrc":"203.0.113.7","flags":[]},
        {"type":"local","dst":"203.0.113.7","dev":"eth0","table":"local","flags":[]},
        {"type":"local","dst":"127.0.0.0/8","dev":"lo","table":"local","flags":[]}]"#;
    let routes6 = r#"[{"dst":"default","gateway":"2001:db8::1","dev":"eth0","flags":[]},
        {"dst":"2001:db8::/64","dev":"eth0","flags":[]},
        {"type":"local","dst":"2001:db8::7","dev":"eth0","table":"local","flags":[]}]"#;
    let rules = r#"[{"priority":0,"src":"all","table":"local"},
        {"priority":32766,"src":"all","table":"main"}]"#;
    let mut snapshot = Snapshot::default()
        .with(Input::IptablesLegacy, v4)
        .with(Input::Ip6tablesLegacy, v6)
        .with(Input::Addresses, address)
        .with(Input::Links, links)
        .with(Input::Routes4, routes4)
        .with(Input::Routes6, routes6)
        .with(Input::Rules4, rules)
        .with(Input::Rules6, rules)
        .with(Input::Sysctl, "net.ipv4.conf.all.rp_filter = 0\nnet.ipv4.conf.eth0.rp_filter = 0\n")
        .with(Input::Listeners, "tcp LISTEN 0 511 *:443 *:*\ntcp LISTEN 0 511 *:80 *:*\n");
    for absent in [Input::NftJson, Input::NftText, Input::Iptables, Input::Ip6tables, Input::Ipset]
    {
        snapshot.inputs.insert(absent, Got::Absent);
    }
    snapshot
}

/// A filter table with these rules at INPUT and this policy.
fn filter(policy: &str, rules: &[String]) -> String {
    let rules: String = rules.iter().map(|rule| format!("-A INPUT {rule}\n")).collect();
    format!(
        "*filter\n:INPUT {policy} [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n\
         :f2b-web - [0:0]\n{rules}COMMIT\n"
    )
}

fn asked(ports: &[u16]) -> Asked {
    let ranges = Ranges::built_in().prefixes().to_vec();
    Asked { ranges, ports: ports.to_vec(), to: None, interface: None }
}

fn seen(v4: &str) -> FirewallSeen {
    let open = filter("ACCEPT", &[]);
    Firewall::read(&host(v4, &open)).seen(&asked(&[80, 443]))
}

fn words(rules: &[&str]) -> Vec<String> {
    rules.iter().map(|rule| (*rule).to_owned()).collect()
}

const BASIC: [&str; 3] = [
    "-i lo -j ACCEPT",
    "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
    "-p tcp -m tcp --dport 22 -j ACCEPT",
];

fn accepts(port: u16, but: &[&str]) -> Vec<String> {
    let all = Ranges::built_in();
    let four = all.prefixes().iter().filter(|one| one.addr().is_ipv4()).map(ToString::to_string);
    four.filter(|one| !but.contains(&one.as_str()))
        .map(|range| format!("-s {range} -p tcp -m tcp --dport {port} -j ACCEPT"))
        .collect()
}

/// The only group of IPv4 at a port.
#[track_caller]
fn only(seen: &FirewallSeen, port: u16) -> &NotAccepted {
    let passage = seen.passage(port, false).unwrap();
    assert_eq!(passage.groups.len(), 1, "{passage:#?}");
    &passage.groups[0]
}

#[test]
fn a_host_without_a_rule_accepts_everything() {
    let seen = seen(&filter("ACCEPT", &[]));
    assert_eq!(seen.passages.len(), 4);
    for passage in &seen.passages {
        assert!(passage.is_open() && passage.groups.is_empty(), "{passage:#?}");
        assert_eq!(passage.accepted, passage.ranges);
        assert_eq!(passage.listens, Some(true));
    }
    assert!(!seen.rules_missing, "{:?}", seen.troubles);
}

#[test]
fn a_default_deny_that_lets_all_ranges_in_is_in_order() {
    let rules = [words(&BASIC), accepts(80, &[]), accepts(443, &[])].concat();
    let seen = seen(&filter("DROP", &rules));
    assert!(seen.passages.iter().all(Passage::is_open), "{seen:#?}");
}

#[test]
fn a_range_that_is_missing_from_a_list_is_told_as_such() {
    let rules =
        [words(&BASIC), accepts(80, &["172.64.0.0/13"]), accepts(443, &["172.64.0.0/13"])].concat();
    let seen = seen(&filter("DROP", &rules));
    let group = only(&seen, 443);
    assert_eq!(group.fares, Fares::Dropped);
    assert_eq!(group.ends, Some(Ends::First));
    assert_eq!(group.whole, ["172.64.0.0/13".parse().unwrap()]);
    assert_eq!(group.by[0].kind, DeciderKind::Policy);
    assert_eq!(group.flaw, Some(Flaw::NotOnList));
    assert!((343_000..345_000).contains(&group.share), "{}", group.share);
}

#[test]
fn a_rule_that_names_a_range_is_told_apart_from_a_gap() {
    let seen = seen(&filter("ACCEPT", &words(&["-s 104.16.0.0/13 -j DROP"])));
    let group = only(&seen, 80);
    assert_eq!(group.flaw, Some(Flaw::Named));
    assert_eq!(group.by[0].number, Some(1));
    assert_eq!(group.by[0].owner.as_deref(), Some("iptables-legacy"));
}

#[test]
fn accepting_rules_behind_one_that_drops_all_are_in_the_wrong_order() {
    let drop = words(&["-p tcp -j DROP"]);
    let rules = [words(&BASIC), drop.clone(), accepts(80, &[]), accepts(443, &[])].concat();
    let wrong = seen(&filter("DROP", &rules));
    assert_eq!(only(&wrong, 443).flaw, Some(Flaw::BeforeAccept));
    assert_eq!(only(&wrong, 443).by[0].number, Some(4));
    // In the right order nothing is dropped.
    let rules = [words(&BASIC), accepts(80, &[]), accepts(443, &[]), drop].concat();
    assert!(seen(&filter("ACCEPT", &rules)).passages.iter().all(Passage::is_open));
}

#[test]
fn a_port_a_family_and_everything_that_was_forgotten_are_told_apart() {
    let port = seen(&filter("DROP", &[words(&BASIC), accepts(80, &[])].concat()));
    assert!(port.passage(80, false).unwrap().is_open());
    assert_eq!(only(&port, 443).flaw, Some(Flaw::PortForgotten));
    let family = seen(&filter("DROP", &words(&BASIC)));
    assert_eq!(only(&family, 443).flaw, Some(Flaw::FamilyForgotten));
    let shut = filter("DROP", &words(&BASIC));
    let all = Firewall::read(&host(&shut, &shut)).seen(&asked(&[80, 443]));
    assert_eq!(only(&all, 443).flaw, Some(Flaw::Everything));
    assert_eq!(only(&all, 443).whole.len(), 15);
    assert_eq!(only(&all, 443).share, 1_000_000);
}

#[test]
fn a_thousand_bans_are_one_group_with_its_owner_and_a_range_beside_them_another() {
    let mut rules = words(&["-p tcp -m multiport --dports 80,443 -j f2b-web"]);
    rules.push("-s 104.16.0.0/16 -j DROP".to_owned());
    let bans: String = (0..1000)
        .map(|n| {
            let (high, low) = (n / 100, n % 100 * 2);
            format!("-A f2b-web -s 172.64.{high}.{low}/32 -j REJECT --reject-with tcp-reset\n")
        })
        .collect();
    let text = filter("ACCEPT", &rules).replace("COMMIT", &format!("{bans}COMMIT"));
    let seen = seen(&text);
    let passage = seen.passage(443, false).unwrap();
    assert_eq!(passage.groups.len(), 2, "{passage:#?}");
    let (range, bans) = (&passage.groups[0], &passage.groups[1]);
    assert!(!range.single && bans.single);
    assert_eq!(range.part, ["104.16.0.0/13".parse().unwrap()]);
    assert_eq!((bans.count, bans.deciders, bans.addresses), (1000, 1000, 1000));
    assert_eq!((bans.prefixes.len(), bans.by.len()), (24, 5));
    assert_eq!(bans.fares, Fares::Rejected);
    assert_eq!(bans.refusal.as_deref(), Some("tcp-reset"));
    assert_eq!(bans.by[0].owner.as_deref(), Some("fail2ban"));
    assert_eq!(bans.flaw, None);
}

#[test]
fn an_answer_that_is_dropped_is_told_with_the_chain_that_drops_it() {
    let text = filter("ACCEPT", &[]).replace(":OUTPUT ACCEPT", ":OUTPUT DROP");
    let seen = seen(&text);
    let group = only(&seen, 443);
    assert_eq!(group.ends, Some(Ends::Reply));
    assert_eq!(group.by[0].chain.as_ref().unwrap().hook, "output");
    assert_eq!(group.flaw, None);
}

#[test]
fn a_route_that_leads_nowhere_is_told_as_ip_writes_it() {
    let open = filter("ACCEPT", &[]);
    let mut snapshot = host(&open, &open);
    let routes = snapshot.text(Input::Routes4).unwrap().replacen(
        '[',
        r#"[{"type":"blackhole","dst":"162.158.0.0/15","flags":[]},"#,
        1,
    );
    snapshot = snapshot.with(Input::Routes4, &routes);
    let seen = Firewall::read(&snapshot).seen(&asked(&[443]));
    let group = only(&seen, 443);
    assert_eq!(group.by[0].kind, DeciderKind::Route);
    assert!(group.by[0].text.contains("blackhole 162.158.0.0/15"), "{}", group.by[0].text);
    assert_eq!(group.whole, ["162.158.0.0/15".parse().unwrap()]);
}

#[test]
fn what_cannot_be_told_is_unknown_with_its_reason() {
    let rules = words(&["-s 104.16.0.0/13 -m geoip --source-country US -j DROP"]);
    let seen = seen(&filter("ACCEPT", &rules));
    let group = only(&seen, 443);
    assert_eq!(group.fares, Fares::Unknown);
    assert!(!seen.passage(443, false).unwrap().is_open());
    assert!(group.by[0].text.contains("geoip"), "{:?}", group.by);
}

#[test]
fn the_same_rules_give_the_same_bytes_and_come_back_from_a_case() {
    let rules = [words(&BASIC), accepts(443, &["172.64.0.0/13"])].concat();
    let (one, other) = (seen(&filter("DROP", &rules)), seen(&filter("DROP", &rules)));
    let text = serde_json::to_string(&one).unwrap();
    assert_eq!(text, serde_json::to_string(&other).unwrap());
    assert_eq!(serde_json::from_str::<FirewallSeen>(&text).unwrap(), one);
}
