//! The samples are what `ip`, `ss` and `sysctl` wrote of a network namespace; what is expected of them is
//! what `ip route get` answered there, understood.

use std::net::IpAddr;

use super::*;
use crate::firewall::addresses::number;
use crate::firewall::snapshot::{Got, Input};

fn crossroads() -> Snapshot {
    Snapshot::default()
        .with(Input::Addresses, include_str!("samples/crossroads/addr.json"))
        .with(Input::Links, include_str!("samples/crossroads/link.json"))
        .with(Input::Routes4, include_str!("samples/crossroads/route4.json"))
        .with(Input::Routes6, include_str!("samples/crossroads/route6.json"))
        .with(Input::Rules4, include_str!("samples/crossroads/rule4.json"))
        .with(Input::Rules6, include_str!("samples/crossroads/rule6.json"))
        .with(Input::Sysctl, include_str!("samples/crossroads/sysctl.txt"))
        .with(Input::Listeners, include_str!("samples/crossroads/ss.txt"))
        .with(
            Input::Queues,
            "    5   1234     0 2 65531     0     0        0  1\n   70 9 0 2 1 0 0 0 1\n",
        )
}

/// From, to, and the way with what decides.
fn one(around: &Surroundings, key: RouteKey<'_>, to: &str) -> (Way, String) {
    let to: IpAddr = to.parse().unwrap();
    let key = RouteKey { family: Family::of(to), ..key };
    let mut ways = around.ways(key, &Numbers::one(number(to)));
    assert_eq!(ways.len(), 1, "{ways:?}");
    let (_, led) = ways.remove(0);
    (led.way, led.by)
}

fn from(source: &str) -> RouteKey<'static> {
    let source = Some(source.parse().unwrap());
    RouteKey { family: Family::V4, source, mark: Some(0), incoming: None, outgoing: None }
}

/// `eth0`, `eth1`, `local`, `blackhole`, `nowhere`, `?`
fn word(way: &Way) -> &str {
    match way {
        Way::Out(interface) => interface,
        Way::Local => "local",
        Way::Blackhole => "blackhole",
        Way::NoRoute => "nowhere",
        Way::Unknown => "?",
    }
}

fn check(around: &Surroundings, key: RouteKey<'_>, expected: &[(&str, &str, &str)]) {
    for (to, way, by) in expected {
        let found = one(around, key, to);
        assert_eq!((word(&found.0), found.1.as_str()), (*way, *by), "to {to}");
    }
}

