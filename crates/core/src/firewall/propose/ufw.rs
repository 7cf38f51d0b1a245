//! ufw's own words: an allow before everything else of the user's, or a deny taken back.
//!
//! A plain `ufw allow` lands behind an earlier deny, and `ufw insert 1` refuses IPv6 sources, so rules are
//! prepended. ufw skips a rule that it has already, wherever that stands, and changes one of the same
//! packets in place; then the ports are told one by one, which makes it another rule.

use ipnet::IpNet;

use super::candidate::Candidate;
use super::edit::{Edit, TableName};
use super::insertion::name;
use super::proposal::Command;
use super::rule::{NewRule, Simple, Sort};
use super::want::Want;
use super::words::{chain_of, commas, of_family, some};
use crate::firewall::Firewall;
use crate::firewall::addresses::{Family, Numbers};
use crate::firewall::manager::Manager;
use crate::firewall::model::{Chain, Hook, How, Table, Verdict};
use crate::firewall::ruling::Decider;
use crate::firewall::snapshot::Snapshot;

/// ufw's tables of a family that this decider stands in or beside, with the user's chain for a hook.
fn table_of<'a>(want: &Want, firewall: &'a Firewall) -> Option<(TableName, &'a Table, Family)> {
    let at = chain_of(&want.by)?;
    let table = name(at).find(&firewall.ruleset)?;
    let family = super::insertion::family_of(at.family)?;
    Some((name(at), table, family))
}

fn chain_name(family: Family, route: bool) -> String {
    let word = match family {
        Family::V4 => "ufw",
        Family::V6 => "ufw6",
    };
    format!("{word}-user-{}", if route { "forward" } else { "input" })
}

/// Whether ufw is set not to manage IPv6, and therefore shuts it.
#[must_use]
pub(super) fn shuts_ipv6(want: &Want, firewall: &Firewall) -> bool {
    table_of(want, firewall).is_some_and(|(_, table, family)| {
        family == Family::V6 && table.chain("ufw6-user-input").is_none()
    })
}

/// Allows the ranges before all other rules of the user's.
#[must_use]
pub(super) fn allow(want: &Want, id: &str, firewall: &Firewall) -> Option<Candidate> {
    let (in_table, table, family) = table_of(want, firewall)?;
    let hook = chain_of(&want.by)?.hook;
    if !matches!(hook, Hook::Input | Hook::Forward) || want.is_reply() {
        return None;
    }
    let route = hook == Hook::Forward;
    let chain_name = chain_name(family, route);
    let chain = &table.chains[table.chain(&chain_name)?];
    let ranges = of_family(family, &want.by_chain);
    let ports = &want.by_chain_ports;
    let mut made =
        Candidate::new(Manager::Ufw, id, "so ufw is told to allow them before its other rules");
    for range in &ranges {
        for ports in free(chain, range, ports)? {
            let rule = NewRule {
                sort: Sort::Plain,
                ranges: vec![*range],
                ports: ports.clone(),
                verdict: Verdict::Accept,
                id: id.to_owned(),
            };
            let what = format!("proto tcp from {range} to any port {}", commas(&ports));
            let word = if route { "route " } else { "" };
            made.run(
                format!("ufw {word}prepend allow {what} comment '{id}'"),
                format!("ufw {word}delete allow {what}"),
            );
            let text = format!("-A {chain_name} {}", rule.iptables(&[*range]).remove(0).0);
            made.edits.push(Edit::Insert {
                table: in_table.clone(),
                chain: chain_name.clone(),
                before: 0,
                rule: rule.model(family, &[*range], text),
            });
        }
    }
    let first = made.commands.first()?.text.replacen("ufw ", "ufw --dry-run ", 1);
    made.checks.push(Command::shell(first));
    made.adds.push(format!(
        "an allow for TCP {} from {}, before ufw's other rules",
        commas(ports),
        some(&ranges)
    ));
    made.kept.by_itself = true;
    made.kept.how = vec![match family {
        Family::V4 => "ufw keeps the rules for IPv4 itself, in /etc/ufw/user.rules.".to_owned(),
        Family::V6 => "ufw keeps the rules for IPv6 itself, in /etc/ufw/user6.rules.".to_owned(),
    }];
    Some(made)
}

/// How to tell the ports so that ufw has no rule about the same packets; `None`: there is no such way.
fn free(chain: &Chain, range: &IpNet, ports: &[u16]) -> Option<Vec<Vec<u16>>> {
    let taken = |ports: &[u16]| {
        let numbers: Numbers =
            ports.iter().map(|port| (u128::from(*port), u128::from(*port))).collect();
        chain
            .rules
            .iter()
            .filter_map(Simple::of)
            .any(|rule| rule.is_about(range) && rule.ports.as_ref() == Some(&numbers))
    };
    let one_by_one: Vec<Vec<u16>> = ports.iter().map(|port| vec![*port]).collect();
    let ways = [vec![ports.to_vec()], one_by_one];
    ways.into_iter().find(|way| !way.iter().any(|ports| taken(ports)))
}

