//! Lines that made rules, in files as the managers write them.

use super::super::super::model::TableFamily;
use super::super::super::ruling::Decider;
use super::super::super::snapshot::Snapshot;
use super::super::tests::{host, place, rule};
use super::{Line, source};

const USER_RULES: &str = "*filter
:ufw-user-input - [0:0]
:ufw-user-limit - [0:0]
### RULES ###

### tuple ### deny any any 0.0.0.0/0 any 172.64.0.0/13 in
-A ufw-user-input -s 172.64.0.0/13 -j DROP

### tuple ### allow tcp 80,443 0.0.0.0/0 any 173.245.48.0/20 in
-A ufw-user-input -p tcp -m multiport --dports 80,443 -s 173.245.48.0/20 -j ACCEPT

### END RULES ###

### RATE LIMITING ###
-A ufw-user-limit -m limit --limit 3/minute -j LOG --log-prefix \"[UFW LIMIT BLOCK] \"
-A ufw-user-limit -j REJECT
### END RATE LIMITING ###
COMMIT
";

const BEFORE_RULES: &str = "*filter
# drop INVALID packets (logs these in loglevel medium and higher)
-A ufw-before-input -m conntrack --ctstate INVALID -j ufw-logging-deny
-A ufw-before-input -m conntrack --ctstate INVALID -j DROP
COMMIT
";

const DEFAULT_UFW: &str = "# /etc/default/ufw
IPV6=no
DEFAULT_INPUT_POLICY=\"DROP\"
DEFAULT_OUTPUT_POLICY=\"ACCEPT\"
";

const UFW: &str = "
    iptables ip filter
    :INPUT DROP
    :ufw-before-input -
    :ufw-user-input -
    :ufw-user-limit -
    :ufw-skip-to-policy-input -
    -A INPUT -j ufw-before-input
    -A ufw-before-input -m conntrack --ctstate INVALID -j DROP
    -A ufw-user-input -s 172.64.0.0/13 -j DROP
    -A ufw-user-input -s 104.16.0.0/13 -j DROP
    -A ufw-user-limit -j REJECT --reject-with icmp-port-unreachable
    -A ufw-skip-to-policy-input -j DROP
    iptables ip6 filter
    :INPUT DROP
    :FORWARD DROP
    :OUTPUT DROP
    -A INPUT -i lo -j ACCEPT
    -A OUTPUT -o lo -j ACCEPT";

fn with(files: &[(&str, &str)]) -> Snapshot {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    Snapshot { files: files.collect(), ..Snapshot::default() }
}

fn line(path: &str, line: usize, text: &str) -> Option<Line> {
    Some(Line { path: path.to_owned(), line, text: text.to_owned() })
}

fn ufws() -> Snapshot {
    with(&[
        ("/etc/ufw/user.rules", USER_RULES),
        ("/etc/ufw/before.rules", BEFORE_RULES),
        ("/etc/default/ufw", DEFAULT_UFW),
    ])
}

#[test]
fn ufws_rule_is_what_was_asked_of_it() {
    let (snapshot, firewall) = (ufws(), host(UFW));
    let of = |chain, number| {
        source(&snapshot, &firewall, &rule(&firewall, TableFamily::Ip, chain, number))
    };
    let asked = "### tuple ### deny any any 0.0.0.0/0 any 172.64.0.0/13 in";
    assert_eq!(of("ufw-user-input", 1), line("/etc/ufw/user.rules", 6, asked));
    let invalid = "-A ufw-before-input -m conntrack --ctstate INVALID -j DROP";
    assert_eq!(of("ufw-before-input", 1), line("/etc/ufw/before.rules", 4, invalid));
    let limit = "-A ufw-user-limit -j REJECT";
    assert_eq!(of("ufw-user-limit", 1), line("/etc/ufw/user.rules", 16, limit));
    assert_eq!(of("ufw-user-input", 2), None, "a rule that is in no file");
}

