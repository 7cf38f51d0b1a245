//! Draws rules of nft: what they ask, and what they do.

use rayfix_core::firewall::Family;

use super::super::chance::Chance;
use super::places::{prefix, several, stretch};

/// What a rule may use.
pub(super) struct Around<'a> {
    /// `ip`, `ip6`, `inet`.
    pub(super) family: &'a str,
    /// `ip` or `ip6`: what a rule of an `inet` table speaks of.
    pub(super) in_rule: &'a str,
    /// `prerouting`, `input`, `output`, `postrouting`; empty: a chain that is jumped to.
    pub(super) hook: &'a str,
    /// Whether its base chain runs before connections are looked up, and is a raw one.
    pub(super) raw: bool,
    /// Chains that may be jumped to.
    pub(super) below: &'a [String],
    /// Sets of IPv4 addresses, of IPv6 ones.
    pub(super) sets: [&'a [String]; 2],
}

/// A rule that can be loaded, mostly.
pub(super) fn rule(chance: &mut Chance, around: &Around<'_>) -> String {
    let mut words = Vec::new();
    // One family in one rule: another would be refused.
    let family = match around.family {
        "inet" if chance.once_in(3) => "ip6",
        "inet" => "ip",
        own => own,
    };
    let around = &Around { in_rule: family, ..*around };
    let asks = [0, 1, 1, 1, 2, 2][chance.below(6)];
    for _ in 0..asks {
        words.push(ask(chance, around));
    }
    if chance.once_in(12) {
        words.push(change(chance, around));
    }
    words.push(end(chance, around));
    words.join(" ")
}

fn of(around: &Around<'_>) -> (Family, &'static str) {
    if around.in_rule == "ip6" { (Family::V6, "ip6") } else { (Family::V4, "ip") }
}

fn not(chance: &mut Chance) -> &'static str {
    if chance.once_in(4) { "!= " } else { "" }
}

fn ask(chance: &mut Chance, around: &Around<'_>) -> String {
    let (family, word) = of(around);
    // In answers the client is the destination.
    let side = match around.hook {
        "output" | "postrouting" => *chance.one(&["daddr", "daddr", "saddr"]),
        _ => *chance.one(&["saddr", "saddr", "saddr", "daddr"]),
    };
    let port = *chance.one(&["dport", "dport", "sport"]);
    let no = not(chance);
    match chance.below(30) {
        0..=6 => format!("{word} {side} {no}{}", prefix(chance, family)),
        7 | 8 => {
            let all: Vec<String> =
                several(chance, family, 6).iter().map(ToString::to_string).collect();
            format!("{word} {side} {no}{{ {} }}", all.join(", "))
        }
        9 => format!("{word} {side} {no}{}", stretch(chance, family)),
        10 | 11 => {
            let sets = around.sets[usize::from(family == Family::V6)];
            if sets.is_empty() {
                return format!("{word} {side} {no}{}", prefix(chance, family));
            }
            format!("{word} {side} {no}@{}", chance.one(sets))
        }
        12 => {
            let all: Vec<String> = several(chance, family, 4)
                .iter()
                .map(|prefix| format!("{prefix} . {}", chance.one(&["80", "443", "22", "80-443"])))
                .collect();
            format!("{word} {side} . tcp dport {no}{{ {} }}", all.join(", "))
        }
        13 | 14 => {
            format!("tcp {port} {no}{}", chance.one(&["443", "80", "22", "{ 80, 443 }", "1-100"]))
        }
        15 => format!(
            "tcp {port} {no}{}",
            chance.one(&["400-500", "1024-65535", "{ 22, 8443 }", "> 79"])
        ),
        16 => format!("th dport {no}{}", chance.one(&["443", "{ 80, 443 }"])),
        17 => format!("meta l4proto {no}{}", chance.one(&["tcp", "udp", "{ tcp, udp }", "icmp"])),
        18 if around.family == "inet" => {
            format!("meta nfproto {no}{}", chance.one(&["ipv4", "ipv6"]))
        }
        19 | 20 => format!(
            "ct state {no}{}",
            chance.one(&[
                "new",
                "established",
                "established,related",
                "invalid",
                "untracked",
                "{ new, established }"
            ])
        ),
        21 => format!(
            "iifname {no}{}",
            chance.one(&["\"eth0\"", "\"lo\"", "\"eth*\"", "{ \"eth0\", \"eth1\" }"])
        ),
        22 => format!("oifname {no}{}", chance.one(&["\"eth0\"", "\"lo\"", "\"e*\""])),
        23 => format!("meta mark {no}{}", chance.one(&["0", "1", "2", "{ 1, 3 }", "1-5"])),
        24 => format!("meta mark & 0x{} == 0x{}", chance.below(4), chance.below(4)),
        25 => format!("ct mark {no}{}", chance.one(&["0", "1", "2"])),
        26 => (*chance.one(&[
            "tcp flags syn",
            "tcp flags & (fin|syn|rst|ack) == syn",
            "tcp flags & (syn|ack) != syn",
            "tcp flags & (fin | syn) == fin | syn",
        ]))
        .to_owned(),
        27 => (*chance.one(&[
            "ct direction original",
            "ct direction reply",
            "ct status dnat",
            "ct original proto-dst 443",
        ]))
        .to_owned(),
        28 => (*chance.one(&[
            "fib saddr type local",
            "fib daddr type local",
            "fib saddr type unicast",
            "fib saddr . iif oif missing",
            "fib saddr . iif oif exists",
            "fib daddr type != local",
        ]))
        .to_owned(),
        _ => (*chance.one(&[
            "meta pkttype host",
            "meta l4proto tcp",
            "meta protocol ip",
            // What cannot be told from here.
            "meta skuid 0",
            "meta skgid != 33",
            "meta hour \"00:00\"-\"12:00\"",
            "meta day { \"Monday\", \"Friday\" }",
            "tcp dport & 1 == 1",
            "th sport > 1023",
        ]))
        .to_owned(),
    }
}