#[test]
fn every_kind_of_route_leads_where_the_kernel_says() {
    let around = Surroundings::read(&crossroads());
    assert_eq!(around.troubles, []);
    check(
        &around,
        from("203.0.113.10"),
        &[
            ("104.16.1.1", "blackhole", "blackhole 104.16.0.0/13"),
            ("162.158.1.1", "nowhere", "unreachable 162.158.0.0/15"),
            ("188.114.97.1", "nowhere", "prohibit 188.114.96.0/20"),
            // `throw` in the last table that has a route.
            ("190.93.241.1", "nowhere", ""),
            // A rule that does nothing.
            ("190.93.240.1", "nowhere", ""),
            ("198.41.128.1", "eth1", "198.41.128.0/17 via 10.0.0.1 dev eth1"),
            // Either of two, by chance.
            (
                "198.41.200.1",
                "?",
                "198.41.192.0/18 nexthop via 203.0.113.1 dev eth0 nexthop via 10.0.0.1 dev eth1",
            ),
            // Two gateways, one way out.
            (
                "131.0.72.1",
                "eth0",
                "131.0.72.0/22 nexthop via 203.0.113.1 dev eth0 nexthop via 203.0.113.2 dev eth0",
            ),
            ("173.245.48.1", "eth1", "173.245.48.0/20 via 10.0.0.1 dev eth1"),
            (
                "103.21.244.1",
                "?",
                "103.21.244.0/22 nexthop via 10.0.0.1 dev eth1 nexthop via 203.0.113.1 dev eth0",
            ),
            ("103.22.200.1", "blackhole", "blackhole 103.22.200.0/22"),
            ("103.31.4.1", "eth0", "103.31.4.0/22 via fe80::1 dev eth0"),
            ("172.64.1.1", "eth0", "default via 203.0.113.1 dev eth0 metric 100"),
            // Only a source that is not of this network is refused.
            ("172.68.1.1", "eth0", "default via 203.0.113.1 dev eth0 metric 100"),
            ("197.234.242.1", "eth0", "default via 203.0.113.1 dev eth0 metric 100"),
            // Sent past the rule that a neighbour of it falls to.
            ("197.234.240.1", "eth0", "default via 203.0.113.1 dev eth0 metric 100"),
            ("197.234.241.1", "nowhere", "32000: from all to 197.234.241.0/24 unreachable"),
            // The default route is passed over, and a later rule has another.
            ("8.8.8.8", "eth1", "default via 10.0.0.1 dev eth1 table 300"),
            ("172.71.0.1", "eth0", "default via 203.0.113.1 dev eth0 metric 100"),
            ("203.0.113.11", "local", "local 203.0.113.11 dev eth0 table local"),
            ("198.51.100.9", "local", "local 198.51.100.9 dev lo table local"),
        ],
    );
    check(
        &around,
        from("10.0.0.5"),
        &[
            ("104.16.1.1", "eth1", "default via 10.0.0.1 dev eth1 table 100"),
            ("108.162.192.1", "wan0", "108.162.192.0/18 dev wan0 table 100"),
            ("197.234.242.1", "eth0", "default via 203.0.113.1 dev eth0 metric 100"),
            ("197.234.241.1", "nowhere", "32000: from all to 197.234.241.0/24 unreachable"),
            ("172.68.1.1", "eth1", "default via 10.0.0.1 dev eth1 table 100"),
            ("10.0.0.5", "local", "local 10.0.0.5 dev eth1 table local"),
        ],
    );
    check(
        &around,
        from("192.0.2.2"),
        &[("172.68.1.1", "nowhere", "prohibit 172.68.0.0/16 table 500")],
    );
}

#[test]
fn routes_of_ipv6_may_ask_for_the_source() {
    let around = Surroundings::read(&crossroads());
    check(
        &around,
        from("2001:db8:1::10"),
        &[
            ("2400:cb00::1", "eth1", "2400:cb00::/32 via fd00::1 dev eth1 metric 1024"),
            ("2606:4700::1", "blackhole", "blackhole 2606:4700::/32 metric 1024"),
            (
                "2803:f800::1",
                "eth1",
                "2803:f800::/32 from 2001:db8:1::/64 via fd00::1 dev eth1 metric 1024",
            ),
            ("2405:8100::1", "nowhere", "unreachable 2405:8100::/32 metric 1024"),
            ("2a06:98c0::1", "nowhere", "prohibit 2a06:98c0::/29 metric 1024"),
            (
                "2405:b500::1",
                "?",
                "2405:b500::/32 nexthop via fe80::1 dev eth0 nexthop via fd00::1 dev eth1 metric 1024",
            ),
            // One rule asks for a kind of service, one for ports: neither can be told.
            ("2c0f:f248::1", "?", "120: from all to 2c0f:f248::/32 tos 0x10 lookup 100"),
            ("2001:db8:1::11", "local", "local 2001:db8:1::11 dev eth0 table local"),
        ],
    );
    check(
        &around,
        from("fd00::5"),
        &[("2803:f800::1", "eth0", "default via fe80::1 dev eth0 metric 1024")],
    );
    check(
        &around,
        from("2001:db8:1::11"),
        &[("2606:4700::1", "eth1", "default via fd00::1 dev eth1 table 100 metric 1024")],
    );
}

