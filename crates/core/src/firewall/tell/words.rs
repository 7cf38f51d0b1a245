//! Who decides, and what becomes of a packet, as people say it.
//!
//! Names and texts of rules come from whoever may write rules, or name a set or an interface: they stand in
//! a sentence only as quotations that the guard has made harmless.

use ipnet::IpNet;

use crate::firewall::addresses::Family;
use crate::firewall::model::{
    Backend, Field, Hook, How, Lookup, Match, Part, Rule, Ruleset, TableFamily, With,
};
use crate::firewall::ruling::{ChainAt, Decider, Does, Outcome, RuleAt, Step};
use crate::report::guard;
use crate::report::words::units::{count, list, list_of};

/// The most characters of a rule that are shown.
const RULE: usize = 300;

/// The text of a rule, between backticks.
#[must_use]
pub fn rule_text(text: &str) -> String {
    if text.trim().is_empty() {
        return "(its text is not known)".to_owned();
    }
    format!("`{}`", guard::within(text, RULE).replace('`', "'"))
}

/// A chain's place: `` `ip filter INPUT` ``.
#[must_use]
pub fn chain(at: &ChainAt) -> String {
    let name = guard::quote(&format!("{} {} {}", at.family.word(), at.table, at.chain));
    match at.backend {
        Backend::IptablesLegacy => format!("{name} of iptables-legacy"),
        Backend::Nft | Backend::IptablesNft => name,
    }
}

/// Several rules of one chain: `` `ip bl pre`, rule handle 7, set `bad` ``.
fn rules(rules: &[&RuleAt]) -> String {
    let Some(first) = rules.first() else { return String::new() };
    // nft counts by handle, iptables by place.
    let handles: Option<Vec<u64>> = match first.at.backend {
        Backend::Nft => rules.iter().map(|rule| rule.handle).collect(),
        Backend::IptablesNft | Backend::IptablesLegacy => None,
    };
    let which = match handles {
        Some(handles) => numbered("rule handle", handles),
        None => numbered("rule", rules.iter().map(|rule| rule.number as u64).collect()),
    };
    let mut sets: Vec<String> = Vec::new();
    for set in rules.iter().filter_map(|rule| rule.set.as_deref()) {
        let set = guard::quote(set);
        if !sets.contains(&set) {
            sets.push(set);
        }
    }
    let sets = match sets.len() {
        0 => String::new(),
        1 => format!(", set {}", sets[0]),
        _ => format!(", sets {}", list_of(&sets, 3)),
    };
    format!("{}, {which}{sets}", chain(&first.at))
}

/// `rule 3`, `rules 3 to 9 and 12`.
fn numbered(one: &str, mut numbers: Vec<u64>) -> String {
    numbers.sort_unstable();
    numbers.dedup();
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for number in &numbers {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(*number) => *last = *number,
            _ => runs.push((*number, *number)),
        }
    }
    let runs: Vec<String> = runs
        .into_iter()
        .flat_map(|(first, last)| match last - first {
            0 => vec![first.to_string()],
            1 => vec![first.to_string(), last.to_string()],
            _ => vec![format!("{first} to {last}")],
        })
        .collect();
    let plural = if numbers.len() == 1 { "" } else { "s" };
    format!("{one}{plural} {}", list_of(&runs, 6))
}

/// Where a decider stands, whatever its number: those that stand alike are told together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Place {
    Rules(ChainAt),
    Policy(ChainAt),
    Queue(ChainAt),
    Neighbours(Box<Place>),
    Other(Decider),
}

impl Place {
    pub(crate) fn of(decider: &Decider) -> Place {
        match decider {
            Decider::Rule(rule) => Place::Rules(rule.at.clone()),
            Decider::Policy(at) => Place::Policy(at.clone()),
            Decider::Queue(rule) => Place::Queue(rule.at.clone()),
            Decider::Neighbours(inner) => Place::Neighbours(Box::new(Place::of(inner))),
            Decider::Route(_)
            | Decider::SourceCheck(_)
            | Decider::Nobody { .. }
            | Decider::Untold(_) => Place::Other(decider.clone()),
        }
    }
}

