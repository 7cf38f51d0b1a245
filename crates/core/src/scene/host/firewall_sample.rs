//! Packet filters made up for tests: what was ruled, in a word each.
//!
//! Cloudflare's built-in ranges, ports 80 and 443, both families. The site is that of [`Sitting`], whose
//! edge comes in at port 443 over IPv4.

use ipnet::IpNet;

use crate::evidence::host::Known;
use crate::evidence::host::firewall::{
    ChainSeen, DecidedBy, DeciderKind, Ends, Fares, FirewallDoor, FirewallSeen, Flaw, NotAccepted,
    Passage,
};
use crate::evidence::{HostAnswer, HostQuestion};
use crate::firewall::addresses::{Family, Numbers};
use crate::ranges::Ranges;
use crate::scene::sample::Sitting;

/// What a judge needs that was only asked from outside.
pub(crate) const OUT: &str =
    "cannot tell: a look into the origin: run rayfix there, or add --ssh root@ORIGIN here";

/// A packet filter.
#[derive(Debug, Clone)]
pub(crate) struct Filter {
    seen: FirewallSeen,
}

fn is_ipv6(prefix: &IpNet) -> bool {
    prefix.addr().is_ipv6()
}

fn ranges(ipv6: bool) -> Vec<IpNet> {
    let all = Ranges::built_in();
    all.prefixes().iter().filter(|one| is_ipv6(one) == ipv6).copied().collect()
}

fn rule(chain: &str, hook: &str, text: &str) -> DecidedBy {
    DecidedBy {
        kind: DeciderKind::Rule,
        owner: Some("nftables".to_owned()),
        chain: Some(ChainSeen {
            backend: "nft".to_owned(),
            family: "inet".to_owned(),
            table: "filter".to_owned(),
            chain: chain.to_owned(),
            hook: hook.to_owned(),
        }),
        number: Some(3),
        handle: Some(7),
        text: text.to_owned(),
        set: None,
        comment: None,
    }
}

impl Filter {
    /// All ranges are accepted at both ports.
    pub(crate) fn open() -> Filter {
        let passage = |port, ipv6| Passage {
            port,
            ipv6,
            listens: Some(true),
            ranges: ranges(ipv6).len(),
            accepted: ranges(ipv6).len(),
            groups: Vec::new(),
        };
        let ways = [(80, false), (80, true), (443, false), (443, true)];
        Filter {
            seen: FirewallSeen {
                manager: Some("nftables".to_owned()),
                doors: vec![FirewallDoor {
                    ipv6: false,
                    interface: Some("eth0".to_owned()),
                    address: Some("203.0.113.7".parse().unwrap()),
                }],
                passages: ways.map(|(port, ipv6)| passage(port, ipv6)).into(),
                assumed: Vec::new(),
                troubles: Vec::new(),
                rules_missing: false,
            },
        }
    }

    fn put(mut self, port: u16, ipv6: bool, prefixes: Vec<IpNet>, as_in: NotAccepted) -> Filter {
        let all = ranges(ipv6);
        let family = if ipv6 { Family::V6 } else { Family::V4 };
        let count = |prefixes: &[IpNet]| Numbers::from_prefixes(family, prefixes).count();
        let (whole, part): (Vec<IpNet>, Vec<IpNet>) =
            all.iter().partition(|range| prefixes.contains(range));
        let touched = |range: &IpNet| prefixes.iter().any(|one| range.contains(one));
        let part: Vec<IpNet> = part.into_iter().filter(touched).collect();
        let group = NotAccepted {
            count: prefixes.len(),
            addresses: count(&prefixes) as u64,
            share: (count(&prefixes) / count(&all) * 1e6).ceil() as u32,
            prefixes,
            whole,
            part,
            ..as_in
        };
        let mut passages = self.seen.passages.iter_mut();
        let passage = passages.find(|one| one.port == port && one.ipv6 == ipv6).unwrap();
        passage.accepted -= group.whole.len() + group.part.len();
        passage.groups.push(group);
        self
    }

    fn dropped(by: DecidedBy) -> NotAccepted {
        NotAccepted {
            fares: Fares::Dropped,
            ends: Some(Ends::First),
            refusal: None,
            prefixes: Vec::new(),
            count: 0,
            whole: Vec::new(),
            part: Vec::new(),
            addresses: 0,
            share: 0,
            single: false,
            by: vec![by],
            deciders: 1,
            flaw: None,
        }
    }

    /// A rule drops these of IPv4.
    pub(crate) fn drops(self, port: u16, prefixes: &[&str]) -> Filter {
        let prefixes = prefixes.iter().map(|one| one.parse().unwrap()).collect();
        let by = rule("input", "input", "ip saddr { … } drop");
        self.put(
            port,
            false,
            prefixes,
            NotAccepted { flaw: Some(Flaw::Named), ..Self::dropped(by) },
        )
    }