fn change(chance: &mut Chance, around: &Around<'_>) -> String {
    let (family, word) = of(around);
    match chance.below(8) {
        0 | 1 => format!("meta mark set {}", chance.below(4)),
        2 => "meta mark set meta mark | 0x2".to_owned(),
        3 => format!("ct mark set {}", chance.below(3)),
        4 => "meta mark set ct mark".to_owned(),
        5 => "ct mark set meta mark".to_owned(),
        6 => {
            let all: Vec<String> = several(chance, family, 4)
                .iter()
                .map(|prefix| format!("{prefix} : {}", chance.below(4)))
                .collect();
            format!("meta mark set {word} saddr map {{ {} }}", all.join(", "))
        }
        _ if around.raw => "notrack".to_owned(),
        _ => "counter".to_owned(),
    }
}

fn verdict(chance: &mut Chance, around: &Around<'_>) -> String {
    let below = |chance: &mut Chance, word: &str| match around.below {
        [] => "continue".to_owned(),
        some => format!("{word} {}", chance.one(some)),
    };
    match chance.below(12) {
        0..=3 => "accept".to_owned(),
        4..=6 => "drop".to_owned(),
        7 => "return".to_owned(),
        8 | 9 => below(chance, "jump"),
        10 => below(chance, "goto"),
        _ => "continue".to_owned(),
    }
}

fn end(chance: &mut Chance, around: &Around<'_>) -> String {
    match chance.below(14) {
        0 if matches!(around.hook, "input" | "") => reject(chance, around),
        1 => {
            let (family, word) = of(around);
            let side = if around.hook == "output" { "daddr" } else { "saddr" };
            let all: Vec<String> = several(chance, family, 5)
                .iter()
                .map(|prefix| format!("{prefix} : {}", verdict(chance, around)))
                .collect();
            format!("{word} {side} vmap {{ {} }}", all.join(", "))
        }
        2 => format!(
            "ct state vmap {{ established : {}, new : {} }}",
            verdict(chance, around),
            verdict(chance, around)
        ),
        3 => format!(
            "tcp dport vmap {{ 80 : {}, 443 : {} }}",
            verdict(chance, around),
            verdict(chance, around)
        ),
        4 => change(chance, around),
        _ => verdict(chance, around),
    }
}

fn reject(chance: &mut Chance, around: &Around<'_>) -> String {
    let all: &[&str] = match around.family {
        "ip" => &[
            "reject",
            "reject with tcp reset",
            "reject with icmp type host-prohibited",
            "reject with icmp type port-unreachable",
        ],
        "ip6" => &["reject", "reject with tcp reset", "reject with icmpv6 type admin-prohibited"],
        _ => &[
            "reject",
            "reject with tcp reset",
            "reject with icmpx type admin-prohibited",
            "reject with icmp type net-unreachable",
        ],
    };
    (*chance.one(all)).to_owned()
}
