//! What a diagnosis keeps of a ruling: per port and family, what is not accepted, in groups with their
//! reasons.
//!
//! Pieces that the same chain, or the same kind of thing, keeps out go into one group, so that a ban
//! list of a thousand rules is one sentence. Single addresses are kept apart from stretches: the ones
//! are bans, the others a list or an order of rules that is wrong. Which of these is found out by asking
//! once more with the deciding rules taken out.

use std::collections::BTreeMap;

use ipnet::IpNet;

use super::Firewall;
use super::addresses::{Family, Interval, Numbers, interval, prefixes};
use super::manager;
use super::model::{Backend, End, Field, Hook, How, Match, Part, Rule};
use super::ruling::{Asked, ChainAt, Decider, Outcome, Piece, RuleAt, Ruling, Rulings, Step};
use crate::evidence::host::firewall::{
    ChainSeen, DecidedBy, DeciderKind, Ends, Fares, FirewallDoor, FirewallSeen, Flaw, NotAccepted,
    Passage,
};

/// How long a rule's text may be.
const TEXT: usize = 300;

/// For how many groups the rules are tried with the deciding ones taken out.
const TRIES: usize = 8;

/// How many sentences are kept of what was assumed, and of what could not be read.
const SENTENCES: usize = 12;

impl Firewall {
    /// Rules on what is asked, and keeps what a diagnosis needs of it.
    #[must_use]
    pub fn seen(mut self, asked: &Asked) -> FirewallSeen {
        let rulings = self.rule(asked);
        let mut passages = Vec::new();
        for port in &asked.ports {
            for family in Family::BOTH {
                passages.extend(passage(&self, &rulings, *port, family));
            }
        }
        let flaws = flaws(&mut self, asked, &passages);
        let mut told: Vec<Passage> = passages.into_iter().map(|(passage, _)| passage).collect();
        for (at, group, flaw) in flaws {
            told[at].groups[group].flaw = Some(flaw);
        }
        let trouble = |one: &super::model::Trouble| cut(&format!("{}: {}", one.input, one.why));
        FirewallSeen {
            manager: manager::main(&self).map(|one| one.word().to_owned()),
            doors: doors(&rulings),
            passages: told,
            assumed: rulings.assumed.iter().take(SENTENCES).map(|text| cut(text)).collect(),
            troubles: rulings.troubles.iter().take(SENTENCES).map(trouble).collect(),
            rules_missing: rulings.troubles.iter().any(|one| one.rules_missing),
        }
    }
}

fn doors(rulings: &Rulings) -> Vec<FirewallDoor> {
    let door = |(family, door): &(Family, super::surroundings::Door)| FirewallDoor {
        ipv6: *family == Family::V6,
        interface: door.interface.clone(),
        address: door.address,
    };
    rulings.doors.iter().map(door).collect()
}

/// Why pieces fare as they do, so far as it makes them one group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Because {
    Rules(Outcome, ChainAt),
    Policy(Outcome, ChainAt),
    Other(Outcome, u8, String),
    Nothing(Outcome),
}

fn because(piece: &Piece) -> Because {
    let outcome = piece.outcome;
    let Some(decider) = piece.by.first() else { return Because::Nothing(outcome) };
    match decider {
        Decider::Rule(rule) => Because::Rules(outcome, rule.at.clone()),
        Decider::Policy(at) => Because::Policy(outcome, at.clone()),
        Decider::Route(_) => Because::Other(outcome, 0, String::new()),
        Decider::SourceCheck(interface) => Because::Other(outcome, 1, interface.clone()),
        Decider::Nobody { address, port, .. } => {
            Because::Other(outcome, 2, format!("{address} {port}"))
        }
        Decider::Queue(rule) => Because::Other(outcome, 3, format!("{:?}", rule.at)),
        Decider::Neighbours(_) => Because::Other(outcome, 4, String::new()),
        Decider::Untold(why) => Because::Other(outcome, 5, why.clone()),
    }
}

/// A group in the making, with the deciders as the ruling names them.
type Grouped = (NotAccepted, Vec<Decider>);

