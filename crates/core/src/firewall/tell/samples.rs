//! Rulings as an evaluation would give them, made up for the tests of the voices.

use std::net::IpAddr;

use ipnet::IpNet;

use super::{Seen, Source};
use crate::firewall::addresses::{Family, Numbers, interval, prefixes};
use crate::firewall::manager::Manager;
use crate::firewall::model::{
    Backend, Chain, Hook, How, Part, Rule, Ruleset, Table, TableFamily, Tri, Trouble, Verdict,
};
use crate::firewall::propose::{Command, Kept, Left, Newly, Proposal, Proposals};
use crate::firewall::ruling::{
    ChainAt, Decider, Does, Outcome, Piece, RuleAt, Ruling, Rulings, Step, Walk, Walked,
};
use crate::firewall::snapshot::{Got, Input, Snapshot};
use crate::firewall::surroundings::Door;
use crate::ranges::Ranges;

/// What nobody should name a rule, a set or an interface, and somebody does.
pub(super) const HARM: &str = "`</code><script>alert(1)</script>\u{1b}[31m\u{202e}|[x](y) \u{9b}2J";

pub(super) struct Sample {
    pub(super) name: &'static str,
    pub(super) rulings: Rulings,
    pub(super) ruleset: Ruleset,
    pub(super) snapshot: Snapshot,
    pub(super) saved: bool,
    pub(super) walks: Vec<Walk>,
    pub(super) proposals: Option<Proposals>,
    pub(super) managers: Vec<Manager>,
    pub(super) source: Option<Source>,
}

const PORTS: [u16; 2] = [80, 443];

