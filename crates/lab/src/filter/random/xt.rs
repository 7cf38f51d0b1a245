//! Draws tables of iptables, over either back end, and sets of ipset.

use rayfix_core::firewall::Family;

use super::super::chance::Chance;
use super::places::{prefix, several, stretch};
use super::plan::XtTable;

/// Draws a table; its sets are `s4` and `s6` with what [`sets`] puts there.
pub(super) fn table(chance: &mut Chance, tool: &str, name: &str) -> XtTable {
    let family = if tool.starts_with("ip6") { Family::V6 } else { Family::V4 };
    let hooks: &[&str] = match name {
        "filter" => &["INPUT", "FORWARD", "OUTPUT"],
        "raw" => &["PREROUTING", "OUTPUT"],
        "mangle" => &["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"],
        _ => &["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"],
    };
    let mut chains: Vec<(String, String)> = hooks
        .iter()
        .map(|hook| {
            let closed = name == "filter" && *hook == "INPUT" && chance.once_in(3);
            ((*hook).to_owned(), if closed { "DROP" } else { "ACCEPT" }.to_owned())
        })
        .collect();
    let below: Vec<String> = (0..chance.below(3)).map(|at| format!("below{at}")).collect();
    chains.extend(below.iter().map(|chain| (chain.clone(), "-".to_owned())));
    let mut rules = Vec::new();
    if family == Family::V6 && name == "filter" && !chance.once_in(6) {
        rules.push("-A INPUT -p ipv6-icmp -j ACCEPT".to_owned());
    }
    if name == "filter" && !chance.once_in(3) {
        rules.push("-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT".to_owned());
    }
    for hook in ["PREROUTING", "INPUT", "OUTPUT"] {
        if !hooks.contains(&hook) || (hook == "OUTPUT" && !chance.once_in(3)) {
            continue;
        }
        for _ in 0..1 + chance.below(5) {
            rules.push(rule(chance, family, name, hook, &below));
        }
    }
    for (at, chain) in below.iter().enumerate() {
        for _ in 0..1 + chance.below(3) {
            rules.push(rule(chance, family, name, chain, &below[at + 1..]));
        }
    }
    XtTable { tool: tool.to_owned(), name: name.to_owned(), chains, rules }
}

fn rule(chance: &mut Chance, family: Family, table: &str, chain: &str, below: &[String]) -> String {
    let mut line = format!("-A {chain}");
    for _ in 0..chance.below(3) {
        let asks = ask(chance, family, chain);
        // An option may stand once.
        let option = asks.split_whitespace().find(|word| word.starts_with('-')).unwrap_or_default();
        if !line.split_whitespace().any(|word| word == option) || option == "-m" {
            line.push(' ');
            line.push_str(&asks);
        }
    }
    line.push(' ');
    line.push_str(&target(chance, family, table, chain, below));
    // What asks for ports needs its protocol in front.
    if ["port", "tcp-flags", "tcp-reset", "--to-ports"].iter().any(|word| line.contains(word)) {
        line = line.replacen(chain, &format!("{chain} -p tcp"), 1);
    }
    line
}

fn ask(chance: &mut Chance, family: Family, chain: &str) -> String {
    let side = if chain == "OUTPUT" { "-d" } else { "-s" };
    let long = if chain == "OUTPUT" { "dst" } else { "src" };
    let no = if chance.once_in(4) { "! " } else { "" };
    match chance.below(16) {
        0..=4 => format!("{no}{side} {}", prefix(chance, family)),
        5 => format!("-m iprange {no}--{long}-range {}", stretch(chance, family)),
        6 | 7 => {
            let set = if family == Family::V4 { "s4" } else { "s6" };
            format!("-m set {no}--match-set {set} {long}")
        }
        8 => format!("-m tcp {no}--dport {}", chance.one(&["443", "80", "1:100", "400:500"])),
        9 => format!("-m multiport {no}--dports {}", chance.one(&["80,443", "22,400:500", "8443"])),
        10 | 11 => format!(
            "-m conntrack {no}--ctstate {}",
            chance.one(&["NEW", "ESTABLISHED", "INVALID", "NEW,RELATED", "UNTRACKED"])
        ),
        12 => format!("-m mark {no}--mark {}", chance.one(&["0x0", "0x1", "0x2/0x2", "0x1/0x3"])),
        13 if chain == "INPUT" => format!("{no}-i {}", chance.one(&["eth0", "lo", "eth+"])),
        14 => format!(
            "-m tcp {no}--tcp-flags {}",
            chance.one(&["FIN,SYN,RST,ACK SYN", "SYN,ACK SYN", "ALL NONE"])
        ),
        15 => format!("-m addrtype {no}--src-type {}", chance.one(&["LOCAL", "UNICAST"])),
        _ => "-m comment --comment \"by chance\"".to_owned(),
    }
}

fn target(
    chance: &mut Chance,
    family: Family,
    table: &str,
    chain: &str,
    below: &[String],
) -> String {
    let own = match (table, chance.below(4)) {
        ("raw", 0) => Some("-j CT --notrack"),
        ("mangle", 0) => Some("-j MARK --set-xmark 0x1/0xffffffff"),
        ("mangle", 1) => Some("-j MARK --set-xmark 0x2/0x2"),
        ("mangle", 2) => Some("-j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff"),
        ("nat", 0 | 1) if chain == "PREROUTING" => Some("-j REDIRECT --to-ports 8443"),
        ("nat", 2) if chain == "PREROUTING" => Some("-j REDIRECT --to-ports 9999"),
        ("filter", 0) if family == Family::V4 => {
            Some("-j REJECT --reject-with icmp-port-unreachable")
        }
        ("filter", 1) if chance.once_in(2) => Some("-j REJECT --reject-with tcp-reset"),
        _ => None,
    };
    if let Some(own) = own {
        return own.to_owned();
    }
    let last = if table == "nat" { "-j ACCEPT" } else { "-j DROP" };
    match chance.below(8) {
        0..=2 => "-j ACCEPT".to_owned(),
        3 | 4 => last.to_owned(),
        5 => "-j RETURN".to_owned(),
        _ if below.is_empty() => last.to_owned(),
        6 => format!("-g {}", chance.one(below)),
        _ => format!("-j {}", chance.one(below)),
    }
}

/// The sets that rules of iptables ask for.
pub(super) fn sets(chance: &mut Chance) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, word, family) in [("s4", "inet", Family::V4), ("s6", "inet6", Family::V6)] {
        lines.push(format!("create {name} hash:net family {word}"));
        for prefix in several(chance, family, 6).iter().filter(|prefix| prefix.prefix_len() > 0) {
            lines.push(format!("add {name} {prefix}"));
            // Taken away again, a part of it.
            if chance.once_in(3)
                && prefix.prefix_len() + 4 <= family.bits()
                && let Ok(mut parts) = prefix.subnets(prefix.prefix_len() + 3)
                && let Some(part) = parts.next()
            {
                lines.push(format!("add {name} {part} nomatch"));
            }
        }
    }
    lines
}