#[test]
fn marks_interfaces_and_bound_sockets_choose_other_ways() {
    let around = Surroundings::read(&crossroads());
    let own = from("203.0.113.10");
    let marked = |mark| RouteKey { mark, ..own };
    check(&around, marked(Some(0x13)), &[("8.8.8.8", "blackhole", "blackhole default table 200")]);
    let by300 = "default via 10.0.0.1 dev eth1 table 300";
    check(&around, marked(Some(0x25)), &[("8.8.8.8", "eth1", by300)]);
    let rule = "110: from all fwmark 0x10/0xf0 lookup 200";
    // A mark that is not known matters where it would change the way, and nowhere else.
    check(
        &around,
        marked(None),
        &[
            ("8.8.8.8", "?", rule),
            ("104.16.1.1", "blackhole", "blackhole default table 200"),
            ("203.0.113.11", "local", "local 203.0.113.11 dev eth0 table local"),
        ],
    );

    let bound = RouteKey { outgoing: Some("eth1"), ..own };
    check(&around, bound, &[("172.71.0.1", "eth1", by300)]);
    check(
        &around,
        bound,
        &[(
            "198.41.200.1",
            "eth1",
            "198.41.192.0/18 nexthop via 203.0.113.1 dev eth0 nexthop via 10.0.0.1 dev eth1",
        )],
    );
    let bound = RouteKey { outgoing: Some("eth0"), ..own };
    // Of 198.41.128.0/17 by eth1 nothing is left.
    check(
        &around,
        bound,
        &[("198.41.128.1", "eth0", "default via 203.0.113.1 dev eth0 metric 100")],
    );

    let client = RouteKey { incoming: Some("docker0"), ..from("203.0.113.77") };
    let rule = "120: from all to 172.64.0.0/13 iif docker0 blackhole";
    check(&around, client, &[("172.64.1.1", "blackhole", rule)]);
    let client = RouteKey { incoming: Some("eth0"), ..from("172.64.9.9") };
    // A rule that refuses a source is asked on the way through, and not on the way in.
    check(
        &around,
        client,
        &[
            ("8.8.8.8", "blackhole", "170: from 172.64.0.0/13 blackhole"),
            ("203.0.113.10", "local", "local 203.0.113.10 dev eth0 table local"),
        ],
    );
}

#[test]
fn what_cannot_be_told_makes_a_way_unknown_only_where_it_matters() {
    let around = Surroundings::read(&crossroads());
    check(
        &around,
        from("203.0.113.10"),
        &[
            (
                "104.24.0.1",
                "?",
                "150: from all to 104.24.0.0/14 uid_end 2000 uid_start 1000 lookup 300",
            ),
            ("104.28.0.1", "?", "160: from all to 104.28.0.0/15 ipproto tcp sport 443 lookup 300"),
            (
                "141.101.64.1",
                "?",
                "141.101.64.0/18 tos 0x10 via 10.0.0.1 dev eth1, or default via 203.0.113.1 dev eth0 metric 100",
            ),
        ],
    );
    let anybody = RouteKey { source: None, ..from("203.0.113.10") };
    check(
        &around,
        anybody,
        &[
            ("104.16.1.1", "?", "100: from 10.0.0.0/8 lookup 100"),
            ("203.0.113.11", "local", "local 203.0.113.11 dev eth0 table local"),
        ],
    );
    let untold = Surroundings { rules: [None, None], ..around };
    check(&untold, from("203.0.113.10"), &[("203.0.113.11", "?", "")]);
}

#[test]
fn the_pieces_of_the_whole_space_are_told_once_each() {
    let around = Surroundings::read(&crossroads());
    for family in Family::BOTH {
        let source = match family {
            Family::V4 => "203.0.113.10",
            Family::V6 => "2001:db8:1::10",
        };
        let key = RouteKey { family, ..from(source) };
        let all = Numbers::all(family);
        let ways = around.ways(key, &all);
        let count: f64 = ways.iter().map(|(part, _)| part.count()).sum();
        let joined = ways.iter().fold(Numbers::none(), |joined, (part, _)| joined.or(part));
        assert_eq!(joined, all);
        assert!((count - all.count()).abs() < 1.0, "{count}");
        // The same as every piece asked alone.
        for (part, led) in &ways {
            let (low, high) = part.intervals()[0];
            for address in [low, high] {
                let alone = one(&around, key, &family.address(address).to_string());
                assert_eq!(alone.0, led.way, "{}", family.address(address));
            }
        }
    }
}