/// Takes back a deny that is about these ranges alone.
#[must_use]
pub(super) fn delete_deny(
    want: &Want,
    id: &str,
    asked: &[IpNet],
    firewall: &Firewall,
    snapshot: &Snapshot,
    earlier: &[&Edit],
) -> Option<Candidate> {
    let Decider::Rule(rule) = &want.by else { return None };
    let (in_table, table, family) = table_of(want, firewall)?;
    if rule.at.chain != chain_name(family, false) {
        return None;
    }
    let chain = &table.chains[table.chain(&rule.at.chain)?];
    let at = rule.number.checked_sub(1)?;
    let says = Simple::of(chain.rules.get(at)?)?;
    if !says.refuses_within(asked) {
        return None;
    }
    let action = match says.verdict {
        Verdict::Reject(How::PortUnreachable | How::Reset | How::Unreachable) => "reject",
        _ => "deny",
    };
    let prefix = says.prefix()?;
    let what = match &says.ports {
        None if !says.tcp => format!("from {prefix}"),
        Some(ports) if says.tcp => {
            let ports: Option<Vec<u128>> =
                ports.intervals().iter().map(|(low, high)| (low == high).then_some(*low)).collect();
            format!("proto tcp from {prefix} to any port {}", commas(&ports?))
        }
        _ => return None,
    };
    let mut place = place_of(snapshot, family, action, &says, prefix)?;
    place.follow(earlier, family, at);
    let mut made = Candidate::new(Manager::Ufw, id, "so that rule of ufw's is taken back");
    made.run(format!("ufw delete {action} {what}"), place.undo(action, &what));
    made.checks.push(Command::shell(format!("ufw --dry-run delete {action} {what}")));
    made.removes.push(format!("ufw's rule \"{action} {what}\""));
    made.kept.by_itself = true;
    made.kept.how = vec!["ufw writes it to /etc/ufw at once.".to_owned()];
    made.edits.push(Edit::Delete { table: in_table, chain: rule.at.chain.clone(), at });
    Some(made)
}

/// Where a rule stands in ufw's own list.
struct Place {
    /// In `ufw status numbered`, where IPv4's rules stand before IPv6's.
    number: usize,
    /// How many rules there are up to the last of its family; `insert` does not reach behind it.
    of: usize,
    /// What its author said of it.
    comment: Option<String>,
}

impl Place {
    /// What earlier proposals changed still stands when this one is taken back. `at`: where its rule now
    /// stands in its chain.
    fn follow(&mut self, earlier: &[&Edit], family: Family, at: usize) {
        let (v4, own) = (chain_name(Family::V4, false), chain_name(family, false));
        for edit in earlier {
            // Each prepended allow is one rule.
            let (chain, place, more) = match edit {
                Edit::Insert { chain, before, .. } => (chain, *before, true),
                Edit::Delete { chain, at, .. } => (chain, *at, false),
                _ => continue,
            };
            if *chain != v4 && *chain != own {
                continue;
            }
            let moved = |number: usize| if more { number + 1 } else { number.saturating_sub(1) };
            self.of = moved(self.of);
            if *chain != own || place <= at {
                self.number = moved(self.number);
            }
        }
    }

    fn undo(&self, action: &str, what: &str) -> String {
        let comment = self.comment.as_ref().map(|text| format!(" comment '{text}'"));
        let comment = comment.unwrap_or_default();
        if self.number >= self.of {
            format!("ufw {action} {what}{comment}")
        } else {
            format!("ufw insert {} {action} {what}{comment}", self.number)
        }
    }
}

/// Looks a rule up among the lines that ufw keeps of each. `None`: they were not told, it is not there, or
/// its comment cannot be written back.
fn place_of(
    snapshot: &Snapshot,
    family: Family,
    action: &str,
    says: &Simple,
    prefix: IpNet,
) -> Option<Place> {
    let [v4, v6] = ["/etc/ufw/user.rules", "/etc/ufw/user6.rules"]
        .map(|path| snapshot.files.get(path).map(|text| tuples(text)));
    let (before, own) = match family {
        Family::V4 => (0, v4?),
        Family::V6 => (v4?.len(), v6?),
    };
    let ports = match &says.ports {
        None => "any".to_owned(),
        Some(ports) => commas(&ports.intervals().iter().map(|(low, _)| *low).collect::<Vec<_>>()),
    };
    let proto = if says.tcp { "tcp" } else { "any" };
    let is_it = |words: &Vec<&str>| {
        let [does, of, to_port, to, _, from, ..] = words.as_slice() else { return false };
        let anywhere: IpNet = match family {
            Family::V4 => IpNet::V4(ipnet::Ipv4Net::default()),
            Family::V6 => IpNet::V6(ipnet::Ipv6Net::default()),
        };
        let source = from.parse().or_else(|_| from.parse::<std::net::IpAddr>().map(IpNet::from));
        *does == action
            && *of == proto
            && *to_port == ports
            && to.parse() == Ok(anywhere)
            && source == Ok(prefix)
    };
    let at = own.iter().position(is_it)?;
    let comment = own[at].iter().find_map(|word| word.strip_prefix("comment="));
    let comment = match comment {
        None => None,
        Some(hex) => Some(from_hex(hex)?),
    };
    Some(Place { number: before + at + 1, of: before + own.len(), comment })
}

/// The words of each `### tuple ###` line.
fn tuples(text: &str) -> Vec<Vec<&str>> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("### tuple ### "));
    lines.map(|line| line.split(' ').collect()).collect()
}

/// A comment of ufw's, if it is one that a shell takes for nothing but a text.
fn from_hex(hex: &str) -> Option<String> {
    let pairs = hex.as_bytes().chunks(2);
    let bytes: Option<Vec<u8>> =
        pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect();
    let text = String::from_utf8(bytes?).ok()?;
    let plain = |letter: char| letter.is_ascii_alphanumeric() || " _-.:,/+@".contains(letter);
    text.chars().all(plain).then_some(text)
}