#[test]
fn ufws_policy_stands_in_its_defaults() {
    let (snapshot, firewall) = (ufws(), host(UFW));
    let of = |family, chain| {
        source(&snapshot, &firewall, &Decider::Policy(place(&firewall, family, chain)))
    };
    let drop = line("/etc/default/ufw", 3, "DEFAULT_INPUT_POLICY=\"DROP\"");
    assert_eq!(of(TableFamily::Ip, "INPUT"), drop);
    let skipped = rule(&firewall, TableFamily::Ip, "ufw-skip-to-policy-input", 1);
    assert_eq!(source(&snapshot, &firewall, &skipped), drop);
    let six = line("/etc/default/ufw", 2, "IPV6=no");
    assert_eq!(of(TableFamily::Ip6, "OUTPUT"), six, "IPv6 is shut by one switch");
}

const PUBLIC: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>
<zone>
  <short>Public</short>
  <service name=\"https\"/>
  <rule family=\"ipv4\">
    <source address=\"172.64.0.0/13\"/>
    <reject/>
  </rule>
  <rule>
    <source ipset=\"bad\"/>
    <drop/>
  </rule>
  <forward/>
</zone>
";

const DROP: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>
<zone target=\"DROP\">
  <short>Drop</short>
</zone>
";

const DIRECT: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>
<direct>
  <rule ipv=\"ipv4\" table=\"filter\" chain=\"INPUT\" priority=\"0\">-s 104.16.0.0/13 -j DROP</rule>
</direct>
";

#[test]
fn firewallds_rule_is_the_line_of_its_zone() {
    let snapshot = with(&[
        ("/etc/firewalld/zones/public.xml", PUBLIC),
        ("/usr/lib/firewalld/zones/drop.xml", DROP),
        ("/etc/firewalld/direct.xml", DIRECT),
    ]);
    let firewall = host(
        "nft inet firewalld
        :filter_INPUT ACCEPT
        :filter_IN_public -
        :filter_IN_public_deny -
        :filter_IN_drop -
        -A filter_IN_public reject with icmpx admin-prohibited
        -A filter_IN_public_deny ip saddr 172.64.0.0/13 reject with icmp port-unreachable
        -A filter_IN_public_deny ip saddr @bad drop
        -A filter_IN_drop drop
        iptables ip filter
        :INPUT ACCEPT
        -A INPUT -s 104.16.0.0/13 -j DROP",
    );
    let of = |chain, number| {
        source(&snapshot, &firewall, &rule(&firewall, TableFamily::Inet, chain, number))
    };
    let public = "/etc/firewalld/zones/public.xml";
    let address = "<source address=\"172.64.0.0/13\"/>";
    assert_eq!(of("filter_IN_public_deny", 1), line(public, 6, address));
    assert_eq!(of("filter_IN_public_deny", 2), line(public, 10, "<source ipset=\"bad\"/>"));
    assert_eq!(of("filter_IN_public", 1), None, "nobody wrote down that the rest is refused");
    let target = "<zone target=\"DROP\">";
    assert_eq!(of("filter_IN_drop", 1), line("/usr/lib/firewalld/zones/drop.xml", 2, target));
    let direct = rule(&firewall, TableFamily::Ip, "INPUT", 1);
    let found = source(&snapshot, &firewall, &direct).unwrap();
    assert_eq!((found.path.as_str(), found.line), ("/etc/firewalld/direct.xml", 3));
}

#[test]
fn a_rich_rule_that_stands_twice_is_not_pointed_at() {
    let twice =
        PUBLIC.replace("ipset=\"bad\"", "address=\"172.64.0.0/13\"").replace("drop", "reject");
    let snapshot = with(&[("/etc/firewalld/zones/public.xml", &twice)]);
    let firewall = host(
        "nft inet firewalld
        :filter_IN_public_deny -
        -A filter_IN_public_deny ip saddr 172.64.0.0/13 reject with icmp port-unreachable",
    );
    let decider = rule(&firewall, TableFamily::Inet, "filter_IN_public_deny", 1);
    assert_eq!(source(&snapshot, &firewall, &decider), None);
}

const NFTABLES_CONF: &str = "#!/usr/sbin/nft -f

flush ruleset