#[test]
fn a_source_is_looked_for_behind_every_one_of_several_equal_ways() {
    let around = Surroundings::read(&crossroads());
    let to = |address: &str| Numbers::one(number(address.parse().unwrap()));
    let leaves = |address: &str, interface: &str| {
        around.leaves_by(from("203.0.113.10"), &to(address), interface)[0].1
    };
    assert_eq!(leaves("198.41.200.1", "eth0"), Tri::Yes);
    assert_eq!(leaves("198.41.200.1", "eth1"), Tri::Yes);
    assert_eq!(leaves("198.41.200.1", "wan0"), Tri::No);
    assert_eq!(leaves("104.16.1.1", "eth0"), Tri::No);
    assert_eq!(leaves("104.24.0.1", "eth1"), Tri::Unknown);
    assert_eq!(leaves("172.64.1.1", "eth0"), Tri::Yes);
    assert_eq!(leaves("203.0.113.11", "eth0"), Tri::No);
}

#[test]
fn doors_are_the_public_addresses_at_the_default_routes() {
    let around = Surroundings::read(&crossroads());
    let told = |family| -> Vec<String> {
        let door = |door: Door| format!("{} {}", door.interface.unwrap(), door.address.unwrap());
        around.doors(family).into_iter().map(door).collect()
    };
    // What the default route names as its source comes first; eth1 has a private address only.
    assert_eq!(told(Family::V4), ["eth0 203.0.113.11", "eth0 203.0.113.10"]);
    assert_eq!(told(Family::V6), ["eth0 2001:db8:1::11", "eth0 2001:db8:1::10"]);
}

#[test]
fn switches_and_queues_are_as_told() {
    let around = Surroundings::read(&crossroads());
    assert_eq!(around.rp_filter("eth1"), Some(1));
    assert_eq!(around.rp_filter("eth0"), Some(2));
    assert_eq!(around.rp_filter("lo"), Some(0));
    assert_eq!(around.rp_filter("eth9"), None);
    assert_eq!(around.forwards(Family::V4), Some(true));
    assert_eq!(around.forwards(Family::V6), Some(false));
    assert_eq!(around.queues, Some(vec![5, 70]));
    let bridge_port = around.interfaces.iter().find(|one| one.name == "p-wan0").unwrap();
    assert_eq!((bridge_port.kind.as_str(), bridge_port.master.as_deref()), ("veth", Some("br0")));
}

#[test]
fn a_name_with_a_dot_stands_with_a_slash() {
    let told = Snapshot::default().with(
        Input::Sysctl,
        "net.ipv4.conf.all.rp_filter = 0\nnet.ipv4.conf.eth0/7.rp_filter = 1\nsysctl: permission denied\n",
    );
    let around = Surroundings::read(&told);
    assert_eq!(around.rp_filter("eth0.7"), Some(1));
    assert_eq!(around.forwards(Family::V4), None);
}

