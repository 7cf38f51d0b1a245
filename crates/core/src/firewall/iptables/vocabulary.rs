//! Every match and target of iptables-extensions(8), as the real tools save it: which are evaluated, which
//! may hold or not, which could do anything. What the samples' kernel refuses is written by hand.

use std::collections::BTreeSet;

use super::*;
use crate::firewall::model::{Chain, Part, Rule};
use crate::firewall::nft;

const LISTINGS: [(Input, &str); 5] = [
    (Input::Iptables, include_str!("samples/iptables-nft-save.txt")),
    (Input::Ip6tables, include_str!("samples/ip6tables-nft-save.txt")),
    (Input::IptablesLegacy, include_str!("samples/iptables-legacy-save.txt")),
    (Input::Ip6tablesLegacy, include_str!("samples/ip6tables-legacy-save.txt")),
    (Input::IptablesLegacy, include_str!("samples/by-hand.txt")),
];

const SETS: &str = "create cf hash:net family inet\ncreate pairs hash:ip,port family inet\n\
                    create cf6 hash:net family inet6\n";

/// Evaluated, or of no effect on what becomes of a packet.
const KNOWN: &[&str] = &[
    "ACCEPT",
    "AUDIT",
    "CHECKSUM",
    "CLASSIFY",
    "CONNMARK",
    "CONNSECMARK",
    "CT",
    "DNAT",
    "DROP",
    "DSCP",
    "ECN",
    "HL",
    "HMARK",
    "IDLETIMER",
    "LED",
    "LOG",
    "MARK",
    "MASQUERADE",
    "NETMAP",
    "NFLOG",
    "NFQUEUE",
    "NOTRACK",
    "QUEUE",
    "RATEEST",
    "REDIRECT",
    "REJECT",
    "RETURN",
    "SECMARK",
    "SET",
    "SNAT",
    "SYNPROXY",
    "TCPMSS",
    "TCPOPTSTRIP",
    "TEE",
    "TOS",
    "TRACE",
    "TTL",
    "ULOG",
    "addrtype",
    "comment",
    "connlimit",
    "connmark",
    "conntrack",
    "dccp",
    "dscp",
    "dst",
    "frag",
    "hashlimit",
    "hbh",
    "hl",
    "icmp",
    "icmp6",
    "iprange",
    "ipv6header",
    "length",
    "limit",
    "mark",
    "multiport",
    "pkttype",
    "policy",
    "quota",
    "recent",
    "rpfilter",
    "rt",
    "sctp",
    "set",
    "state",
    "tcp",
    "ttl",
    "udp",
    "udplite",
    "user",
];

/// May hold or not.
const PERHAPS: &[&str] = &[
    "bpf",
    "cgroup",
    "cluster",
    "connbytes",
    "connlabel",
    "cpu",
    "devgroup",
    "ecn",
    "esp",
    "eui64",
    "geoip",
    "helper",
    "ipcomp",
    "ipvs",
    "l2tp",
    "mac",
    "mh",
    "nfacct",
    "nosuch",
    "osf",
    "owner",
    "physdev",
    "rateest",
    "realm",
    "socket",
    "srh",
    "statistic",
    "string",
    "tcpmss",
    "time",
    "tos",
    "u32",
];

/// Could do anything.
const UNKNOWN: &[&str] = &["CLUSTERIP", "DNPT", "NOSUCH", "SNPT", "TPROXY"];

/// Rules whose match is known, but not with these options.
const PERHAPS_SO: &[&str] = &[
    "--tcp-option 8",
    "--chunk-types",
    "--dccp-types",
    "--icmp-type 3/4",
    "--icmpv6-type 1/4",
    "--ctexpire",
    "--limit-iface-out",
    "--return-nomatch",
    "--packets-gt",
    "--rcheck",
    "--remove",
    "--dir out",
    "! --header",
    "--nosuch",
];

/// Rules whose target is known, but not with these options.
const UNKNOWN_SO: &[&str] = &["--del-set"];

/// What a rule is expected to be: with a match that cannot be told, with a target that cannot.
fn expected(text: &str, seen: &mut BTreeSet<String>) -> (bool, bool) {
    let words: Vec<&str> = text.split(' ').collect();
    let (mut perhaps, mut unknown) = (false, false);
    for pair in words.windows(2).filter(|pair| ["-m", "-j", "-g"].contains(&pair[0])) {
        let name = pair[1];
        // An AH header is looked for in IPv6, and told by the protocol in IPv4.
        let ah = name == "ah" && text.contains("-p ah");
        perhaps |= PERHAPS.contains(&name) || ah;
        unknown |= UNKNOWN.contains(&name);
        let known = [KNOWN, PERHAPS, UNKNOWN].iter().any(|list| list.contains(&name));
        assert!(known || name == "ah", "not in the table: {text}");
        seen.insert(name.to_owned());
    }
    perhaps |= PERHAPS_SO.iter().any(|so| text.contains(so));
    unknown |= UNKNOWN_SO.iter().any(|so| text.contains(so));
    (perhaps, unknown)
}

