//! Names and lists as commands and sentences bear them.

use ipnet::IpNet;

use crate::firewall::addresses::{Family, Numbers, prefixes};
use crate::firewall::ruling::{ChainAt, Decider};

/// Whether a name can stand in a command as it is: nothing that a shell, nft or iptables would take for
/// more than a name. A name of any other kind is never written into a command, not even quoted.
#[must_use]
pub(super) fn is_plain(name: &str) -> bool {
    name.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric() || first == b'_')
        && name.len() <= 128
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.:+@".contains(&byte))
}

/// Whether all that a shell would split a text into is plain: words of `ip`, with lengths of prefixes.
#[must_use]
pub(super) fn are_plain_words(text: &str) -> bool {
    text.split(' ').all(|word| {
        let (name, length) = word.split_once('/').unwrap_or((word, "0"));
        (is_plain(name) || name.starts_with("::") && is_plain(&name[2..]) || name == "::")
            && length.bytes().all(|byte| byte.is_ascii_digit() || b"abcdefx".contains(&byte))
    })
}

/// The place of a chain that a decider stands in.
#[must_use]
pub(super) fn chain_of(by: &Decider) -> Option<&ChainAt> {
    match by {
        Decider::Rule(rule) | Decider::Queue(rule) => Some(&rule.at),
        Decider::Policy(at) => Some(at),
        Decider::Neighbours(by) => chain_of(by),
        Decider::Nobody { .. }
        | Decider::Route(_)
        | Decider::SourceCheck(_)
        | Decider::Untold(_) => None,
    }
}

/// Whether two deciders are the same thing, although rules before one of them came or went.
#[must_use]
pub(super) fn are_one(one: &Decider, other: &Decider) -> bool {
    match (one, other) {
        (Decider::Rule(one), Decider::Rule(other))
        | (Decider::Queue(one), Decider::Queue(other)) => {
            one.at == other.at && one.text == other.text && one.set == other.set
        }
        (Decider::Neighbours(one), Decider::Neighbours(other)) => are_one(one, other),
        _ => one == other,
    }
}

/// `table inet filter`, `table ip filter`.
#[must_use]
pub(super) fn table(at: &ChainAt) -> String {
    format!("table {} {}", at.family.word(), at.table)
}

/// `a, b and c`.
#[must_use]
pub(super) fn listed<T: ToString>(items: &[T]) -> String {
    let items: Vec<String> = items.iter().map(ToString::to_string).collect();
    match items.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// The same, at most three of them, and how many more.
#[must_use]
pub(super) fn some<T: ToString>(items: &[T]) -> String {
    if items.len() <= 4 {
        return listed(items);
    }
    let first: Vec<String> = items.iter().take(3).map(ToString::to_string).collect();
    format!("{} and {} more", first.join(", "), items.len() - 3)
}

/// `80,443`
#[must_use]
pub(super) fn commas<T: ToString>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// A prefix as tools write it: a single address without its length.
#[must_use]
pub(super) fn short(prefix: &IpNet) -> String {
    if prefix.prefix_len() == prefix.max_prefix_len() {
        prefix.addr().to_string()
    } else {
        prefix.to_string()
    }
}

/// Those of one family.
#[must_use]
pub(super) fn of_family(family: Family, all: &[IpNet]) -> Vec<IpNet> {
    all.iter().filter(|prefix| Family::of(prefix.addr()) == family).copied().collect()
}

/// A set of addresses in the fewest prefixes.
#[must_use]
pub(super) fn in_prefixes(family: Family, numbers: &Numbers) -> Vec<IpNet> {
    numbers.intervals().iter().flat_map(|interval| prefixes(family, *interval)).collect()
}

/// A name for a change: the same for the same change.
#[must_use]
pub(super) fn name_of(what: &str) -> String {
    // FNV-1a: short, and of no matter for safety.
    let mut hash = 0x811c_9dc5_u32;
    for byte in what.bytes() {
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    format!("rayfix:{hash:08x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_a_meaning_for_a_shell_is_not_plain() {
        for name in ["filter", "f2b-sshd", "cf_v4", "INPUT", "eth0.100", "br-1a2b", "eth0:1"] {
            assert!(is_plain(name), "{name}");
        }
        for name in
            ["", "-A", "a b", "a;b", "$(id)", "`id`", "a'b", "a\"b", "a|b", "a\nb", "{a}", "ü"]
        {
            assert!(!is_plain(name), "{name}");
        }
        assert!(are_plain_words("blackhole 172.64.0.0/13"));
        assert!(are_plain_words("default via 192.0.2.1 dev eth0 proto static metric 100"));
        assert!(are_plain_words("unreachable 2606:4700::/32 dev lo"));
        assert!(are_plain_words("from all fwmark 0x1/0xff lookup 100"));
        assert!(!are_plain_words("blackhole 172.64.0.0/13; reboot"));
        assert!(!are_plain_words("default dev $(reboot)"));
    }

    #[test]
    fn lists_are_said() {
        assert_eq!(listed(&[80, 443]), "80 and 443");
        assert_eq!(listed(&[80]), "80");
        assert_eq!(some(&[1, 2, 3, 4, 5]), "1, 2, 3 and 2 more");
        assert_eq!(name_of("a"), name_of("a"));
        assert_ne!(name_of("a"), name_of("b"));
    }
}