/// Deciders that stand alike, in the order of the first of each.
pub(crate) fn places(by: &[Decider]) -> Vec<(Place, Vec<&Decider>)> {
    let mut places: Vec<(Place, Vec<&Decider>)> = Vec::new();
    for decider in by {
        let place = Place::of(decider);
        match places.iter_mut().find(|(known, _)| *known == place) {
            Some((_, of_it)) => of_it.push(decider),
            None => places.push((place, vec![decider])),
        }
    }
    places
}

/// Who deciders are, as a name: `the policy of …`, `` `ip bl pre`, rule handle 7 ``.
fn name(deciders: &[&Decider]) -> String {
    match deciders.first() {
        None => String::new(),
        Some(Decider::Rule(_) | Decider::Queue(_)) => {
            let all: Vec<&RuleAt> = deciders
                .iter()
                .filter_map(|decider| match decider {
                    Decider::Rule(rule) | Decider::Queue(rule) => Some(rule),
                    _ => None,
                })
                .collect();
            rules(&all)
        }
        Some(Decider::Policy(at)) => format!("the policy of {}", chain(at)),
        Some(Decider::Route(text)) if text.is_empty() => "the lack of a route".to_owned(),
        Some(Decider::Route(text)) if says(text) => told(text),
        Some(Decider::Route(text)) => format!("the route {}", guard::quote(text)),
        Some(Decider::SourceCheck(interface)) => {
            format!("the check of sources on {} (`rp_filter`)", guard::quote(interface))
        }
        Some(Decider::Nobody { address, port, led_by }) => {
            let to = std::net::SocketAddr::new(*address, *port);
            let led = match led_by {
                Some(rule) => format!(", where {} leads", aside(&rules(&[rule]))),
                None => String::new(),
            };
            format!("nobody listens on {to}{led}")
        }
        Some(Decider::Neighbours(inner)) => name(&[inner]),
        Some(Decider::Untold(why)) => told(why),
    }
}

/// Whether what is told of a route is a sentence (`no IPv4 route leads back`) and not what `ip` writes.
fn says(route: &str) -> bool {
    route.starts_with("no ") || route.starts_with("this host ") || route.contains(" is ")
}

/// With a comma behind it, where it has one in it.
fn aside(name: &str) -> String {
    if name.contains(", ") { format!("{name},") } else { name.to_owned() }
}

/// Why deciders decide, behind a verb: `by the policy of …`, `since nobody listens …`.
fn reason(deciders: &[&Decider]) -> String {
    let name = name(deciders);
    match deciders.first() {
        Some(Decider::Route(text)) if text.is_empty() => "for lack of a route".to_owned(),
        Some(Decider::Nobody { .. } | Decider::Untold(_)) => format!("since {name}"),
        Some(Decider::Route(text)) if says(text) => format!("since {name}"),
        Some(Decider::Queue(_)) => format!("by {name}, whose queue no program reads"),
        Some(Decider::Neighbours(_)) => {
            format!("since what IPv6 needs to find its neighbours is kept out by {name}")
        }
        _ => format!("by {name}"),
    }
}

/// Who decides, as names: empty where nothing stands in the way.
#[must_use]
pub fn names(by: &[Decider], most: usize) -> String {
    let names: Vec<String> = places(by).iter().map(|(_, of_it)| name(of_it)).collect();
    if names.len() <= most {
        return names.join("; ");
    }
    format!("{} and {} more", names[..most].join("; "), names.len() - most)
}

