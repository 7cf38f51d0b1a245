//! The one rule that lets in: what it asks, in the model, in nft's words and in iptables'.
//!
//! It takes what the missing ranges send to the ports asked about and nothing else. Behind a translation
//! of the port the packet no longer bears the port asked about; there the connection's own first port is
//! asked. On the way out it takes the answers.

use ipnet::IpNet;

use super::words::{commas, in_prefixes, of_family};
use crate::firewall::addresses::{Family, Numbers, interval};
use crate::firewall::model::{End, FamilyOf, Field, Match, Part, Rule, Term, Verdict, With};

/// iptables' `multiport` takes no more.
const MULTIPORT: usize = 15;

/// Which packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// From the ranges, to the ports.
    Plain,
    /// From the ranges, of connections whose first packet was to the ports.
    Original,
    /// To the ranges, from the ports, of connections that stand.
    Answers,
    /// To the ranges, from the ports.
    AnyAnswers,
    /// To the ranges, of connections whose first packet was to the ports.
    OriginalAnswers,
}

/// A rule to be.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NewRule {
    /// Which packets.
    pub(super) sort: Sort,
    /// The ranges.
    pub(super) ranges: Vec<IpNet>,
    /// The ports.
    pub(super) ports: Vec<u16>,
    /// What becomes of them.
    pub(super) verdict: Verdict,
    /// Its name.
    pub(super) id: String,
}

impl NewRule {
    /// The ranges of one family.
    #[must_use]
    pub(super) fn of(&self, family: Family) -> Vec<IpNet> {
        of_family(family, &self.ranges)
    }

    /// Whether it looks at what this host sends.
    #[must_use]
    pub(super) fn is_answer(&self) -> bool {
        matches!(self.sort, Sort::Answers | Sort::AnyAnswers | Sort::OriginalAnswers)
    }

    /// The rule in the model, for some ranges of a family.
    #[must_use]
    pub(super) fn model(&self, family: Family, ranges: &[IpNet], text: String) -> Rule {
        let end = if self.is_answer() { End::Destination } else { End::Source };
        let ports: Numbers =
            self.ports.iter().map(|port| (u128::from(*port), u128::from(*port))).collect();
        let numbers = Numbers::from_prefixes(family, ranges);
        let mut parts = vec![
            Part::Match(Match::numbers(address(family, end), numbers)),
            Part::Match(Match::numbers(Field::Protocol(None), Numbers::one(6))),
        ];
        let direction =
            |number| Part::Match(Match::numbers(Field::Direction, Numbers::one(number)));
        match self.sort {
            Sort::Plain => {
                parts.push(port(End::Destination, ports));
            }
            Sort::Original | Sort::OriginalAnswers => {
                parts.push(direction(u128::from(self.is_answer())));
                let original = Field::OriginalPort(End::Destination);
                parts.push(Part::Match(Match::numbers(original, ports)));
            }
            Sort::Answers => {
                parts.push(port(End::Source, ports));
                parts.push(Part::Match(Match {
                    key: vec![Term::of(Field::State)],
                    negated: false,
                    with: With::AnyBit(2),
                }));
            }
            Sort::AnyAnswers => {
                parts.push(port(End::Source, ports));
            }
        }
        parts.push(Part::Verdict(self.verdict.clone()));
        Rule { handle: None, number: 0, text, comment: Some(self.id.clone()), parts }
    }

    /// The rule in nft's words, of a family.
    #[must_use]
    pub(super) fn nft(&self, family: Family) -> String {
        let word = match family {
            Family::V4 => "ip",
            Family::V6 => "ip6",
        };
        let ranges = braced(&self.of(family));
        let ports = braced(&self.ports);
        let asks = match self.sort {
            Sort::Plain => format!("{word} saddr {ranges} tcp dport {ports}"),
            Sort::Original => format!(
                "{word} saddr {ranges} meta l4proto tcp ct direction original ct original proto-dst {ports}"
            ),
            Sort::Answers => {
                format!("{word} daddr {ranges} tcp sport {ports} ct state established")
            }
            Sort::AnyAnswers => format!("{word} daddr {ranges} tcp sport {ports}"),
            Sort::OriginalAnswers => format!(
                "{word} daddr {ranges} meta l4proto tcp ct direction reply ct original proto-dst {ports}"
            ),
        };
        let does = if self.verdict == Verdict::Return { "return" } else { "accept" };
        format!("{asks} counter {does} comment \"{}\"", self.id)
    }

    /// What iptables is to be told, without the chain: a text for each command, which makes a rule for each
    /// range. With each the ports that it asks for.
    #[must_use]
    pub(super) fn iptables(&self, ranges: &[IpNet]) -> Vec<(String, Vec<u16>)> {
        let end = if self.is_answer() { "-d" } else { "-s" };
        let ranges = commas(ranges);
        let does = if self.verdict == Verdict::Return { "RETURN" } else { "ACCEPT" };
        let size =
            if matches!(self.sort, Sort::Original | Sort::OriginalAnswers) { 1 } else { MULTIPORT };
        let chunks = self.ports.chunks(size);
        let asks = chunks.map(|ports| {
            let list = commas(ports);
            let ports_are = |one: &str| match ports {
                [port] => format!("-p tcp --{one} {port}"),
                _ => format!("-p tcp -m multiport --{one}s {list}"),
            };
            let asks = match self.sort {
                Sort::Plain => ports_are("dport"),
                Sort::Answers => {
                    format!("{} -m conntrack --ctstate ESTABLISHED", ports_are("sport"))
                }
                Sort::AnyAnswers => ports_are("sport"),
                Sort::Original => {
                    format!("-p tcp -m conntrack --ctorigdstport {list} --ctdir ORIGINAL")
                }
                Sort::OriginalAnswers => {
                    format!("-p tcp -m conntrack --ctorigdstport {list} --ctdir REPLY")
                }
            };
            let text = format!("{end} {ranges} {asks} -m comment --comment {} -j {does}", self.id);
            (text, ports.to_vec())
        });
        asks.collect()
    }
}