impl Sample {
    /// As the voices see it; the file is that of every rule handed over.
    pub(super) fn seen<T>(&self, tell: impl FnOnce(&Seen<'_>) -> T) -> T {
        let source = |decider: &Decider| match decider {
            Decider::Rule(_) => self.source.clone(),
            _ => None,
        };
        let owner = |decider: &Decider| match decider {
            Decider::Rule(rule) if rule.at.chain.starts_with("f2b-") => Some(Manager::Fail2ban),
            Decider::Rule(_) | Decider::Policy(_) => self.managers.first().copied(),
            _ => None,
        };
        let walk = |from: IpAddr, port: u16| Walk {
            from,
            to: None,
            port,
            steps: vec![step(Step::First, policy("INPUT", TableFamily::Inet), Does::Accepts, "")],
            outcome: Outcome::Accepted,
            by: Vec::new(),
        };
        tell(&Seen {
            rulings: &self.rulings,
            ruleset: &self.ruleset,
            snapshot: &self.snapshot,
            saved: self.saved,
            ports: &PORTS,
            walks: &self.walks,
            proposals: self.proposals.as_ref(),
            managers: &self.managers,
            owner: &owner,
            source: &source,
            walk: &walk,
        })
    }
}

fn sample(name: &'static str, fares: impl Fn(&IpNet, u16) -> Vec<Piece>) -> Sample {
    let ranges = Ranges::built_in();
    let rulings = PORTS
        .into_iter()
        .flat_map(|port| ranges.prefixes().iter().map(move |range| (*range, port)))
        .map(|(range, port)| Ruling { range, port, pieces: fares(&range, port) })
        .collect();
    let door = |address: &str| Door {
        interface: Some("eth0".to_owned()),
        address: Some(address.parse().unwrap()),
    };
    Sample {
        name,
        rulings: Rulings {
            rulings,
            doors: vec![(Family::V4, door("203.0.113.7")), (Family::V6, door("2001:db8::7"))],
            assumed: Vec::new(),
            troubles: Vec::new(),
            listens: Family::BOTH
                .iter()
                .flat_map(|family| [80, 443].map(|port| (*family, port, Some(true))))
                .collect(),
        },
        ruleset: Ruleset::default(),
        snapshot: Snapshot::default(),
        saved: false,
        walks: Vec::new(),
        proposals: None,
        managers: vec![Manager::Ufw],
        source: None,
    }
}

fn at(backend: Backend, family: TableFamily, table: &str, chain: &str, hook: Hook) -> ChainAt {
    ChainAt { backend, family, table: table.to_owned(), chain: chain.to_owned(), hook }
}

fn policy(chain: &str, family: TableFamily) -> Decider {
    let hook = if chain == "OUTPUT" { Hook::Output } else { Hook::Input };
    Decider::Policy(at(Backend::IptablesNft, family, "filter", chain, hook))
}

fn rule(at: ChainAt, number: usize, text: &str, set: Option<&str>) -> RuleAt {
    let handle = Some(number as u64 + 4);
    RuleAt { at, number, handle, text: text.to_owned(), set: set.map(str::to_owned) }
}

fn whole(range: &IpNet, outcome: Outcome, by: Vec<Decider>) -> Vec<Piece> {
    vec![Piece { prefix: *range, outcome, by: by.into() }]
}

/// Some addresses of a range fare badly, the others like this.
fn but(range: &IpNet, bad: &[&str], piece: &Piece, others: &[Decider]) -> Vec<Piece> {
    let family = Family::of(range.addr());
    let inside = |prefix: &IpNet| range.contains(prefix);
    let bad: Vec<IpNet> = bad.iter().map(|prefix| prefix.parse().unwrap()).filter(inside).collect();
    let (low, high) = interval(range);
    let rest = Numbers::of(low, high).without(&Numbers::from_prefixes(family, &bad));
    let mut pieces: Vec<Piece> =
        bad.iter().map(|prefix| Piece { prefix: *prefix, ..piece.clone() }).collect();
    for prefix in rest.intervals().iter().flat_map(|part| prefixes(family, *part)) {
        pieces.push(Piece { prefix, outcome: Outcome::Accepted, by: others.into() });
    }
    pieces.sort_by_key(|piece| piece.prefix);
    pieces
}

/// ufw's rule that lets a range in.
fn ufw(range: &IpNet) -> Vec<Decider> {
    let (family, chain) = match range {
        IpNet::V4(_) => (TableFamily::Ip, "ufw-user-input"),
        IpNet::V6(_) => (TableFamily::Ip6, "ufw6-user-input"),
    };
    let place = Ranges::built_in().prefixes().iter().position(|other| other == range).unwrap();
    let text = format!("-A {chain} -s {range} -p tcp -m multiport --dports 80,443 -j ACCEPT");
    let chain = at(Backend::IptablesNft, family, "filter", chain, Hook::Input);
    vec![Decider::Rule(rule(chain, place % 15 + 1, &text, None))]
}

fn accepted(range: &IpNet) -> Vec<Piece> {
    whole(range, Outcome::Accepted, ufw(range))
}

fn bad_set() -> RuleAt {
    let pre = at(Backend::Nft, TableFamily::Ip, "bl", "pre", Hook::Prerouting);
    rule(pre, 3, "ip saddr @bad drop", Some("bad"))
}

fn banned() -> Sample {
    let bans: Vec<String> =
        (0..40).map(|at| format!("162.158.{}.{}/32", at * 5 + 3, at * 3 + 7)).collect();
    let mut banned = sample("addresses-banned", |range, port| {
        let bans: Vec<&str> = bans.iter().map(String::as_str).collect();
        let mut pieces = accepted(range);
        if range.to_string() == "162.158.0.0/15" && port == 443 {
            let none = Piece { prefix: *range, outcome: Outcome::Accepted, by: [].into() };
            pieces = but(range, &bans, &none, &ufw(range));
            let f2b = at(Backend::IptablesNft, TableFamily::Ip, "filter", "f2b-nginx", Hook::Input);
            for piece in &mut pieces {
                if let Some(number) = bans.iter().position(|ban| *ban == piece.prefix.to_string()) {
                    let text = format!(
                        "-A f2b-nginx -s {} -j REJECT --reject-with icmp-port-unreachable",
                        bans[number]
                    );
                    piece.outcome = Outcome::Rejected(How::PortUnreachable);
                    piece.by = [Decider::Rule(rule(f2b.clone(), number + 1, &text, None))].into();
                }
            }
        }
        pieces
    });
    banned.managers.push(Manager::Fail2ban);
    banned
}

fn one_hole() -> Sample {
    let mut one = sample("one-address-dropped", |range, port| {
        let by = vec![Decider::Rule(bad_set())];
        let bad = Piece { prefix: *range, outcome: Outcome::Dropped(Step::First), by: by.into() };
        match (range.to_string().as_str(), port) {
            ("172.64.0.0/13", 443) => but(range, &["172.64.0.77/32"], &bad, &[]),
            _ => whole(range, Outcome::Accepted, Vec::new()),
        }
    });
    one.managers = vec![Manager::Nftables];
    one.source = Some(Source { file: "/etc/nftables.conf".to_owned(), line: Some(12) });
    one
}

fn geoip() -> Sample {
    let input = at(Backend::IptablesNft, TableFamily::Ip, "filter", "INPUT", Hook::Input);
    let text = "-A INPUT -m geoip ! --source-country DE,AT,CH -j DROP";
    let mut geoip = sample("nobody-can-tell", |range, _| match range {
        IpNet::V4(_) => {
            let by = vec![Decider::Rule(rule(input.clone(), 2, text, None))];
            whole(range, Outcome::Unknown, by)
        }
        IpNet::V6(_) => accepted(range),
    });
    let first = Rule { number: 1, ..Rule::default() };
    let second = Rule {
        number: 2,
        text: text.to_owned(),
        parts: vec![Part::Perhaps { what: "match geoip".to_owned() }, Part::Verdict(Verdict::Drop)],
        ..Rule::default()
    };
    geoip.ruleset.tables.push(Table {
        backend: Backend::IptablesNft,
        family: TableFamily::Ip,
        name: "filter".to_owned(),
        dormant: Tri::No,
        chains: vec![Chain { name: "INPUT".to_owned(), base: None, rules: vec![first, second] }],
        sets: Default::default(),
    });
    geoip.managers = vec![Manager::Iptables];
    geoip
}

fn without_root() -> Sample {
    let why = "only root may list the rules";
    let mut without = sample("without-root", |range, _| {
        whole(range, Outcome::Unknown, vec![Decider::Untold(why.to_owned())])
    });
    for input in [Input::NftJson, Input::NftText, Input::Iptables, Input::Ip6tables, Input::Ipset] {
        without.snapshot.inputs.insert(input, Got::Missing(why.to_owned()));
    }
    without.rulings.troubles.push(Trouble {
        input: "nft.json".to_owned(),
        why: why.to_owned(),
        rules_missing: true,
    });
    without.managers.clear();
    without
}

fn walked() -> Sample {
    let mut walked = one_hole();
    walked.name = "one-walk";
    let from: IpAddr = "172.64.0.77".parse().unwrap();
    let only: IpNet = "172.64.0.77/32".parse().unwrap();
    let ends = |port| match port {
        443 => (Outcome::Dropped(Step::First), vec![Decider::Rule(bad_set())]),
        _ => (Outcome::Accepted, Vec::new()),
    };
    let rulings = PORTS.into_iter().map(|port| {
        let (outcome, by) = ends(port);
        Ruling { range: only, port, pieces: vec![Piece { prefix: only, outcome, by: by.into() }] }
    });
    walked.rulings.rulings = rulings.collect();
    let nat = at(Backend::IptablesNft, TableFamily::Ip, "nat", "PREROUTING", Hook::Prerouting);
    let redirect =
        rule(nat, 1, "-A PREROUTING -p tcp --dport 80 -j REDIRECT --to-ports 8080", None);
    walked.walks = PORTS
        .into_iter()
        .map(|port| {
            let (outcome, by) = ends(port);
            let steps = match port {
                443 => vec![step(Step::First, Decider::Rule(bad_set()), Does::Drops, "")],
                _ => vec![
                    step(
                        Step::First,
                        Decider::Rule(redirect.clone()),
                        Does::Changes,
                        "now to port 8080",
                    ),
                    step(Step::First, Decider::Route("local".to_owned()), Does::Routes, ""),
                    step(Step::First, policy("INPUT", TableFamily::Ip), Does::Accepts, ""),
                    step(Step::Reply, policy("OUTPUT", TableFamily::Ip), Does::Accepts, ""),
                ],
            };
            Walk { from, to: Some("203.0.113.7".parse().unwrap()), port, steps, outcome, by }
        })
        .collect();
    walked
}

fn step(packet: Step, at: Decider, does: Does, change: &str) -> Walked {
    Walked { packet, at, does, change: change.to_owned() }
}

fn mended() -> Sample {
    let mut mended = sample("proposal", |range, _| match range.to_string().as_str() {
        "2c0f:f248::/32" => {
            whole(range, Outcome::Dropped(Step::First), vec![policy("INPUT", TableFamily::Ip6)])
        }
        _ => accepted(range),
    });
    let before = mended.rulings.clone();
    let mut after = before.clone();
    for ruling in &mut after.rulings {
        ruling.pieces = accepted(&ruling.range);
    }
    let range: IpNet = "2c0f:f248::/32".parse().unwrap();
    let command = |verb: &str| format!("ufw {verb}allow proto tcp from {range} to any port 80,443");
    mended.proposals = Some(Proposals {
        list: vec![Proposal {
            id: "rayfix:1f0c9a3e".to_owned(),
            owner: Manager::Ufw,
            by: policy("INPUT", TableFamily::Ip6),
            ranges: vec![range],
            ports: PORTS.to_vec(),
            why: "The list of ranges is older than this one.".to_owned(),
            adds: vec!["a rule at the end of ufw's own rules".to_owned()],
            removes: Vec::new(),
            commands: vec![Command::shell(command(""))],
            checks: vec![Command::shell(command("--dry-run "))],
            undo: vec![Command::shell(command("delete "))],
            kept: Kept {
                by_itself: true,
                how: vec!["ufw writes it into `/etc/ufw/user6.rules` at once.".to_owned()],
                commands: vec![Command::line("/etc/ufw/before.rules", "# nothing")],
            },
            cautions: vec!["It is in force at once.".to_owned()],
            edits: Vec::new(),
        }],
        before,
        after,
        newly_accepted: vec![Newly {
            port: 8443,
            prefixes: vec![range],
            why: "ufw knows no narrower rule for it.".to_owned(),
        }],
        left: vec![Left {
            ranges: vec!["104.16.0.0/13".parse().unwrap()],
            ports: vec![443],
            by: vec![Decider::Rule(bad_set())],
            why: "CrowdSec would put it back. Take it out of its decisions.".to_owned(),
        }],
    });
    mended
}

fn hostile() -> Sample {
    let place = at(Backend::Nft, TableFamily::Inet, HARM, HARM, Hook::Input);
    let by = vec![
        Decider::Rule(rule(place.clone(), 1, HARM, Some(HARM))),
        Decider::Route(HARM.to_owned()),
        Decider::SourceCheck(HARM.to_owned()),
        Decider::Untold(HARM.to_owned()),
        Decider::Neighbours(Box::new(Decider::Policy(place.clone()))),
        Decider::Queue(rule(place.clone(), 2, HARM, None)),
    ];
    let mut hostile =
        sample("hostile", |range, _| whole(range, Outcome::Dropped(Step::First), by.clone()));
    for (_, door) in &mut hostile.rulings.doors {
        door.interface = Some(HARM.to_owned());
    }
    let unsure =
        Rule { number: 1, parts: vec![Part::Perhaps { what: HARM.to_owned() }], ..Rule::default() };
    hostile.ruleset.tables.push(Table {
        backend: Backend::Nft,
        family: TableFamily::Inet,
        name: HARM.to_owned(),
        dormant: Tri::No,
        chains: vec![Chain { name: HARM.to_owned(), base: None, rules: vec![unsure] }],
        sets: Default::default(),
    });
    if let Some(first) = hostile.rulings.rulings.first_mut() {
        first.pieces[0].outcome = Outcome::Unknown;
    }
    hostile.rulings.assumed.push(HARM.to_owned());
    hostile.rulings.troubles.push(Trouble {
        input: HARM.to_owned(),
        why: HARM.to_owned(),
        rules_missing: true,
    });
    hostile.source = Some(Source { file: HARM.to_owned(), line: Some(1) });
    hostile.walks = vec![Walk {
        from: "172.64.0.77".parse().unwrap(),
        to: None,
        port: 443,
        steps: by.iter().map(|at| step(Step::First, at.clone(), Does::Perhaps, HARM)).collect(),
        outcome: Outcome::Unknown,
        by,
    }];
    hostile
}

/// Every sample, the hostile one last.
pub(super) fn all() -> Vec<Sample> {
    let input = || at(Backend::IptablesNft, TableFamily::Ip, "filter", "INPUT", Hook::Input);
    let output = || at(Backend::Nft, TableFamily::Inet, "filter", "output", Hook::Output);
    let mut unheard = sample("healthy", |range, _| accepted(range));
    for at in [0, 2] {
        unheard.rulings.listens[at].2 = Some(false);
    }
    let stale = sample("list-is-old", |range, _| match range.to_string().as_str() {
        "2c0f:f248::/32" => {
            whole(range, Outcome::Dropped(Step::First), vec![policy("INPUT", TableFamily::Ip6)])
        }
        _ => accepted(range),
    });
    let family = sample("one-family-closed", |range, _| match range {
        IpNet::V4(_) => accepted(range),
        IpNet::V6(_) => {
            whole(range, Outcome::Dropped(Step::First), vec![policy("INPUT", TableFamily::Ip6)])
        }
    });
    let mut shut = sample("all-shut", |range, _| {
        let of = match range {
            IpNet::V4(_) => TableFamily::Ip,
            IpNet::V6(_) => TableFamily::Ip6,
        };
        whole(range, Outcome::Dropped(Step::First), vec![policy("INPUT", of)])
    });
    shut.managers = vec![Manager::Iptables];
    let mut replies = sample("answers-dropped", |range, _| {
        let by = Decider::Rule(rule(output(), 1, "ct state established drop", None));
        whole(range, Outcome::Dropped(Step::Reply), vec![by])
    });
    replies.managers = vec![Manager::Nftables, Manager::Docker];
    let wrong_port = sample("one-port-only", |range, port| match port {
        443 => accepted(range),
        _ => {
            let by = Decider::Rule(rule(
                input(),
                9,
                "-A INPUT -p tcp -j REJECT --reject-with tcp-reset",
                None,
            ));
            whole(range, Outcome::Rejected(How::Reset), vec![by])
        }
    });
    let limited = sample("limited", |range, port| match port {
        443 => {
            let by =
                Decider::Rule(rule(input(), 4, "-A INPUT -m limit --limit 3/min -j ACCEPT", None));
            whole(range, Outcome::Limited, vec![by])
        }
        _ => accepted(range),
    });
    let mut led = sample("nobody-behind-docker", |range, _| {
        let nat = at(Backend::IptablesNft, TableFamily::Ip, "nat", "DOCKER", Hook::Prerouting);
        let led = rule(
            nat,
            2,
            "-A DOCKER -p tcp --dport 443 -j DNAT --to-destination 172.17.0.2:8443",
            None,
        );
        let by = Decider::Nobody {
            address: "172.17.0.2".parse().unwrap(),
            port: 8443,
            led_by: Some(led),
        };
        match range {
            IpNet::V4(_) => whole(range, Outcome::Rejected(How::Reset), vec![by]),
            IpNet::V6(_) => accepted(range),
        }
    });
    led.managers = vec![Manager::Docker];
    let several =
        sample("several-reasons", |range, port| match (range.to_string().as_str(), port) {
            ("103.21.244.0/22" | "103.22.200.0/22", _) => whole(
                range,
                Outcome::Dropped(Step::First),
                vec![Decider::Route("blackhole 103.16.0.0/12".to_owned())],
            ),
            ("104.16.0.0/13", 443) => {
                let by = vec![Decider::Rule(bad_set())];
                let bad =
                    Piece { prefix: *range, outcome: Outcome::Dropped(Step::First), by: by.into() };
                but(range, &["104.18.0.0/15", "104.21.7.0/24"], &bad, &ufw(range))
            }
            ("2606:4700::/32", _) => {
                let by = Decider::Neighbours(Box::new(policy("INPUT", TableFamily::Ip6)));
                let bad = Piece {
                    prefix: *range,
                    outcome: Outcome::Dropped(Step::First),
                    by: vec![by].into(),
                };
                but(range, &["2606:4700:10::/44"], &bad, &ufw(range))
            }
            ("131.0.72.0/22", 80) => whole(
                range,
                Outcome::Dropped(Step::First),
                vec![Decider::SourceCheck("eth0".to_owned())],
            ),
            _ => accepted(range),
        });
    let mended = mended();
    vec![
        mended,
        unheard,
        stale,
        family,
        shut,
        replies,
        wrong_port,
        limited,
        led,
        several,
        banned(),
        one_hole(),
        geoip(),
        without_root(),
        walked(),
        hostile(),
    ]
}