/// What becomes of connections and why: ``dropped by `ip bl pre`, rule handle 7, set `bad` ``.
#[must_use]
pub fn fate(outcome: Outcome, by: &[Decider]) -> String {
    let places = places(by);
    let why: Vec<String> = places.iter().map(|(_, of_it)| reason(of_it)).collect();
    // Names have commas in them.
    let why = why.join(", and ");
    let why = if why.is_empty() { String::new() } else { format!(" {why}") };
    match outcome {
        Outcome::Accepted if why.is_empty() => "accepted: nothing stands in the way".to_owned(),
        Outcome::Accepted => format!("accepted{why}"),
        Outcome::Dropped(Step::First) => format!("dropped{why}"),
        Outcome::Dropped(Step::Reply) => format!("let in, but the answer is dropped{why}"),
        Outcome::Dropped(Step::Later) => {
            format!("let in and answered, but what follows is dropped{why}")
        }
        Outcome::Dropped(Step::Refusal) => {
            format!("refused, and the refusal itself is dropped{why}")
        }
        Outcome::Rejected(_) if matches!(by, [Decider::Nobody { .. }]) => format!("refused{why}"),
        Outcome::Rejected(How::Reset) => format!("rejected with a TCP reset{why}"),
        Outcome::Rejected(How::PortUnreachable) => format!("rejected as port unreachable{why}"),
        Outcome::Rejected(How::Unreachable) => format!("rejected as unreachable{why}"),
        Outcome::Limited => format!("accepted below a limit, set{why}"),
        Outcome::Unknown => {
            let names = names(by, 4);
            let gap = if names.is_empty() { "" } else { ": it hangs on " };
            match places.first() {
                Some((Place::Other(Decider::Untold(_)), _)) => {
                    format!("not to be told: {names}")
                }
                _ => format!("not to be told{gap}{names}"),
            }
        }
    }
}

/// The same in one word.
#[must_use]
pub fn word(outcome: Outcome) -> &'static str {
    outcome.word()
}

/// Which packet is meant: of a connection's beginning.
#[must_use]
pub fn packet(step: Step) -> &'static str {
    match step {
        Step::First => "the first packet",
        Step::Reply => "this host's answer",
        Step::Later => "what the client sends after the answer",
        Step::Refusal => "this host's refusal",
    }
}

/// A point of a packet's way.
#[must_use]
pub fn hook(hook: Hook) -> &'static str {
    match hook {
        Hook::Ingress => "ingress",
        Hook::Prerouting => "prerouting",
        Hook::Input => "input",
        Hook::Forward => "forward",
        Hook::Output => "output",
        Hook::Postrouting => "postrouting",
        Hook::Egress => "egress",
    }
}

/// Where a decider stands on a packet's way; `None`: beside it.
#[must_use]
pub fn hook_of(decider: &Decider) -> Option<Hook> {
    match decider {
        Decider::Rule(rule) | Decider::Queue(rule) => Some(rule.at.hook),
        Decider::Policy(at) => Some(at.hook),
        Decider::Neighbours(inner) => hook_of(inner),
        Decider::Route(_)
        | Decider::SourceCheck(_)
        | Decider::Nobody { .. }
        | Decider::Untold(_) => None,
    }
}

/// What stands at a step of a walk, and what it does.
#[must_use]
pub fn does(does: Does) -> &'static str {
    match does {
        Does::Accepts => "accepts",
        Does::Drops => "drops",
        Does::Rejects => "rejects",
        Does::Leads => "leads on",
        Does::Changes => "changes it",
        Does::Perhaps => "not to be told",
        Does::Limits => "limits",
        Does::Routes => "routes",
    }
}

/// A decider alone, as it stands in a walk.
#[must_use]
pub fn one(decider: &Decider) -> String {
    match decider {
        Decider::Queue(_) => format!("{}, whose queue no program reads", name(&[decider])),
        _ => name(&[decider]),
    }
}