#[test]
fn listeners_are_told_by_family_address_and_interface() {
    let around = Surroundings::read(&crossroads());
    let listens = |address: &str, port| around.listens(address.parse().unwrap(), port);
    assert_eq!(listens("203.0.113.10", 80), Some(true));
    assert_eq!(listens("2001:db8:1::10", 80), Some(true));
    // One socket of IPv6 takes both.
    assert_eq!(listens("203.0.113.10", 443), Some(true));
    assert_eq!(listens("2001:db8:1::10", 443), Some(true));
    assert_eq!(listens("203.0.113.10", 8080), Some(false));
    assert_eq!(listens("127.0.0.1", 8080), Some(true));
    assert_eq!(listens("203.0.113.10", 9000), Some(true));
    assert_eq!(listens("203.0.113.11", 9000), Some(false));
    assert_eq!(listens("203.0.113.11", 9001), Some(true));
    // Bound to eth0, where this address sits; the other one may be asked for there or elsewhere.
    assert_eq!(listens("203.0.113.10", 8443), Some(true));
    assert_eq!(listens("10.0.0.5", 8443), None);
    assert_eq!(listens("203.0.113.10", 8444), Some(true));
    assert_eq!(listens("2001:db8:1::10", 8444), Some(true));
    // Only UDP.
    assert_eq!(listens("203.0.113.10", 53), Some(false));
    let fresh = Surroundings::default();
    assert_eq!(fresh.listens("203.0.113.10".parse().unwrap(), 80), None);
}

#[test]
fn an_old_ss_writes_both_families_otherwise() {
    let told = "tcp    LISTEN     0      128       *:22      *:*\n\
                tcp    LISTEN     0      128      :::443    :::*\n\
                tcp    LISTEN     0      128      ::1:25    :::*\n";
    let around = Surroundings::read(&Snapshot::default().with(Input::Listeners, told));
    let listens = |address: &str, port| around.listens(address.parse().unwrap(), port);
    assert_eq!(listens("2001:db8::1", 22), Some(false));
    assert_eq!(listens("192.0.2.1", 22), Some(true));
    assert_eq!(listens("192.0.2.1", 443), Some(true));
    assert_eq!(listens("2001:db8::1", 443), Some(true));
    assert_eq!(listens("::1", 25), Some(true));
    assert_eq!(around.troubles, []);
}

#[test]
fn what_is_cut_off_is_a_trouble_and_makes_nothing_certain() {
    let whole = crossroads();
    for input in [Input::Routes4, Input::Rules4, Input::Addresses, Input::Links] {
        let text = whole.text(input).unwrap();
        for at in (1..text.len() - 1).step_by(97) {
            let around = Surroundings::read(&whole.clone().with(input, &text[..at]));
            assert_eq!(around.troubles.len(), 1, "{input:?} cut at {at}");
            assert_eq!(around.troubles[0].input, input.file());
            if matches!(input, Input::Routes4 | Input::Rules4) {
                check(&around, from("203.0.113.10"), &[("104.16.1.1", "?", "")]);
            }
        }
    }
    let odd = r#"[{"dst":"somewhere","dev":"eth0"}]"#;
    let around = Surroundings::read(&whole.with(Input::Routes4, odd));
    assert_eq!(around.troubles[0].why, "route 1 has no destination that can be read");
}

#[test]
fn a_host_without_ipv6_has_no_door_there_and_no_way() {
    let mut told = crossroads();
    for input in [Input::Routes6, Input::Rules6] {
        told.inputs.insert(input, Got::Absent);
    }
    let around = Surroundings::read(&told);
    assert_eq!(around.doors(Family::V6), []);
    check(&around, from("::1"), &[("2606:4700::1", "nowhere", "")]);

    told.inputs.insert(Input::Routes6, Got::Missing("only root".to_owned()));
    let around = Surroundings::read(&told);
    assert_eq!(around.doors(Family::V6), [Door { interface: None, address: None }]);
    check(&around, from("::1"), &[("2606:4700::1", "?", "")]);
}

#[test]
fn a_host_whose_addresses_were_not_told_has_its_doors_all_the_same() {
    let mut told = crossroads();
    told.inputs.insert(Input::Addresses, Got::Missing("cut off".to_owned()));
    let around = Surroundings::read(&told);
    assert!(!around.interfaces.is_empty(), "their names are told by `ip link`");
    for family in Family::BOTH {
        let doors = around.doors(family);
        assert!(!doors.is_empty(), "{family:?}");
        assert!(doors.iter().all(|door| door.interface.is_some() && door.address.is_none()));
    }
}