    /// Single addresses are banned.
    pub(crate) fn bans(self, port: u16, addresses: &[&str]) -> Filter {
        let prefixes = addresses.iter().map(|one| one.parse().unwrap()).collect();
        let by = DecidedBy {
            set: Some("addr-set-nginx".to_owned()),
            owner: Some("fail2ban".to_owned()),
            ..rule("f2b-chain", "input", "tcp dport { 80, 443 } ip saddr @addr-set-nginx reject")
        };
        self.put(port, false, prefixes, NotAccepted { single: true, ..Self::dropped(by) })
    }

    /// What was put in last is another's.
    pub(crate) fn of(mut self, owner: &str) -> Filter {
        for by in
            self.seen.passages.iter_mut().flat_map(|one| &mut one.groups).flat_map(|g| &mut g.by)
        {
            by.owner = Some(owner.to_owned());
        }
        self
    }

    /// A policy keeps all of both families out.
    pub(crate) fn shuts(self, port: u16) -> Filter {
        self.shuts_family(port, false).shuts_family(port, true)
    }

    /// A policy keeps one family out.
    pub(crate) fn shuts_family(self, port: u16, ipv6: bool) -> Filter {
        let by = DecidedBy {
            kind: DeciderKind::Policy,
            number: None,
            handle: None,
            ..rule("input", "input", "policy drop")
        };
        let group = NotAccepted { flaw: Some(Flaw::Everything), ..Self::dropped(by) };
        self.put(port, ipv6, ranges(ipv6), group)
    }

    /// The first packet comes in, and the answer does not go out.
    pub(crate) fn keeps_answers(self, port: u16) -> Filter {
        let by = rule("output", "output", "tcp sport { 80, 443 } drop");
        let group = NotAccepted { ends: Some(Ends::Reply), ..Self::dropped(by) };
        self.put(port, false, ranges(false), group)
    }

    /// No range of IPv4 has a way back, by this route.
    pub(crate) fn loses_the_way(self, port: u16, text: &str) -> Filter {
        let all: Vec<String> = ranges(false).iter().map(ToString::to_string).collect();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        self.loses(port, &all, text)
    }

    /// These have no way back.
    pub(crate) fn loses(self, port: u16, prefixes: &[&str], text: &str) -> Filter {
        let by = DecidedBy {
            kind: DeciderKind::Route,
            owner: None,
            chain: None,
            number: None,
            handle: None,
            ..rule("", "", text)
        };
        let prefixes = prefixes.iter().map(|one| one.parse().unwrap()).collect();
        let group = NotAccepted { ends: Some(Ends::Reply), ..Self::dropped(by) };
        self.put(port, false, prefixes, group)
    }

    /// A match that nobody can evaluate decides on all of IPv4.
    pub(crate) fn unknown(self, port: u16) -> Filter {
        let by = DecidedBy {
            kind: DeciderKind::Untold,
            chain: None,
            owner: None,
            ..rule("", "", "match geoip cannot be told")
        };
        let group = NotAccepted { fares: Fares::Unknown, ends: None, ..Self::dropped(by) };
        self.put(port, false, ranges(false), group)
    }

    /// All of IPv4 is accepted below a limit.
    pub(crate) fn limits(self, port: u16) -> Filter {
        let by = rule("input", "input", "limit rate over 30/minute drop");
        let group = NotAccepted { fares: Fares::Limited, ends: None, ..Self::dropped(by) };
        let mut filter = self.put(port, false, ranges(false), group);
        for passage in filter.seen.passages.iter_mut().filter(|one| one.port == port && !one.ipv6) {
            passage.accepted = passage.ranges;
        }
        filter
    }

    /// Not all rules could be read.
    pub(crate) fn in_part(mut self) -> Filter {
        self.seen.rules_missing = true;
        self.seen.troubles.push("nft.json: line 7 is no rule".to_owned());
        self
    }

    /// The same, turned.
    pub(crate) fn turned(mut self, change: fn(&mut FirewallSeen)) -> Filter {
        change(&mut self.seen);
        self
    }

    pub(crate) fn seen(self) -> FirewallSeen {
        self.seen
    }
}

impl Sitting {
    /// The origin works when it is asked from within, and its web server listens; the user says that it
    /// is the origin. What visitors get comes next.
    pub(crate) fn filtered() -> Sitting {
        let sockets = ["0.0.0.0:443 nginx", "0.0.0.0:80 nginx", "[::]:443! nginx"];
        Sitting::healthy_origin().on_origin(Known::Told).sockets(&sockets)
    }

    /// The same where nobody listens.
    pub(crate) fn filtered_without_listener() -> Sitting {
        use crate::evidence::TcpAnswer;
        use crate::hop::Hop;
        use crate::target::SslMode;

        let refused = Sitting::new().mode(SslMode::Strict).tcp(TcpAnswer::Refused);
        refused.unreached(Hop::Net).on_origin(Known::Told).sockets(&["0.0.0.0:22 sshd"])
    }

    /// Its packet filter.
    pub(crate) fn filter(self, filter: Filter) -> Sitting {
        self.within(HostQuestion::Firewall, HostAnswer::Firewall(Box::new(filter.seen)))
    }
}