/// One port in one family; `None`: no range of it was asked about.
fn passage(
    firewall: &Firewall,
    rulings: &Rulings,
    port: u16,
    family: Family,
) -> Option<(Passage, Vec<Vec<Decider>>)> {
    let of_it: Vec<&Ruling> = rulings
        .rulings
        .iter()
        .filter(|one| one.port == port && Family::of(one.range.addr()) == family)
        .collect();
    if of_it.is_empty() {
        return None;
    }
    let all = Numbers::from_prefixes(family, of_it.iter().map(|one| &one.range));
    let mut groups: BTreeMap<Because, Vec<&Piece>> = BTreeMap::new();
    for piece in of_it.iter().flat_map(|one| &one.pieces) {
        if piece.outcome != Outcome::Accepted {
            groups.entry(because(piece)).or_default().push(piece);
        }
    }
    let mut made: Vec<Grouped> = Vec::new();
    for pieces in groups.values() {
        let together = Numbers::from_prefixes(family, pieces.iter().map(|piece| &piece.prefix));
        for single in [false, true] {
            let stretches: Numbers = together
                .intervals()
                .iter()
                .filter(|stretch| is_single(family, **stretch) == single)
                .copied()
                .collect();
            let within: Vec<&Piece> = pieces
                .iter()
                .filter(|piece| stretches.contains(interval(&piece.prefix).0))
                .copied()
                .collect();
            if !within.is_empty() {
                made.push(group(firewall, &of_it, family, &all, &stretches, single, &within));
            }
        }
    }
    made.sort_by(|(one, _), (other, _)| {
        (other.addresses, &one.prefixes).cmp(&(one.addresses, &other.prefixes))
    });
    let whole = |one: &&&Ruling| {
        let fine = |piece: &Piece| matches!(piece.outcome, Outcome::Accepted | Outcome::Limited);
        one.pieces.iter().all(fine)
    };
    let listens = rulings.listens.iter().find(|(of, at, _)| (*of, *at) == (family, port));
    let (groups, deciders) = made.into_iter().unzip();
    let passage = Passage {
        port,
        ipv6: family == Family::V6,
        listens: listens.and_then(|(_, _, listens)| *listens),
        ranges: of_it.len(),
        accepted: of_it.iter().filter(whole).count(),
        groups,
    };
    Some((passage, deciders))
}

/// Whether a stretch of addresses is so short that somebody named single ones.
fn is_single(family: Family, (low, high): Interval) -> bool {
    let few = match family {
        Family::V4 => 256,
        // As many networks, of which each host has a whole one.
        Family::V6 => 256 << 64,
    };
    high - low < few - 1
}

fn group(
    firewall: &Firewall,
    of_it: &[&Ruling],
    family: Family,
    all: &Numbers,
    stretches: &Numbers,
    single: bool,
    pieces: &[&Piece],
) -> Grouped {
    let mut deciders: Vec<Decider> = Vec::new();
    let mut had = std::collections::BTreeSet::new();
    for decider in pieces.iter().flat_map(|piece| piece.by.iter()) {
        if had.insert(decider) {
            deciders.push(decider.clone());
        }
    }
    let outcome = pieces.first().map_or(Outcome::Unknown, |piece| piece.outcome);
    let every: Vec<IpNet> =
        stretches.intervals().iter().flat_map(|stretch| prefixes(family, *stretch)).collect();
    let (mut whole, mut part) = (Vec::new(), Vec::new());
    for one in of_it {
        let range: Numbers = [interval(&one.range)].into_iter().collect();
        let here = stretches.and(&range);
        if here == range {
            whole.push(one.range);
        } else if !here.is_empty() {
            part.push(one.range);
        }
    }
    let share = (stretches.count() / all.count() * 1e6).ceil();
    let (fares, ends, refusal) = match outcome {
        Outcome::Dropped(step) => (Fares::Dropped, Some(ends(step)), None),
        Outcome::Rejected(how) => (Fares::Rejected, None, Some(told(how).to_owned())),
        Outcome::Limited => (Fares::Limited, None, None),
        Outcome::Accepted | Outcome::Unknown => (Fares::Unknown, None, None),
    };
    let by = deciders.iter().take(NotAccepted::MOST_DECIDERS);
    let told = NotAccepted {
        fares,
        ends,
        refusal,
        count: every.len(),
        prefixes: every.into_iter().take(NotAccepted::MOST).collect(),
        whole,
        part,
        addresses: stretches.count() as u64,
        share: (share as u32).min(1_000_000),
        single,
        by: by.map(|decider| decided(firewall, decider)).collect(),
        deciders: deciders.len(),
        flaw: None,
    };
    (told, deciders)
}

