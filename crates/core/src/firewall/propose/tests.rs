//! Proposals on hosts as people leave them, each proven by evaluation; the lab does the same with packets.

use ipnet::IpNet;

use super::{Proposal, Proposals, propose};
use crate::firewall::Firewall;
use crate::firewall::manager::Manager;
use crate::firewall::ruling::Asked;
use crate::firewall::snapshot::{Got, Input, Snapshot};

const RANGES: [&str; 4] = ["104.16.0.0/13", "172.64.0.0/13", "2400:cb00::/32", "2606:4700::/32"];

/// A host with one interface, and nothing told of its rules.
fn host() -> Snapshot {
    let mut snapshot = Snapshot::default();
    for input in Input::ALL {
        snapshot.inputs.insert(input, Got::Absent);
    }
    snapshot
        .with(
            Input::Addresses,
            r#"[{"ifindex":2,"ifname":"eth0","flags":["BROADCAST","UP","LOWER_UP"],"operstate":"UP","addr_info":[
                {"family":"inet","local":"203.0.113.10","prefixlen":24,"scope":"global"},
                {"family":"inet6","local":"2001:db8:10::10","prefixlen":64,"scope":"global"}]}]"#,
        )
        .with(Input::Links, r#"[{"ifindex":2,"ifname":"eth0","flags":["UP"],"operstate":"UP"}]"#)
        .with(
            Input::Routes4,
            r#"[{"dst":"default","gateway":"203.0.113.1","dev":"eth0","flags":[]},
                {"type":"local","dst":"203.0.113.10","dev":"eth0","table":"local","protocol":"kernel","scope":"host","flags":[]},
                {"dst":"203.0.113.0/24","dev":"eth0","protocol":"kernel","scope":"link","flags":[]}]"#,
        )
        .with(
            Input::Routes6,
            r#"[{"dst":"default","gateway":"2001:db8:10::1","dev":"eth0","metric":1024,"flags":[]},
                {"type":"local","dst":"2001:db8:10::10","dev":"eth0","table":"local","metric":0,"flags":[]},
                {"dst":"2001:db8:10::/64","dev":"eth0","metric":256,"flags":[]}]"#,
        )
        .with(
            Input::Rules4,
            r#"[{"priority":0,"src":"all","table":"local"},{"priority":32766,"src":"all","table":"main"}]"#,
        )
        .with(
            Input::Rules6,
            r#"[{"priority":0,"src":"all","table":"local"},{"priority":32766,"src":"all","table":"main"}]"#,
        )
        .with(Input::Sysctl, "net.ipv4.conf.all.rp_filter = 0\nnet.ipv4.conf.eth0.rp_filter = 0\n")
        .with(Input::NftJson, r#"{"nftables": []}"#)
}

/// The same with rules of iptables-legacy in the chain INPUT, and its policy.
fn legacy(policy: &str, rules: &str) -> Snapshot {
    let text = format!(
        "*filter\n:INPUT {policy} [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n{rules}\nCOMMIT\n"
    );
    host().with(Input::IptablesLegacy, &text)
}

fn asked() -> Asked {
    let ranges = RANGES.iter().map(|range| range.parse::<IpNet>().unwrap()).collect();
    Asked { ranges, ports: vec![80, 443], to: None, interface: None }
}

fn proposed(snapshot: &Snapshot) -> Proposals {
    propose(&Firewall::read(snapshot), snapshot, &asked())
}

/// The only proposal, which mends all and opens nothing else.
fn only(snapshot: &Snapshot) -> Proposal {
    let proposals = proposed(snapshot);
    assert!(proposals.mends_all(), "{proposals:#?}");
    assert!(!proposals.before.rulings.iter().all(|ruling| ruling.share_accepted() >= 1.0));
    assert_eq!(proposals.newly_accepted, []);
    assert_eq!(proposals.list.len(), 1, "{:#?}", proposals.list);
    proposals.list.into_iter().next().unwrap()
}

fn texts(commands: &[super::Command]) -> Vec<&str> {
    commands.iter().map(|command| command.text.as_str()).collect()
}

#[test]
fn a_healthy_host_needs_nothing() {
    for snapshot in [host(), legacy("ACCEPT", "-A INPUT -s 198.51.100.0/24 -j DROP")] {
        let proposals = proposed(&snapshot);
        assert!(proposals.list.is_empty() && proposals.left.is_empty(), "{proposals:#?}");
    }
}

#[test]
fn an_accept_stands_immediately_before_the_drop_and_has_its_inverse() {
    let made = only(&legacy(
        "ACCEPT",
        "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n-A INPUT -s 172.64.0.0/13 -j DROP",
    ));
    assert_eq!(made.owner, Manager::IptablesLegacy);
    let spec = format!(
        "-s 172.64.0.0/13 -p tcp -m multiport --dports 80,443 -m comment --comment {} -j ACCEPT",
        made.id
    );
    assert_eq!(texts(&made.commands), [format!("iptables-legacy -w -I INPUT 2 {spec}")]);
    assert_eq!(texts(&made.undo), [format!("iptables-legacy -w -D INPUT {spec}")]);
    assert!(made.checks[0].text.contains("iptables-legacy-restore --test --noflush"));
    assert_eq!(made.ranges, ["172.64.0.0/13".parse().unwrap()]);
}