#[test]
fn every_match_and_target_of_the_manual_is_read_as_the_table_says() {
    let mut seen = BTreeSet::from(["comment".to_owned()]);
    for (input, text) in LISTINGS {
        let mut ruleset = Ruleset::default();
        let snapshot = Snapshot::default().with(input, text).with(Input::Ipset, SETS);
        read(&snapshot, &mut ruleset);
        assert_eq!(ruleset.troubles, []);
        let count: usize = ruleset
            .tables
            .iter()
            .flat_map(|table| &table.chains)
            .map(|chain| chain.rules.len())
            .sum();
        assert_eq!(count, text.lines().filter(|line| line.starts_with("-A")).count());
        for rule in ruleset.tables.iter().flat_map(|table| &table.chains).flat_map(|c| &c.rules) {
            let (perhaps, unknown) = expected(&rule.text, &mut seen);
            let found = rule.parts.iter().any(|part| matches!(part, Part::Perhaps { .. }));
            assert_eq!(found, perhaps, "{}: {:?}", rule.text, rule.parts);
            let found = rule.parts.iter().any(|part| matches!(part, Part::Unknown { .. }));
            assert_eq!(found, unknown, "{}: {:?}", rule.text, rule.parts);
        }
    }
    for name in [KNOWN, PERHAPS, UNKNOWN].into_iter().flatten() {
        assert!(seen.contains(*name), "no sample has {name}");
    }
}

#[test]
fn both_back_ends_are_read_alike() {
    let read_as = |input, text: &str| {
        let mut ruleset = Ruleset::default();
        read(&Snapshot::default().with(input, text).with(Input::Ipset, SETS), &mut ruleset);
        ruleset.tables
    };
    for (nft, legacy) in [(0, 2), (1, 3)] {
        let over_nft = read_as(LISTINGS[nft].0, LISTINGS[nft].1);
        let legacy = read_as(LISTINGS[legacy].0, LISTINGS[legacy].1);
        for table in over_nft {
            assert_eq!(table.backend, Backend::IptablesNft);
            let other = legacy.iter().find(|other| other.name == table.name).unwrap();
            assert_eq!(other.backend, Backend::IptablesLegacy);
            for chain in table.chains {
                let other = other.chains.iter().find(|other| other.name == chain.name).unwrap();
                assert_eq!(other.base, chain.base);
                let rules = |chain: &Chain| -> Vec<Vec<Part>> {
                    let told = chain.rules.iter().filter(|rule| !rule.text.ends_with("-j QUEUE"));
                    told.map(|rule| rule.parts.clone()).collect()
                };
                assert_eq!(rules(other), rules(&chain));
            }
        }
    }
}

#[test]
fn what_nft_cannot_show_of_its_rules_is_taken_from_here() {
    let snapshot = Snapshot::default()
        .with(Input::NftJson, include_str!("samples/nft.json"))
        .with(LISTINGS[0].0, LISTINGS[0].1)
        .with(LISTINGS[1].0, LISTINGS[1].1)
        .with(Input::Ipset, SETS);
    let mut ruleset = Ruleset::default();
    nft::read(&snapshot, &mut ruleset);
    let before = ruleset.clone();
    read(&snapshot, &mut ruleset);
    assert_eq!(ruleset.troubles, before.troubles);
    let rules = |ruleset: &Ruleset| -> Vec<Rule> {
        let tables = ruleset.tables.iter().flat_map(|table| &table.chains);
        tables.flat_map(|chain| &chain.rules).cloned().collect()
    };
    for (shown, rule) in rules(&before).iter().zip(rules(&ruleset)) {
        assert_eq!((rule.handle, rule.number), (shown.handle, shown.number));
        if !is_partial(shown) {
            assert_eq!(rule, *shown);
            continue;
        }
        let (_, unknown) = expected(&rule.text, &mut BTreeSet::new());
        let found = rule.parts.iter().any(|part| matches!(part, Part::Unknown { .. }));
        assert_eq!(found, unknown, "{shown:?} became {rule:?}");
    }
}
