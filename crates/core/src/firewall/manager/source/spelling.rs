//! Tells whether two lines of iptables say the same.
//!
//! `iptables-save` does not print a rule as it was given: the order of its options, their short names, masks
//! and what goes without saying differ. Both are brought into one spelling, and compared.

use std::net::IpAddr;

use ipnet::IpNet;

/// A rule's chain, where it names one, and its options in one spelling.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Spelled {
    /// Of `-A CHAIN`.
    pub(super) chain: Option<String>,
    /// Sorted.
    options: Vec<String>,
}

impl Spelled {
    /// Whether both say the same; a chain that is not named is taken for the other's.
    pub(super) fn same(&self, other: &Spelled) -> bool {
        let chains = match (&self.chain, &other.chain) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        chains && !self.options.is_empty() && self.options == other.options
    }
}

/// Reads a line; `None`: it adds no rule.
pub(super) fn spelled(line: &str) -> Option<Spelled> {
    let mut words = words(line)?.into_iter().peekable();
    words.next_if(|word| word.starts_with('['));
    let mut spelled = Spelled { chain: None, options: Vec::new() };
    let mut not = "";
    while let Some(word) = words.next() {
        if word == "!" {
            not = "! ";
            continue;
        }
        if !word.starts_with('-') {
            return None;
        }
        let name = short(&word);
        let mut values = Vec::new();
        while let Some(value) = words.next_if(|next| next != "!" && !next.starts_with('-')) {
            values.push(value);
        }
        match name {
            "-A" | "-I" => spelled.chain = values.into_iter().next(),
            // What is said of a rule does not change it.
            "-m" | "-t" | "--comment" => {}
            "--syn" => spelled.options.push(format!("{not}--tcp-flags FIN,SYN,RST,ACK SYN")),
            _ => {
                let value = values.iter().map(|value| alike(name, value)).collect::<Vec<_>>();
                let option = format!("{not}{name} {}", value.join(" "));
                if !goes_without_saying(option.trim()) {
                    spelled.options.push(option.trim().to_owned());
                }
            }
        }
        not = "";
    }
    spelled.options.sort();
    Some(spelled)
}

/// One name for each option.
fn short(option: &str) -> &str {
    match option {
        "--append" => "-A",
        "--insert" => "-I",
        "--source" | "--src" => "-s",
        "--destination" | "--dst" => "-d",
        "--protocol" | "--proto" => "-p",
        "--in-interface" => "-i",
        "--out-interface" => "-o",
        "--jump" => "-j",
        "--goto" => "-g",
        "--match" => "-m",
        "--table" => "-t",
        "--destination-port" => "--dport",
        "--source-port" => "--sport",
        "--destination-ports" => "--dports",
        "--source-ports" => "--sports",
        "--state" => "--ctstate",
        _ => option,
    }
}

/// One spelling for each value.
fn alike(option: &str, value: &str) -> String {
    match option {
        "-s" | "-d" => address(value),
        "-p" => match value {
            "6" => "tcp".to_owned(),
            "17" => "udp".to_owned(),
            "58" | "icmpv6" => "ipv6-icmp".to_owned(),
            "0" => "all".to_owned(),
            _ => value.to_lowercase(),
        },
        "--ctstate" => {
            let mut states: Vec<&str> = value.split(',').collect();
            states.sort_unstable();
            states.join(",")
        }
        "--limit" => value.replace("minute", "min").replace("second", "sec"),
        _ => value.to_owned(),
    }
}

fn address(value: &str) -> String {
    if let Ok(address) = value.parse::<IpAddr>() {
        return IpNet::from(address).to_string();
    }
    value.parse::<IpNet>().map_or_else(|_| value.to_owned(), |net| net.trunc().to_string())
}

fn goes_without_saying(option: &str) -> bool {
    matches!(
        option,
        "-s 0.0.0.0/0"
            | "-d 0.0.0.0/0"
            | "-s ::/0"
            | "-d ::/0"
            | "-p all"
            | "--reject-with icmp-port-unreachable"
            | "--reject-with icmp6-port-unreachable"
            | "--limit-burst 5"
            | "--name DEFAULT"
            | "--rsource"
            | "--mask 255.255.255.255"
            | "--mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
    )
}

/// Words, where quotes hold some together; `None`: a quote is never closed.
fn words(line: &str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    let mut characters = line.trim().chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            '\\' if quoted => word.get_or_insert_default().push(characters.next()?),
            _ if character.is_whitespace() && !quoted => found.extend(word.take()),
            _ => word.get_or_insert_default().push(character),
        }
    }
    found.extend(word);
    (!quoted).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(one: &str, other: &str) -> bool {
        spelled(one).unwrap().same(&spelled(other).unwrap())
    }

    #[test]
    fn what_was_given_and_what_is_listed_are_known_for_the_same() {
        for (given, listed) in [
            (
                "-A ufw-user-input -p tcp --dport 22 -j ACCEPT",
                "-A ufw-user-input -p tcp -m tcp --dport 22 -j ACCEPT",
            ),
            (
                "-A ufw-user-input -p tcp -m multiport --dports 80,443 -s 172.64.0.0/13 -j ACCEPT",
                "-A ufw-user-input -s 172.64.0.0/13 -p tcp -m multiport --dports 80,443 -j ACCEPT",
            ),
            (
                "-A i -s 192.0.2.1 -j REJECT",
                "-A i -s 192.0.2.1/32 -j REJECT --reject-with icmp-port-unreachable",
            ),
            (
                "-A i -m state --state ESTABLISHED,RELATED -j ACCEPT",
                "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
            ),
            ("-A i ! --src 2606:4700:0::/32 --jump DROP", "-A i ! -s 2606:4700::/32 -j DROP"),
            (
                "[0:0] -A i -j DROP -m comment --comment \"no \\\"x\\\" here\"",
                "-A i -m comment --comment \"no \\\"x\\\" here\" -j DROP",
            ),
        ] {
            assert!(same(given, listed), "{given}\n{listed}");
        }
    }

    #[test]
    fn other_rules_are_not() {
        for (one, other) in [
            ("-A i -s 172.64.0.0/13 -j DROP", "-A i -s 172.64.0.0/14 -j DROP"),
            ("-A i -s 172.64.0.0/13 -j DROP", "-A i ! -s 172.64.0.0/13 -j DROP"),
            ("-A i -s 172.64.0.0/13 -j DROP", "-A o -s 172.64.0.0/13 -j DROP"),
            ("-A i -s 172.64.0.0/13 -j DROP", "-A i -d 172.64.0.0/13 -j DROP"),
            ("-A i -j REJECT", "-A i -j REJECT --reject-with tcp-reset"),
        ] {
            assert!(!same(one, other), "{one}\n{other}");
        }
    }

    #[test]
    fn what_is_no_rule_is_none() {
        for line in ["COMMIT", "*filter", ":INPUT DROP [0:0]", "# text", "-A i --comment \"open"] {
            let found = spelled(line);
            assert!(found.is_none_or(|found| found.options.is_empty()), "{line}");
        }
    }
}
