//! Many rules of ufw's at once.
//!
//! Told of one rule, ufw reads its list, writes it anew and loads all of it: half a second for each of 22 ranges. It
//! does no more when it finds the others in its list by then. So all but the last are put there, and ufw is told of
//! the last. What comes of it is what ufw makes of 22 calls, byte for byte.

use ipnet::IpNet;

use crate::plan::{Call, Tool};

/// Below that nothing is won.
const FEW: usize = 3;

/// An allow that ufw is told of.
struct Allow<'a> {
    range: IpNet,
    ports: &'a str,
    comment: &'a str,
}

/// What comes to the same as these calls, and what takes it back; `None` where they are not a few allows of one
/// family, each of them before all other rules.
pub(super) fn at_once(does: &[Call]) -> Option<(Vec<Call>, Vec<Call>)> {
    let allows: Vec<Allow<'_>> = does.iter().map(allow).collect::<Option<_>>()?;
    let (first, last) = (allows.first()?, allows.last()?);
    let v6 = first.range.addr().is_ipv6();
    if allows.len() < FEW || allows.iter().any(|allow| allow.range.addr().is_ipv6() != v6) {
        return None;
    }
    // What ufw is told of later stands before.
    let puts: Vec<String> = allows.iter().rev().skip(1).map(Allow::noted).collect();
    let told = does.last()?.clone();
    // A list that is empty is not loaded anew: the first stays in it until ufw has done so.
    let others = allows.iter().skip(1).map(Allow::noted).collect();
    let undo = vec![
        Call::UfwList { v6, takes: others, puts: vec![first.noted()] },
        told.clone(),
        last.deleted(),
        first.deleted(),
    ];
    Some((vec![Call::UfwList { v6, takes: Vec::new(), puts }, told], undo))
}

fn allow(call: &Call) -> Option<Allow<'_>> {
    let Call::Tool { tool: Tool::Ufw, arguments } = call else { return None };
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [
        "prepend",
        "allow",
        "proto",
        "tcp",
        "from",
        range,
        "to",
        "any",
        "port",
        ports,
        "comment",
        comment,
    ] = words.as_slice()
    else {
        return None;
    };
    let are_ports = ports.bytes().all(|byte| byte.is_ascii_digit() || byte == b',');
    are_ports.then_some(Allow { range: range.parse().ok()?, ports, comment })
}

impl Allow<'_> {
    /// As ufw notes it in its list.
    fn noted(&self) -> String {
        let anywhere = if self.range.addr().is_ipv6() { "::/0" } else { "0.0.0.0/0" };
        let comment: String = self.comment.bytes().map(|byte| format!("{byte:02x}")).collect();
        format!("allow tcp {} {anywhere} any {} in comment={comment}", self.ports, self.range)
    }

    /// The call that takes it away.
    fn deleted(&self) -> Call {
        let range = self.range.to_string();
        let words =
            ["delete", "allow", "proto", "tcp", "from", &range, "to", "any", "port", self.ports];
        Call::Tool { tool: Tool::Ufw, arguments: words.map(str::to_owned).to_vec() }
    }
}

#[cfg(test)]
mod tests {
    use super::super::words;
    use super::*;

    fn calls(ranges: &[&str]) -> Vec<Call> {
        let told = |range: &&str| {
            let what = format!("proto tcp from {range} to any port 80,443");
            words::call(&format!("ufw prepend allow {what} comment 'rayfix:1f0c9a3e'")).unwrap()
        };
        ranges.iter().map(told).collect()
    }

    #[test]
    fn ufw_is_told_of_the_last_and_finds_the_others() {
        let does = calls(&["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"]);
        let (all, undo) = at_once(&does).unwrap();
        let noted = |range| {
            format!(
                "allow tcp 80,443 0.0.0.0/0 any {range} in comment=7261796669783a3166306339613365"
            )
        };
        let puts = vec![noted("198.51.100.0/24"), noted("192.0.2.0/24")];
        assert_eq!(all, [Call::UfwList { v6: false, takes: Vec::new(), puts }, does[2].clone()]);
        let takes = vec![noted("198.51.100.0/24"), noted("203.0.113.0/24")];
        let puts = vec![noted("192.0.2.0/24")];
        assert_eq!(undo[0], Call::UfwList { v6: false, takes, puts });
        assert_eq!(undo.len(), 4);
    }

    #[test]
    fn few_rules_others_and_both_families_are_told_one_by_one() {
        assert!(at_once(&calls(&["192.0.2.0/24", "198.51.100.0/24"])).is_none());
        let mixed = calls(&["192.0.2.0/24", "198.51.100.0/24", "2001:db8::/32"]);
        assert!(at_once(&mixed).is_none());
        let mut more = calls(&["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"]);
        more.push(words::call("ufw delete deny from 192.0.2.7").unwrap());
        assert!(at_once(&more).is_none());
    }
}