table inet filter {
\tset blocked { type ipv4_addr; flags interval
\t\telements = { 172.64.0.0/13,
\t\t\t104.16.0.0/13 }
\t}
\tchain input {
\t\ttype filter hook input priority 0; policy drop;
\t\tct state vmap { established : accept, related : accept, invalid : drop } # first
\t\tip saddr @blocked counter drop comment \"not # these\"
\t\ttcp dport { 22,
\t\t\t80 } accept; ip protocol icmp accept
\t}
\tchain other {
\t\tudp dport 53 drop
\t}
}
add rule inet filter input ip saddr 198.41.128.0/17 drop
";

#[test]
fn nfts_rule_is_the_line_that_says_the_same_in_the_same_chain() {
    let snapshot = with(&[("/etc/nftables.conf", NFTABLES_CONF)]);
    let firewall = host(
        "nft inet filter
        :input DROP
        -A input ip saddr @blocked counter packets 7 bytes 420 drop comment \"not # these\"
        -A input tcp dport { 22, 80 } accept
        -A input ip protocol icmp accept
        -A input udp dport 53 drop
        -A input ip saddr 198.41.128.0/17 drop # handle 9",
    );
    let found: Vec<Option<usize>> = (1..=5)
        .map(|number| {
            let mut decider = rule(&firewall, TableFamily::Inet, "input", number);
            if let Decider::Rule(rule) = &mut decider {
                rule.text = rule.text.trim_start_matches("-A input ").to_owned();
            }
            source(&snapshot, &firewall, &decider).map(|line| line.line)
        })
        .collect();
    assert_eq!(found, [Some(13), Some(14), Some(15), None, Some(21)]);
    let policy = Decider::Policy(place(&firewall, TableFamily::Inet, "input"));
    assert_eq!(source(&snapshot, &firewall, &policy).map(|line| line.line), Some(11));
}

const RULES_V4: &str = "*mangle
:INPUT DROP [0:0]
COMMIT
*filter
:INPUT DROP [3:180]
:DOCKER-USER - [0:0]
[0:0] -A INPUT -s 172.64.0.0/13 -p tcp -m tcp --dport 443 -j DROP
-A DOCKER-USER -s 104.16.0.0/13 -j DROP
COMMIT
";

#[test]
fn what_iptables_loads_at_boot_is_pointed_at() {
    let snapshot = with(&[("/etc/iptables/rules.v4", RULES_V4)]);
    let firewall = host(
        "iptables ip filter
        :INPUT DROP
        :DOCKER-USER -
        -A INPUT -s 172.64.0.0/13 -p tcp -m tcp --dport 443 -j DROP
        -A DOCKER-USER -s 104.16.0.0/13 -j DROP",
    );
    let of = |decider: &Decider| source(&snapshot, &firewall, decider).map(|line| line.line);
    assert_eq!(of(&rule(&firewall, TableFamily::Ip, "INPUT", 1)), Some(7));
    assert_eq!(of(&rule(&firewall, TableFamily::Ip, "DOCKER-USER", 1)), Some(8));
    let policy = Decider::Policy(place(&firewall, TableFamily::Ip, "INPUT"));
    assert_eq!(of(&policy), Some(5), "not the other table's");
}

#[test]
fn csfs_denial_is_the_line_of_its_list() {
    let deny =
        "# comment\n172.64.0.0/13 # do not delete - Manually denied: 172.64.0.0/13\n10.1.1.1\n";
    let snapshot = with(&[("/etc/csf/csf.deny", deny)]);
    let firewall = host(
        "legacy ip filter
        :INPUT DROP
        :LOCALINPUT -
        :LOCALOUTPUT -
        :DENYIN -
        -A DENYIN -s 172.64.0.0/13 ! -i lo -j DROP
        -A DENYIN -s 10.1.1.2/32 ! -i lo -j DROP",
    );
    let of = |number| {
        let decider = rule(&firewall, TableFamily::Ip, "DENYIN", number);
        source(&snapshot, &firewall, &decider).map(|line| line.line)
    };
    assert_eq!((of(1), of(2)), (Some(2), None));
}

#[test]
fn without_files_nothing_is_pointed_at() {
    let firewall = host(UFW);
    let policy = Decider::Policy(place(&firewall, TableFamily::Ip, "INPUT"));
    assert_eq!(source(&Snapshot::default(), &firewall, &policy), None);
}
