//! Who manages a host and whose a rule is, on hosts as each manager leaves them.

use super::super::Firewall;
use super::super::model::{
    Backend, Base, BaseKind, Chain, Hook, How, Part, Policy, Rule, Ruleset, Table, TableFamily,
    Tri, Verdict,
};
use super::super::ruling::{ChainAt, Decider, RuleAt};
use super::{Manager, all, main, owner};

/// A host from lines: `backend family table`, then `:CHAIN POLICY` or `:CHAIN -`, then rules.
pub(super) fn host(lines: &str) -> Firewall {
    let mut tables: Vec<Table> = Vec::new();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(chain) = line.strip_prefix(':') {
            let (name, policy) = chain.split_once(' ').unwrap();
            let base = (policy != "-").then(|| Base {
                kind: BaseKind::Filter,
                hook: hook(name),
                priority: 0,
                policy: if policy == "DROP" { Policy::Drop } else { Policy::Accept },
                devices: Vec::new(),
            });
            let chain = Chain { name: name.to_owned(), base, rules: Vec::new() };
            tables.last_mut().unwrap().chains.push(chain);
        } else if let Some(rule) = line.strip_prefix("-A ") {
            let (name, parts) = rule.split_once(' ').unwrap();
            let table = tables.last_mut().unwrap();
            let at = table.chain(name).unwrap();
            let number = table.chains[at].rules.len() + 1;
            let parts = verdict(parts).map(Part::Verdict).into_iter().collect();
            table.chains[at].rules.push(Rule {
                number,
                text: line.to_owned(),
                parts,
                ..Rule::default()
            });
        } else {
            let words: Vec<&str> = line.split(' ').collect();
            tables.push(Table {
                backend: match words[0] {
                    "nft" => Backend::Nft,
                    "iptables" => Backend::IptablesNft,
                    _ => Backend::IptablesLegacy,
                },
                family: match words[1] {
                    "ip" => TableFamily::Ip,
                    "ip6" => TableFamily::Ip6,
                    _ => TableFamily::Inet,
                },
                name: words[2].to_owned(),
                dormant: Tri::No,
                chains: Vec::new(),
                sets: std::collections::BTreeMap::new(),
            });
        }
    }
    Firewall { ruleset: Ruleset { tables, ..Ruleset::default() }, ..Firewall::default() }
}

fn hook(chain: &str) -> Hook {
    match chain {
        "FORWARD" | "forward" => Hook::Forward,
        "OUTPUT" | "output" => Hook::Output,
        "PREROUTING" => Hook::Prerouting,
        "POSTROUTING" => Hook::Postrouting,
        _ => Hook::Input,
    }
}

fn verdict(parts: &str) -> Option<Verdict> {
    let to = parts.split_once("-j ")?.1.split(' ').next()?;
    Some(match to {
        "ACCEPT" => Verdict::Accept,
        "DROP" => Verdict::Drop,
        "REJECT" => Verdict::Reject(How::PortUnreachable),
        "RETURN" => Verdict::Return,
        "LOG" | "MASQUERADE" | "DNAT" => return None,
        chain => Verdict::Jump(chain.to_owned()),
    })
}

/// The chain of this name in the first table that has it.
pub(super) fn place(firewall: &Firewall, family: TableFamily, chain: &str) -> ChainAt {
    let mut tables = firewall.ruleset.tables.iter();
    let here = |table: &&Table| table.family == family && table.chain(chain).is_some();
    let table = tables.find(here).unwrap();
    let at = table.chain(chain).unwrap();
    ChainAt {
        backend: table.backend,
        family,
        table: table.name.clone(),
        chain: chain.to_owned(),
        hook: table.chains[at].base.as_ref().map_or(Hook::Input, |base| base.hook),
    }
}

pub(super) fn rule(
    firewall: &Firewall,
    family: TableFamily,
    chain: &str,
    number: usize,
) -> Decider {
    let at = place(firewall, family, chain);
    let table = firewall.ruleset.tables.iter().find(|table| {
        table.name == at.table && table.family == family && table.backend == at.backend
    });
    let table = table.unwrap();
    let text = table.chains[table.chain(chain).unwrap()].rules[number - 1].text.clone();
    Decider::Rule(RuleAt { at, number, handle: None, text, set: None })
}

const UFW: &str = "
    iptables ip filter
    :INPUT DROP
    :FORWARD DROP
    :OUTPUT ACCEPT
    :ufw-before-input -
    :ufw-user-input -
    -A INPUT -j ufw-before-input
    -A INPUT -s 192.0.2.7/32 -j DROP
    -A ufw-before-input -m conntrack --ctstate INVALID -j DROP
    -A ufw-before-input -j ufw-user-input
    -A ufw-user-input -s 172.64.0.0/13 -j DROP";

