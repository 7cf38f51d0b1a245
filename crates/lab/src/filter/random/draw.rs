//! Draws a whole ruleset: tables, base chains at any hook and priority, chains below them, sets.

use rayfix_core::firewall::Family;

use super::super::chance::Chance;
use super::places::several;
use super::plan::{NftChain, NftTable, Plan};
use super::rules::{Around, rule};
use super::xt;

/// The ruleset that these numbers draw.
#[must_use]
pub fn draw(chance: &mut Chance) -> Plan {
    let mut plan = Plan::default();
    let kind = chance.below(10);
    if kind < 7 {
        for at in 0..1 + chance.below(2) {
            plan.nft.push(table(chance, at));
        }
    }
    if kind >= 5 {
        plan.ipsets = xt::sets(chance);
        let tools: &[&str] = match chance.below(4) {
            0 => &["iptables-nft"],
            1 => &["iptables-nft", "ip6tables-nft"],
            2 => &["iptables-legacy", "ip6tables-legacy"],
            _ => &["iptables-nft", "iptables-legacy"],
        };
        for tool in tools {
            for name in ["filter", "mangle", "raw", "nat"] {
                if name == "filter" || chance.once_in(4) {
                    plan.iptables.push(xt::table(chance, tool, name));
                }
            }
        }
    }
    if chance.once_in(8) {
        plan.around.push(around(chance));
    }
    plan
}

fn around(chance: &mut Chance) -> String {
    let family = if chance.once_in(3) { Family::V6 } else { Family::V4 };
    let prefix = super::places::prefix(chance, family);
    let six = if family == Family::V6 { "-6 " } else { "" };
    match chance.below(5) {
        0 if prefix.prefix_len() > 8 => {
            format!(
                "ip {six}route add {} {prefix}",
                chance.one(&["blackhole", "unreachable", "prohibit"])
            )
        }
        1 if prefix.prefix_len() > 8 => format!("ip {six}rule add to {prefix} blackhole"),
        2 => format!("ip {six}rule add from {prefix} unreachable"),
        3 => format!("ip {six}rule add fwmark {} prohibit", 1 + chance.below(3)),
        _ => "echo 1 > /proc/sys/net/ipv4/conf/eth0/rp_filter".to_owned(),
    }
}

fn table(chance: &mut Chance, at: usize) -> NftTable {
    let family = *chance.one(&["ip", "inet", "inet", "ip6"]);
    let (mut sets, mut names) = (Vec::new(), [Vec::new(), Vec::new()]);
    for number in 0..chance.below(3) {
        let of = if family == "ip" || (family == "inet" && chance.once_in(2)) {
            Family::V4
        } else {
            Family::V6
        };
        let name = format!("s{number}");
        let kind = if of == Family::V4 { "ipv4_addr" } else { "ipv6_addr" };
        let all: Vec<String> = several(chance, of, 8).iter().map(ToString::to_string).collect();
        sets.push(format!(
            "set {name} {{ type {kind}; flags interval; elements = {{ {} }}; }}",
            all.join(", ")
        ));
        names[usize::from(of == Family::V6)].push(name);
    }
    let below: Vec<String> = (0..chance.below(4)).map(|at| format!("below{at}")).collect();
    let mut chains = Vec::new();
    // What is jumped to must be known by then; the last stands first.
    for number in (0..below.len()).rev() {
        let around = Around {
            family,
            in_rule: "ip",
            hook: "",
            raw: false,
            below: &below[number + 1..],
            sets: [&names[0], &names[1]],
        };
        let rules = (0..1 + chance.below(4)).map(|_| rule(chance, &around)).collect();
        chains.push(NftChain { name: below[number].clone(), base: String::new(), rules });
    }
    for number in 0..1 + chance.below(3) {
        let hook = *chance.one(&["input", "input", "input", "prerouting", "output", "postrouting"]);
        let priority = match hook {
            "prerouting" | "output" => *chance.one(&[-400, -300, -250, -150, -90, 0, 10]),
            _ => *chance.one(&[-150, -10, 0, 0, 0, 10, 110]),
        };
        let raw = priority < -200;
        let policy = if chance.once_in(3) { "drop" } else { "accept" };
        let around = Around {
            family,
            in_rule: "ip",
            hook,
            raw,
            below: &below,
            sets: [&names[0], &names[1]],
        };
        let mut rules: Vec<String> = Vec::new();
        if family != "ip" && !chance.once_in(6) {
            rules.push("meta l4proto ipv6-icmp accept".to_owned());
        }
        if !raw && hook != "output" && !chance.once_in(3) {
            rules.push("ct state established,related accept".to_owned());
        }
        rules.extend((0..1 + chance.below(6)).map(|_| rule(chance, &around)));
        chains.push(NftChain {
            name: format!("base{number}"),
            base: format!("type filter hook {hook} priority {priority}; policy {policy};"),
            rules,
        });
    }
    if family != "inet" && chance.once_in(4) {
        let to = *chance.one(&["8443", "9999", "80"]);
        let around = Around {
            family,
            in_rule: "ip",
            hook: "prerouting",
            raw: false,
            below: &[],
            sets: [&names[0], &names[1]],
        };
        let mut rules: Vec<String> = (0..chance.below(2)).map(|_| rule(chance, &around)).collect();
        rules.push(format!("tcp dport {} redirect to :{to}", chance.one(&["443", "80"])));
        chains.push(NftChain {
            name: "nat".to_owned(),
            base: "type nat hook prerouting priority -100;".to_owned(),
            rules,
        });
    }
    NftTable { name: format!("{family} t{at}"), sets, chains }
}