/// A field of addresses.
#[must_use]
pub(super) fn address(family: Family, end: End) -> Field {
    let of = match family {
        Family::V4 => FamilyOf::V4,
        Family::V6 => FamilyOf::V6,
    };
    Field::Address(of, end)
}

fn port(end: End, ports: Numbers) -> Part {
    Part::Match(Match::numbers(Field::Port(Some(6), end), ports))
}

/// `443`, `{ 80, 443 }`.
#[must_use]
pub(super) fn braced<T: ToString>(items: &[T]) -> String {
    match items {
        [only] => only.to_string(),
        _ => {
            let items: Vec<String> = items.iter().map(ToString::to_string).collect();
            format!("{{ {} }}", items.join(", "))
        }
    }
}

/// What a simple rule says: these sources, to these ports where it asks for any, and then this.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Simple {
    /// The family of the sources.
    pub(super) family: Family,
    /// The sources; for a rule that looks at where packets go, those.
    pub(super) addresses: Numbers,
    /// Which end of the packet the addresses are.
    pub(super) end: End,
    /// The ports of this host; `None`: it asks for none.
    pub(super) ports: Option<Numbers>,
    /// Whether it asks for TCP.
    pub(super) tcp: bool,
    /// What it does.
    pub(super) verdict: Verdict,
}

impl Simple {
    /// What a rule says, if it is as simple as that.
    #[must_use]
    pub(super) fn of(rule: &Rule) -> Option<Simple> {
        let (mut addresses, mut ports, mut tcp, mut verdict) = (None, None, false, None);
        for part in &rule.parts {
            match part {
                Part::Match(Match { key, negated: false, with: With::Numbers(numbers) }) => {
                    let [Term { field, ops }] = key.as_slice() else { return None };
                    if !ops.is_empty() {
                        return None;
                    }
                    match field {
                        Field::Address(of, end) if addresses.is_none() => {
                            addresses = Some((Family::from(*of), *end, numbers.clone()));
                        }
                        Field::Port(None | Some(6), End::Destination) if ports.is_none() => {
                            ports = Some(numbers.clone());
                            // Ports of TCP's are asked of nothing else.
                            tcp |= matches!(field, Field::Port(Some(6), _));
                        }
                        Field::Protocol(_) if *numbers == Numbers::one(6) => tcp = true,
                        Field::Nfproto | Field::EtherType => {}
                        _ => return None,
                    }
                }
                Part::Verdict(does) => verdict = Some(does.clone()),
                _ => return None,
            }
        }
        let (family, end, addresses) = addresses?;
        Some(Simple { family, addresses, end, ports, tcp, verdict: verdict? })
    }

    /// Its addresses as one prefix.
    #[must_use]
    pub(super) fn prefix(&self) -> Option<IpNet> {
        match in_prefixes(self.family, &self.addresses).as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }

    /// Whether it refuses exactly something within these.
    #[must_use]
    pub(super) fn refuses_within(&self, ranges: &[IpNet]) -> bool {
        let refuses = matches!(self.verdict, Verdict::Drop | Verdict::Reject(_));
        refuses && self.addresses.without(&Numbers::from_prefixes(self.family, ranges)).is_empty()
    }

    /// Whether its addresses are exactly this prefix.
    #[must_use]
    pub(super) fn is_about(&self, prefix: &IpNet) -> bool {
        self.family == Family::of(prefix.addr()) && self.addresses.intervals() == [interval(prefix)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(sort: Sort) -> NewRule {
        NewRule {
            sort,
            ranges: vec!["172.64.0.0/13".parse().unwrap(), "2606:4700::/32".parse().unwrap()],
            ports: vec![80, 443],
            verdict: Verdict::Accept,
            id: "rayfix:00000000".to_owned(),
        }
    }

    #[test]
    fn a_rule_is_written_in_both_languages() {
        assert_eq!(
            some(Sort::Plain).nft(Family::V4),
            "ip saddr 172.64.0.0/13 tcp dport { 80, 443 } counter accept comment \"rayfix:00000000\""
        );
        let ranges = ["172.64.0.0/13".parse().unwrap(), "104.16.0.0/13".parse().unwrap()];
        assert_eq!(
            some(Sort::Plain).iptables(&ranges)[0].0,
            "-s 172.64.0.0/13,104.16.0.0/13 -p tcp -m multiport --dports 80,443 \
             -m comment --comment rayfix:00000000 -j ACCEPT"
        );
        assert_eq!(
            some(Sort::Original).iptables(&ranges[..1])[1].0,
            "-s 172.64.0.0/13 -p tcp -m conntrack --ctorigdstport 443 --ctdir ORIGINAL \
             -m comment --comment rayfix:00000000 -j ACCEPT"
        );
    }

    #[test]
    fn a_rule_that_was_written_is_read_back_as_simple() {
        let ranges: Vec<IpNet> = vec!["172.64.0.0/13".parse().unwrap()];
        let rule = some(Sort::Plain).model(Family::V4, &ranges, String::new());
        let simple = Simple::of(&rule).unwrap();
        assert!(simple.tcp && simple.is_about(&ranges[0]));
        assert_eq!(simple.prefix(), Some(ranges[0]));
        assert_eq!(
            Simple::of(&some(Sort::Original).model(Family::V4, &ranges, String::new())),
            None
        );
    }
}