#[test]
fn a_host_without_a_rule_has_no_manager() {
    assert_eq!(main(&host("")), None);
    let empty = host("iptables ip filter\n:INPUT ACCEPT\nnft inet filter\n:input ACCEPT");
    assert_eq!((main(&empty), all(&empty)), (None, vec![]));
}

#[test]
fn ufw_is_known_by_its_chains_and_owns_the_policy_where_they_hang() {
    let firewall = host(UFW);
    assert_eq!(main(&firewall), Some(Manager::Ufw));
    let policy = Decider::Policy(place(&firewall, TableFamily::Ip, "INPUT"));
    assert_eq!(owner(&firewall, &policy), Some(Manager::Ufw));
    let denied = rule(&firewall, TableFamily::Ip, "ufw-user-input", 1);
    assert_eq!(owner(&firewall, &denied), Some(Manager::Ufw));
}

#[test]
fn a_rule_by_hand_between_ufws_is_not_ufws() {
    let firewall = host(UFW);
    let by_hand = rule(&firewall, TableFamily::Ip, "INPUT", 2);
    assert_eq!(owner(&firewall, &by_hand), Some(Manager::Iptables));
    assert_eq!(all(&firewall), [Manager::Ufw, Manager::Iptables]);
}

#[test]
fn ufw_that_was_switched_off_leaves_empty_chains_and_manages_nothing() {
    let firewall = host(
        "iptables ip filter
        :INPUT ACCEPT
        :ufw-before-input -
        -A INPUT -j ufw-before-input",
    );
    assert_eq!((main(&firewall), all(&firewall)), (None, vec![]));
}

#[test]
fn ufw_without_ipv6_owns_the_table_that_it_shut() {
    let shut = "
        iptables ip6 filter
        :INPUT DROP
        :FORWARD DROP
        :OUTPUT DROP
        -A INPUT -i lo -j ACCEPT
        -A OUTPUT -o lo -j ACCEPT";
    let firewall = host(&format!("{UFW}{shut}"));
    for chain in ["INPUT", "OUTPUT"] {
        let policy = Decider::Policy(place(&firewall, TableFamily::Ip6, chain));
        assert_eq!(owner(&firewall, &policy), Some(Manager::Ufw), "{chain}");
    }
    let alone = host(shut);
    let policy = Decider::Policy(place(&alone, TableFamily::Ip6, "INPUT"));
    assert_eq!(owner(&alone, &policy), Some(Manager::Iptables), "without ufw in IPv4");
}

#[test]
fn firewalld_is_known_with_either_of_its_back_ends() {
    let nft = host(
        "nft inet firewalld
        :filter_INPUT ACCEPT
        :filter_IN_public_deny -
        -A filter_IN_public_deny ip saddr 172.64.0.0/13 -j DROP",
    );
    assert_eq!(main(&nft), Some(Manager::Firewalld));
    let denied = rule(&nft, TableFamily::Inet, "filter_IN_public_deny", 1);
    assert_eq!(owner(&nft, &denied), Some(Manager::Firewalld));

    let iptables = host(
        "iptables ip filter
        :INPUT ACCEPT
        :INPUT_ZONES -
        :IN_public_deny -
        -A INPUT -j INPUT_ZONES
        -A INPUT -j REJECT --reject-with icmp-host-prohibited
        -A INPUT_ZONES -j IN_public_deny
        -A IN_public_deny -s 172.64.0.0/13 -j DROP",
    );
    assert_eq!(main(&iptables), Some(Manager::Firewalld));
    for (chain, number) in [("INPUT", 2), ("IN_public_deny", 1)] {
        let decider = rule(&iptables, TableFamily::Ip, chain, number);
        assert_eq!(owner(&iptables, &decider), Some(Manager::Firewalld), "{chain}");
    }
}

#[test]
fn a_ban_belongs_to_who_banned_though_ufw_manages_the_host() {
    let firewall = host(&format!(
        "{UFW}
        :f2b-nginx-http-auth -
        -A INPUT -p tcp -m multiport --dports 80,443 -j f2b-nginx-http-auth
        -A INPUT -p tcp -m multiport --dports 80,443 -m set --match-set f2b-sshd src -j REJECT
        -A INPUT -m set --match-set crowdsec-blacklists src -j DROP
        -A f2b-nginx-http-auth -s 172.64.1.1/32 -j REJECT"
    ));
    assert_eq!(main(&firewall), Some(Manager::Ufw));
    let whose = |chain, number| owner(&firewall, &rule(&firewall, TableFamily::Ip, chain, number));
    assert_eq!(whose("f2b-nginx-http-auth", 1), Some(Manager::Fail2ban));
    assert_eq!(whose("INPUT", 4), Some(Manager::Fail2ban), "by its set");
    assert_eq!(whose("INPUT", 5), Some(Manager::Crowdsec), "by its set");
    let found = [Manager::Ufw, Manager::Fail2ban, Manager::Crowdsec, Manager::Iptables];
    assert_eq!(all(&firewall), found);
}