fn ends(step: Step) -> Ends {
    match step {
        Step::First => Ends::First,
        Step::Reply => Ends::Reply,
        Step::Later => Ends::Later,
        Step::Refusal => Ends::Refusal,
    }
}

fn told(how: How) -> &'static str {
    match how {
        How::Reset => "tcp-reset",
        How::PortUnreachable => "port-unreachable",
        How::Unreachable => "unreachable",
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn decided(firewall: &Firewall, decider: &Decider) -> DecidedBy {
    let bare = |kind, text: &str| DecidedBy {
        kind,
        owner: manager::owner(firewall, decider).map(|one| one.word().to_owned()),
        chain: None,
        number: None,
        handle: None,
        text: cut(text),
        set: None,
        comment: None,
    };
    let rule = |kind, rule: &RuleAt| DecidedBy {
        chain: Some(chain(&rule.at)),
        number: Some(rule.number),
        handle: rule.handle,
        set: rule.set.clone(),
        comment: find(firewall, rule).and_then(|rule| rule.comment.as_deref()).map(cut),
        ..bare(kind, &rule.text)
    };
    match decider {
        Decider::Rule(at) => rule(DeciderKind::Rule, at),
        Decider::Queue(at) => rule(DeciderKind::Queue, at),
        Decider::Policy(at) => {
            DecidedBy { chain: Some(chain(at)), ..bare(DeciderKind::Policy, "policy drop") }
        }
        Decider::Route(text) => bare(DeciderKind::Route, text),
        Decider::SourceCheck(interface) => bare(DeciderKind::SourceCheck, interface),
        Decider::Nobody { address, port, led_by } => {
            let to = std::net::SocketAddr::new(*address, *port).to_string();
            let by = led_by.as_ref().map(|at| rule(DeciderKind::Nobody, at));
            DecidedBy { text: to.clone(), ..by.unwrap_or_else(|| bare(DeciderKind::Nobody, &to)) }
        }
        Decider::Neighbours(inner) => {
            DecidedBy { kind: DeciderKind::Neighbours, ..decided(firewall, inner) }
        }
        Decider::Untold(why) => bare(DeciderKind::Untold, why),
    }
}

fn chain(at: &ChainAt) -> ChainSeen {
    let backend = match at.backend {
        Backend::Nft => "nft",
        Backend::IptablesNft => "iptables-nft",
        Backend::IptablesLegacy => "iptables-legacy",
    };
    let hook = match at.hook {
        Hook::Ingress => "ingress",
        Hook::Prerouting => "prerouting",
        Hook::Input => "input",
        Hook::Forward => "forward",
        Hook::Output => "output",
        Hook::Postrouting => "postrouting",
        Hook::Egress => "egress",
    };
    ChainSeen {
        backend: backend.to_owned(),
        family: at.family.word().to_owned(),
        table: at.table.clone(),
        chain: at.chain.clone(),
        hook: hook.to_owned(),
    }
}

fn find<'a>(firewall: &'a Firewall, at: &RuleAt) -> Option<&'a Rule> {
    let (table, chain) = place(firewall, &at.at)?;
    firewall.ruleset.tables[table].chains[chain].rules.iter().find(|one| one.number == at.number)
}

fn place(firewall: &Firewall, at: &ChainAt) -> Option<(usize, usize)> {
    let tables = firewall.ruleset.tables.iter().enumerate();
    let mut like = tables.filter(|(_, table)| {
        table.backend == at.backend && table.family == at.family && table.name == at.table
    });
    like.find_map(|(number, table)| Some((number, table.chain(&at.chain)?)))
}