#[test]
fn only_the_port_that_is_shut_is_opened() {
    let made = only(&legacy(
        "DROP",
        "-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT\n-A INPUT -p tcp --dport 80 -j ACCEPT",
    ));
    assert_eq!(made.ports, [443]);
    assert!(
        made.commands[0]
            .text
            .contains("-A INPUT -s 104.16.0.0/13,172.64.0.0/13 -p tcp --dport 443 ")
    );
}

#[test]
fn the_same_host_is_told_the_same() {
    let snapshot = legacy("DROP", "");
    assert_eq!(proposed(&snapshot), proposed(&snapshot));
}

#[test]
fn a_ban_is_lifted_by_fail2ban_and_not_behind_its_back() {
    let snapshot = host().with(
        Input::IptablesLegacy,
        "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:f2b-web - [0:0]\n\
         -A INPUT -p tcp -m multiport --dports 80,443 -j f2b-web\n\
         -A f2b-web -s 198.51.100.7/32 -j REJECT --reject-with icmp-port-unreachable\n\
         -A f2b-web -s 172.64.0.7/32 -j REJECT --reject-with icmp-port-unreachable\n\
         -A f2b-web -s 104.16.3.1/32 -j REJECT --reject-with icmp-port-unreachable\n\
         -A f2b-web -j RETURN\nCOMMIT\n",
    );
    let made = only(&snapshot);
    assert_eq!(made.owner, Manager::Fail2ban);
    assert_eq!(texts(&made.commands), ["fail2ban-client set web unbanip 104.16.3.1 172.64.0.7"]);
    assert_eq!(texts(&made.undo), ["fail2ban-client set web banip 104.16.3.1 172.64.0.7"]);
    // One address is banned, and not the range that it is of.
    assert!(
        made.why.starts_with("172.64.0.7 is refused by rule 2 of chain f2b-web"),
        "{}",
        made.why
    );
    assert!(made.cautions.iter().any(|caution| caution.contains("comes back")));
}

#[test]
fn a_ban_in_a_jail_that_bears_no_plain_name_is_not_touched() {
    let snapshot = host().with(
        Input::IptablesLegacy,
        "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:f2b-a;reboot - [0:0]\n\
         -A INPUT -p tcp -m tcp --dport 443 -j f2b-a;reboot\n\
         -A f2b-a;reboot -s 172.64.0.7/32 -j DROP\nCOMMIT\n",
    );
    let proposals = proposed(&snapshot);
    assert!(proposals.list.is_empty(), "{:#?}", proposals.list);
    assert!(proposals.left[0].why.contains("could mean something else"), "{:#?}", proposals.left);
}

#[test]
fn what_would_open_more_than_it_should_is_not_offered() {
    // The element is wider than Cloudflare's range: an accept stands before the rule, and the set stays.
    let snapshot = legacy(
        "ACCEPT",
        "-A INPUT -p tcp -m multiport --dports 80,443 -m set --match-set bad src -j DROP",
    )
    .with(
        Input::Ipset,
        "create bad hash:net family inet hashsize 1024 maxelem 65536\nadd bad 172.0.0.0/8\n",
    );
    let made = only(&snapshot);
    assert!(made.commands[0].text.starts_with("iptables-legacy -w -I INPUT 1 "), "{made:#?}");
    // And where it is not, the element goes.
    let snapshot = snapshot.with(
        Input::Ipset,
        "create bad hash:net family inet hashsize 1024 maxelem 65536\nadd bad 172.64.0.0/13\n",
    );
    let made = only(&snapshot);
    assert_eq!(texts(&made.commands), ["ipset del bad 172.64.0.0/13"]);
    assert_eq!(texts(&made.undo), ["ipset add bad 172.64.0.0/13"]);
}

#[test]
fn a_missing_range_comes_into_the_set_that_holds_the_others() {
    let snapshot = legacy(
        "ACCEPT",
        "-A INPUT -p tcp -m multiport --dports 80,443 -m set ! --match-set cf src -j DROP",
    )
    .with(
        Input::Ipset,
        "create cf hash:net family inet hashsize 1024 maxelem 65536\nadd cf 172.64.0.0/13\n",
    );
    assert_eq!(texts(&only(&snapshot).commands), ["ipset add cf 104.16.0.0/13"]);
}