/// A host with one interface each.
fn plain(addresses: &str, routes: &str) -> Surroundings {
    let told = Snapshot::default()
        .with(Input::Addresses, addresses)
        .with(Input::Routes4, routes)
        .with(Input::Rules4, r#"[{"priority":0,"src":"all","table":"local"},{"priority":32766,"src":"all","table":"main"}]"#);
    Surroundings::read(&told)
}

fn doors(around: &Surroundings) -> Vec<(String, String)> {
    let told = around.doors(Family::V4).into_iter();
    told.map(|door| (door.interface.unwrap(), door.address.unwrap().to_string())).collect()
}

#[test]
fn a_host_behind_a_translation_is_asked_for_at_its_private_address() {
    let around = plain(
        r#"[{"ifindex":2,"ifname":"ens5","flags":["UP"],"addr_info":[{"local":"10.0.1.7","prefixlen":24}]},
            {"ifindex":3,"ifname":"docker0","flags":["UP"],"addr_info":[{"local":"172.17.0.1","prefixlen":16}]}]"#,
        r#"[{"dst":"default","gateway":"10.0.1.1","dev":"ens5","prefsrc":"10.0.1.7"}]"#,
    );
    assert_eq!(doors(&around), [("ens5".to_owned(), "10.0.1.7".to_owned())]);
}

#[test]
fn an_address_on_lo_is_asked_for_at_the_default_route() {
    let around = plain(
        r#"[{"ifindex":1,"ifname":"lo","flags":["UP"],"addr_info":[{"local":"127.0.0.1","prefixlen":8},{"local":"203.0.113.9","prefixlen":32}]},
            {"ifindex":2,"ifname":"eth0","flags":["UP"],"addr_info":[]}]"#,
        r#"[{"dst":"default","via":{"family":"inet6","host":"fe80::1"},"dev":"eth0"}]"#,
    );
    assert_eq!(doors(&around), [("eth0".to_owned(), "203.0.113.9".to_owned())]);
}

#[test]
fn a_tunnel_for_everything_is_no_door_beside_a_public_address() {
    let around = plain(
        r#"[{"ifindex":2,"ifname":"eth0","flags":["UP"],"addr_info":[{"local":"203.0.113.9","prefixlen":24}]},
            {"ifindex":3,"ifname":"wg0","flags":["UP"],"addr_info":[{"local":"10.8.0.2","prefixlen":24}]}]"#,
        r#"[{"dst":"default","dev":"wg0","table":"51820"},{"dst":"default","gateway":"203.0.113.1","dev":"eth0"}]"#,
    );
    assert_eq!(doors(&around)[0], ("eth0".to_owned(), "203.0.113.9".to_owned()));
}

#[test]
fn a_route_whose_link_is_down_counts_unless_the_kernel_was_told_otherwise() {
    let routes = r#"[{"dst":"default","gateway":"203.0.113.1","dev":"eth0","flags":["linkdown"]},
        {"dst":"default","gateway":"10.0.0.1","dev":"eth1","metric":5,"flags":[]},
        {"dst":"198.51.100.0/24","dev":"eth2","flags":["dead","linkdown"]}]"#;
    let around = plain("[]", routes);
    let route = "default via 203.0.113.1 dev eth0";
    check(
        &around,
        from("203.0.113.9"),
        &[("8.8.8.8", "eth0", route), ("198.51.100.1", "eth0", route)],
    );
    let told = Snapshot::default()
        .with(Input::Routes4, routes)
        .with(Input::Rules4, r#"[{"priority":32766,"src":"all","table":"main"}]"#)
        .with(Input::Sysctl, "net.ipv4.conf.eth0.ignore_routes_with_linkdown = 1\n");
    let around = Surroundings::read(&told);
    let route = "default via 10.0.0.1 dev eth1 metric 5";
    check(&around, from("203.0.113.9"), &[("8.8.8.8", "eth1", route)]);
}