#[test]
fn csf_owns_the_built_in_chains_too() {
    let firewall = host(
        "legacy ip filter
        :INPUT DROP
        :OUTPUT DROP
        :LOCALINPUT -
        :LOCALOUTPUT -
        :DENYIN -
        :LOGDROPIN -
        -A INPUT ! -i lo -j LOCALINPUT
        -A INPUT ! -i lo -j LOGDROPIN
        -A LOCALINPUT ! -i lo -j DENYIN
        -A DENYIN -s 172.64.0.0/13 ! -i lo -j DROP
        -A LOGDROPIN -j DROP",
    );
    assert_eq!((main(&firewall), all(&firewall)), (Some(Manager::Csf), vec![Manager::Csf]));
    let policy = Decider::Policy(place(&firewall, TableFamily::Ip, "OUTPUT"));
    assert_eq!(owner(&firewall, &policy), Some(Manager::Csf));
    let denied = rule(&firewall, TableFamily::Ip, "DENYIN", 1);
    assert_eq!(owner(&firewall, &denied), Some(Manager::Csf));
}

const DOCKER: &str = "
    iptables ip filter
    :INPUT ACCEPT
    :FORWARD DROP
    :DOCKER -
    :DOCKER-USER -
    -A FORWARD -j DOCKER-USER
    -A FORWARD -o docker0 -j DOCKER
    -A FORWARD -i docker0 ! -o docker0 -j ACCEPT
    -A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 8443 -j ACCEPT
    -A DOCKER-USER -s 172.64.0.0/13 -j DROP
    iptables ip raw
    :PREROUTING ACCEPT
    -A PREROUTING -d 172.17.0.2/32 ! -i docker0 -j DROP";

#[test]
fn docker_owns_what_it_hangs_before_its_containers() {
    let firewall = host(DOCKER);
    assert_eq!((main(&firewall), all(&firewall)), (Some(Manager::Docker), vec![Manager::Docker]));
    let policy = Decider::Policy(place(&firewall, TableFamily::Ip, "FORWARD"));
    assert_eq!(owner(&firewall, &policy), Some(Manager::Docker));
    for (chain, number) in [("PREROUTING", 1), ("DOCKER-USER", 1), ("FORWARD", 3)] {
        let decider = rule(&firewall, TableFamily::Ip, chain, number);
        assert_eq!(owner(&firewall, &decider), Some(Manager::Docker), "{chain}");
    }
}

#[test]
fn hands_manage_the_host_where_docker_only_adds() {
    let shut = host(&format!("{DOCKER}\nnft inet filter\n:input DROP"));
    assert_eq!(main(&shut), Some(Manager::Nftables));
    assert_eq!(all(&shut), [Manager::Docker, Manager::Nftables]);
}

#[test]
fn hands_are_told_apart_by_their_tool() {
    let nft = host("nft inet filter\n:input ACCEPT\n-A input tcp dport 443 -j DROP");
    assert_eq!(main(&nft), Some(Manager::Nftables));
    let iptables = host("iptables ip filter\n:INPUT DROP");
    assert_eq!(main(&iptables), Some(Manager::Iptables));
    let legacy = host("legacy ip filter\n:INPUT ACCEPT\n-A INPUT -s 172.64.0.0/13 -j DROP");
    assert_eq!(main(&legacy), Some(Manager::IptablesLegacy));
    let decider = rule(&legacy, TableFamily::Ip, "INPUT", 1);
    assert_eq!(owner(&legacy, &decider), Some(Manager::IptablesLegacy));
}

#[test]
fn kubernetes_only_adds() {
    let firewall = host(
        "iptables ip filter
        :INPUT ACCEPT
        :KUBE-FIREWALL -
        -A INPUT -j KUBE-FIREWALL
        -A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -j DROP",
    );
    assert_eq!(main(&firewall), Some(Manager::Kubernetes));
    let inside = rule(&firewall, TableFamily::Ip, "KUBE-FIREWALL", 1);
    assert_eq!(owner(&firewall, &inside), Some(Manager::Kubernetes));
}

#[test]
fn a_route_is_no_managers() {
    let firewall = host(UFW);
    let route = Decider::Route("blackhole 172.64.0.0/13".to_owned());
    assert_eq!(owner(&firewall, &route), None);
    let gone = ChainAt {
        backend: Backend::Nft,
        family: TableFamily::Inet,
        table: "gone".to_owned(),
        chain: "input".to_owned(),
        hook: Hook::Input,
    };
    assert_eq!(owner(&firewall, &Decider::Policy(gone)), None);
}