#[test]
fn a_set_with_a_hostile_name_is_never_written_into_a_command() {
    let snapshot = legacy(
        "ACCEPT",
        "-A INPUT -p tcp -m multiport --dports 80,443 -m set --match-set $(reboot) src -j DROP",
    )
    .with(Input::Ipset, "create $(reboot) hash:net family inet hashsize 1024 maxelem 65536\nadd $(reboot) 172.64.0.0/13\n");
    let proposals = proposed(&snapshot);
    for proposal in &proposals.list {
        for command in proposal.commands.iter().chain(&proposal.undo).chain(&proposal.checks) {
            assert!(!command.text.contains("reboot"), "{command:?}");
        }
    }
}

#[test]
fn what_kubernetes_or_nobody_can_tell_stays_with_the_reason() {
    let snapshot = host().with(
        Input::IptablesLegacy,
        "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:KUBE-FIREWALL - [0:0]\n\
         -A INPUT -j KUBE-FIREWALL\n-A KUBE-FIREWALL -s 172.64.0.0/13 -j DROP\n\
         -A INPUT -s 104.16.0.0/13 -m geoip --source-country US -j DROP\nCOMMIT\n",
    );
    let proposals = proposed(&snapshot);
    assert!(proposals.list.is_empty());
    let why: Vec<&str> = proposals.left.iter().map(|left| left.why.as_str()).collect();
    assert!(why.iter().any(|why| why.contains("NetworkPolicy")), "{why:?}");
    assert!(why.iter().any(|why| why.contains("cannot be told")), "{why:?}");
}

#[test]
fn dockers_own_chain_is_left_by_return_so_that_its_rules_are_still_asked() {
    let snapshot = host()
        .with(Input::Sysctl, "net.ipv4.ip_forward = 1\nnet.ipv4.conf.all.rp_filter = 0\nnet.ipv4.conf.eth0.rp_filter = 0\n")
        .with(
            Input::IptablesLegacy,
            "*nat\n:PREROUTING ACCEPT [0:0]\n:DOCKER - [0:0]\n\
             -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER\n\
             -A DOCKER -p tcp -m tcp --dport 443 -j DNAT --to-destination 172.17.0.2:8443\n\
             -A DOCKER -p tcp -m tcp --dport 80 -j DNAT --to-destination 172.17.0.2:8080\nCOMMIT\n\
             *filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n:DOCKER-USER - [0:0]\n\
             -A FORWARD -j DOCKER-USER\n-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n\
             -A FORWARD -d 172.17.0.2/32 -p tcp -m multiport --dports 8443,8080 -j ACCEPT\n\
             -A FORWARD -s 172.17.0.2/32 -j ACCEPT\n\
             -A DOCKER-USER -s 172.64.0.0/13 -j DROP\n-A DOCKER-USER -j RETURN\nCOMMIT\n",
        );
    let routes = snapshot.text(Input::Routes4).unwrap().replacen('[', r#"[{"dst":"172.17.0.0/16","dev":"docker0","protocol":"kernel","scope":"link","flags":[]},"#, 1);
    let snapshot = snapshot.with(Input::Routes4, &routes);
    let made = only(&snapshot);
    assert_eq!(made.owner, Manager::Docker);
    let told = texts(&made.commands);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[1].contains("-I DOCKER-USER 1 -s 172.64.0.0/13 -p tcp -m conntrack --ctorigdstport 443 --ctdir ORIGINAL"), "{told:?}");
    assert!(told.iter().all(|text| text.ends_with("-j RETURN")), "{told:?}");
}

#[test]
fn two_tables_that_refuse_need_two_changes() {
    let nft = r#"{"nftables": [
        {"table": {"family": "inet", "name": "left", "handle": 1}},
        {"chain": {"family": "inet", "table": "left", "name": "in", "handle": 1, "type": "filter", "hook": "input", "prio": -5, "policy": "accept"}},
        {"rule": {"family": "inet", "table": "left", "chain": "in", "handle": 7, "expr": [
            {"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "saddr"}}, "right": {"prefix": {"addr": "172.64.0.0", "len": 13}}}},
            {"drop": null}]}}]}"#;
    let snapshot = legacy("ACCEPT", "-A INPUT -s 172.64.0.0/13 -j DROP").with(Input::NftJson, nft);
    let proposals = proposed(&snapshot);
    assert!(proposals.mends_all());
    let owners: Vec<Manager> = proposals.list.iter().map(|proposal| proposal.owner).collect();
    assert_eq!(owners.len(), 2, "{owners:?}");
    assert!(owners.contains(&Manager::Nftables) && owners.contains(&Manager::IptablesLegacy));
    let of_nft = proposals.list.iter().find(|made| made.owner == Manager::Nftables).unwrap();
    assert_eq!(
        texts(&of_nft.commands),
        [format!(
            "nft 'insert rule inet left in handle 7 ip saddr 172.64.0.0/13 tcp dport {{ 80, 443 }} counter accept comment \"{}-4\"'",
            of_nft.id
        )]
    );
    assert!(of_nft.kept.how.iter().any(|how| how.contains("flush ruleset")));
}