/// The rule of a decider, where it is one.
#[must_use]
pub fn rule_of(decider: &Decider) -> Option<&RuleAt> {
    match decider {
        Decider::Rule(rule) | Decider::Queue(rule) => Some(rule),
        Decider::Neighbours(inner) => rule_of(inner),
        Decider::Nobody { led_by, .. } => led_by.as_ref(),
        Decider::Policy(_) | Decider::Route(_) | Decider::SourceCheck(_) | Decider::Untold(_) => {
            None
        }
    }
}

/// What a rule asks that cannot be told from here: `match geoip`; empty: nothing is known of it.
#[must_use]
pub fn unanswerable(rule: &RuleAt, ruleset: &Ruleset) -> Vec<String> {
    let mut asks = Vec::new();
    let Some(rule) = find(rule, ruleset) else { return asks };
    let mut of = |field: &Match| {
        for term in &field.key {
            if let Field::Other(what) = &term.field {
                asks.push(guard::quote(what));
            }
        }
        if let With::Set(Lookup::Ipset(name) | Lookup::Named(name)) = &field.with {
            let known = ruleset.ipsets.get(name).is_none_or(|set| set.complete);
            if !known {
                asks.push(format!("the set {}, which was not listed", guard::quote(name)));
            }
        }
    };
    for part in &rule.parts {
        match part {
            Part::Match(one) => of(one),
            Part::AnyOf { of: all, .. } => all.iter().flatten().for_each(&mut of),
            _ => {}
        }
    }
    for part in &rule.parts {
        if let Part::Perhaps { what } | Part::Unknown { what } = part {
            asks.push(guard::quote(what));
        }
    }
    asks.dedup();
    asks
}

/// A rule by its place.
fn find<'r>(rule: &RuleAt, ruleset: &'r Ruleset) -> Option<&'r Rule> {
    let at = &rule.at;
    let family = |family: TableFamily| family == at.family;
    let table = ruleset.tables.iter().find(|table| {
        table.backend == at.backend && family(table.family) && table.name == at.table
    })?;
    let chain = table.chains.iter().find(|chain| chain.name == at.chain)?;
    // Mostly it stands where its number says: searched for, fifty thousand rules take seconds.
    let place = rule.number.checked_sub(1).and_then(|at| chain.rules.get(at));
    place
        .filter(|known| known.number == rule.number)
        .or_else(|| chain.rules.iter().find(|known| known.number == rule.number))
}

/// A sentence made elsewhere, which may quote what was read: harmless, and no quotation in it is left open.
#[must_use]
pub fn told(sentence: &str) -> String {
    let told = guard::within(sentence, 400);
    if told.matches('`').count().is_multiple_of(2) { told } else { told.replace('`', "'") }
}

/// A family's name.
#[must_use]
pub fn family(family: Family) -> &'static str {
    match family {
        Family::V4 => "IPv4",
        Family::V6 => "IPv6",
    }
}

/// `80`, `80 and 443`.
#[must_use]
pub fn ports(ports: &[u16]) -> String {
    list(&ports.iter().map(u16::to_string).collect::<Vec<_>>())
}

/// A prefix; one of a single address bears no length.
#[must_use]
pub fn prefix(prefix: &IpNet) -> String {
    if prefix.prefix_len() == prefix.max_prefix_len() {
        prefix.addr().to_string()
    } else {
        prefix.to_string()
    }
}

/// How many addresses prefixes have, where the number says something: of IPv4, or few.
#[must_use]
pub fn how_many<'p>(prefixes: impl IntoIterator<Item = &'p IpNet>) -> Option<u64> {
    let mut sum = 0u64;
    for prefix in prefixes {
        let bits = u32::from(prefix.max_prefix_len() - prefix.prefix_len());
        sum =
            1u64.checked_shl(bits).filter(|_| bits <= 32).and_then(|size| sum.checked_add(size))?;
    }
    Some(sum)
}

/// `1 address`, `524,288 addresses`.
#[must_use]
pub fn addresses(number: u64) -> String {
    if number == 1 { "1 address".to_owned() } else { format!("{} addresses", count(number)) }
}