/// What is wrong, by the place of the passage and of the group in it.
fn flaws(
    firewall: &mut Firewall,
    asked: &Asked,
    passages: &[(Passage, Vec<Vec<Decider>>)],
) -> Vec<(usize, usize, Flaw)> {
    let mut found = Vec::new();
    let mut tries = 0;
    for (at, (passage, deciders)) in passages.iter().enumerate() {
        for (number, group) in passage.groups.iter().enumerate() {
            let of_rules = group.is_by(DeciderKind::Rule) || group.is_by(DeciderKind::Policy);
            let comes_in =
                group.ends.is_none_or(|ends| matches!(ends, Ends::First | Ends::Refusal));
            if group.single || !group.is_kept_out() || !of_rules || !comes_in {
                continue;
            }
            let rules: Vec<&RuleAt> = deciders[number]
                .iter()
                .filter_map(|decider| match decider {
                    Decider::Rule(rule) => Some(rule),
                    _ => None,
                })
                .collect();
            let asks: Vec<Option<bool>> =
                rules.iter().map(|at| find(firewall, at).and_then(names_source)).collect();
            let flaw = if asks.contains(&Some(true)) {
                Some(Flaw::Named)
            } else if !rules.is_empty() && asks.iter().all(Option::is_none) && tries < TRIES {
                tries += 1;
                accepted_behind(firewall, asked, passage, group, &rules)
                    .then_some(Flaw::BeforeAccept)
            } else {
                None
            };
            found.push((at, number, flaw.unwrap_or_else(|| gap(passages, passage))));
        }
    }
    found
}

/// Which kind of gap it is that addresses fall through.
fn gap(passages: &[(Passage, Vec<Vec<Decider>>)], passage: &Passage) -> Flaw {
    let lets_in = |test: &dyn Fn(&Passage) -> bool| {
        passages.iter().any(|(other, _)| other.accepted > 0 && test(other))
    };
    if passage.accepted > 0 {
        Flaw::NotOnList
    } else if lets_in(&|other| other.port != passage.port && other.ipv6 == passage.ipv6) {
        Flaw::PortForgotten
    } else if lets_in(&|other| other.port == passage.port && other.ipv6 != passage.ipv6) {
        Flaw::FamilyForgotten
    } else {
        Flaw::Everything
    }
}

/// Whether a rule asks where a packet comes from, and holds for what it names (`true`) or for all else
/// (`false`); `None`: it does not ask.
fn names_source(rule: &Rule) -> Option<bool> {
    let source = |one: &Match| {
        let asks = one.key.iter().any(|term| {
            matches!(
                term.field,
                Field::Address(_, End::Source) | Field::OriginalAddress(End::Source)
            )
        });
        asks.then_some(!one.negated)
    };
    rule.parts.iter().find_map(|part| match part {
        Part::Match(one) => source(one),
        Part::AnyOf { of, negated } => {
            let inner = of.iter().flatten().find_map(source)?;
            Some(inner != *negated)
        }
        Part::VerdictMap { key, .. } => {
            let asks =
                |term: &super::model::Term| matches!(term.field, Field::Address(_, End::Source));
            key.iter().any(asks).then_some(true)
        }
        _ => None,
    })
}

/// Whether a rule of the same hook accepts the group's first addresses where these rules are out of
/// the way.
fn accepted_behind(
    firewall: &mut Firewall,
    asked: &Asked,
    passage: &Passage,
    group: &NotAccepted,
    rules: &[&RuleAt],
) -> bool {
    let mut taken: Vec<(usize, usize, usize, Vec<Part>)> = Vec::new();
    for at in rules {
        let Some((table, chain)) = place(firewall, &at.at) else { continue };
        let chain_of = &mut firewall.ruleset.tables[table].chains[chain];
        if let Some(rule) = chain_of.rules.iter_mut().find(|one| one.number == at.number) {
            taken.push((table, chain, at.number, std::mem::take(&mut rule.parts)));
        }
    }
    let ranges: Vec<IpNet> = group.prefixes.clone();
    let again = firewall.rule(&Asked { ranges, ports: vec![passage.port], ..asked.clone() });
    for (table, chain, number, parts) in taken {
        let rules = &mut firewall.ruleset.tables[table].chains[chain].rules;
        if let Some(rule) = rules.iter_mut().find(|one| one.number == number) {
            rule.parts = parts;
        }
    }
    let behind = |decider: &Decider| match decider {
        Decider::Rule(rule) => rules.iter().any(|gone| gone.at.hook == rule.at.hook),
        _ => false,
    };
    let mut pieces = again.rulings.iter().flat_map(|one| &one.pieces).peekable();
    pieces.peek().is_some()
        && pieces.all(|piece| piece.outcome == Outcome::Accepted && piece.by.iter().any(behind))
}

#[cfg(test)]
#[path = "seen_tests.rs"]
mod tests;
