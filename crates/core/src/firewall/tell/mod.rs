//! Rulings and walks in words: what is broken first, and by which rule.
//!
//! A [`Report`] is made once of what was ruled and told in four voices: [`text()`] for a terminal,
//! [`markdown()`] for a ticket, [`html()`] with the address space drawn, and [`json()`] for programs. Ranges
//! that fare alike by the same rules are one line, so that a healthy host is three lines and a broken one
//! shows what is broken. Rules, comments and names are received text: they reach a voice only through the
//! guard.

mod drawing;
mod html;
mod json;
mod markdown;
mod needs;
mod offer;
mod reasons;
mod text;
mod verdict;
pub mod words;

use std::collections::HashMap;
use std::net::IpAddr;

use ipnet::IpNet;

pub use self::html::html;
pub use self::json::{json, json_into};
pub use self::markdown::markdown;
pub use self::offer::{Line, Offer, Offered};
pub use self::reasons::{Part, Reason};
pub use self::text::text;
pub use self::verdict::Verdict;
use super::addresses::{Family, number};
use super::manager::Manager;
use super::model::Ruleset;
use super::propose::Proposals;
use super::ruling::{Decider, Outcome, Piece, Ruling, Rulings, Step, Walk};
use super::snapshot::Snapshot;
use crate::report::guard;
use crate::report::words::units::{capital, list, several};

/// What a report is made of.
pub struct Seen<'a> {
    /// What was ruled.
    pub rulings: &'a Rulings,
    /// The rules, to say what in one of them cannot be told.
    pub ruleset: &'a Ruleset,
    /// What the host's tools said, to say what is missing.
    pub snapshot: &'a Snapshot,
    /// Whether it comes from a folder of saved outputs, not from this host.
    pub saved: bool,
    /// Which ports were asked about.
    pub ports: &'a [u16],
    /// One connection, where one was asked about: its walks, one a port.
    pub walks: &'a [Walk],
    /// What was worked out to mend it, where that was asked for.
    pub proposals: Option<&'a Proposals>,
    /// Who manages the host's rules, the main one first.
    pub managers: &'a [Manager],
    /// Whose a decider is.
    pub owner: &'a dyn Fn(&Decider) -> Option<Manager>,
    /// Which file made a rule.
    pub source: &'a dyn Fn(&Decider) -> Option<Source>,
    /// One connection's walk, for the trail of a piece.
    pub walk: &'a dyn Fn(IpAddr, u16) -> Walk,
}

/// The place in a file that made a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The file's absolute path.
    pub file: String,
    /// From 1; `None`: the file as a whole.
    pub line: Option<usize>,
}

/// Everything that a person is told about rulings. Sentences have received text between backticks.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// What it comes to.
    pub verdict: Verdict,
    /// One sentence that stands alone, with a final stop.
    pub headline: String,
    /// Where connections arrive, and whose the rules are: sentences.
    pub about: Vec<String>,
    /// The ports asked about, in order.
    pub ports: Vec<u16>,
    /// The table: ranges that fare alike are one row, what is broken first.
    pub rows: Vec<Row>,
    /// Every range by itself, IPv4 first, by address.
    pub ranges: Vec<Row>,
    /// Why what is not simply accepted is not; numbered from 1 in this order, the worst first.
    pub reasons: Vec<Reason>,
    /// Who accepts what is accepted; `None`: nothing is accepted.
    pub accepted: Option<String>,
    /// A connection's way, where one was asked about.
    pub walks: Vec<Way>,
    /// What would mend it, where that was asked for.
    pub offered: Option<Offered>,
    /// What would tell more, or what is missing and how to give it; the first is the best.
    pub needs: Vec<String>,
    /// Commands that save what is missing, to be copied; empty: none are needed.
    pub commands: Vec<String>,
    /// What is worth knowing besides.
    pub notes: Vec<String>,
    /// What was not asked about, and why not.
    pub unasked: Vec<String>,
    /// What was taken for granted.
    pub assumed: Vec<String>,
    /// What could not be read.
    pub troubles: Vec<String>,
}

/// Ranges that fare alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// `172.64.0.0/13`, `14 others of IPv4`, `all 7 of IPv6`.
    pub name: String,
    /// Which.
    pub ranges: Vec<IpNet>,
    /// One a port.
    pub cells: Vec<Cell>,
}

/// How ranges fare at a port.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// The port.
    pub port: u16,
    /// The worst of it.
    pub fate: Fate,
    /// `accepted`, `partly dropped`.
    pub word: String,
    /// The numbers of the reasons, from 1.
    pub reasons: Vec<usize>,
    /// The range's pieces; empty in a row of several ranges.
    pub pieces: Vec<Piece>,
}

/// How addresses fare, coarsely; better first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fate {
    /// Let in.
    In,
    /// Let in below a limit.
    Limited,
    /// It cannot be told.
    Unknown,
    /// Not let in.
    Out,
}

/// A connection's walk in words.
#[derive(Debug, Clone, PartialEq)]
pub struct Way {
    /// The port.
    pub port: u16,
    /// How it ends, with a final stop.
    pub headline: String,
    /// How it fares.
    pub fate: Fate,
    /// Step by step; each packet and hook stands where it begins.
    pub steps: Vec<WayStep>,
}

/// A step of a walk in words.
#[derive(Debug, Clone, PartialEq)]
pub struct WayStep {
    /// The packet, where it is not that of the step before.
    pub packet: Option<&'static str>,
    /// The hook, where it is not that of the step before.
    pub hook: Option<&'static str>,
    /// Who stands there.
    pub at: String,
    /// Its rule, between backticks; empty: it is none.
    pub rule: String,
    /// `drops`.
    pub does: &'static str,
    /// How that looks.
    pub fate: Fate,
    /// What changed; empty: nothing.
    pub change: String,
    /// The file and line that made it.
    pub source: Option<String>,
}

impl Fate {
    /// Of an outcome.
    #[must_use]
    pub fn of(outcome: Outcome) -> Fate {
        match outcome {
            Outcome::Accepted => Fate::In,
            Outcome::Limited => Fate::Limited,
            Outcome::Unknown => Fate::Unknown,
            Outcome::Dropped(_) | Outcome::Rejected(_) => Fate::Out,
        }
    }

    /// The sign that stands before a word.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Fate::In => "✓",
            Fate::Limited => "~",
            Fate::Unknown => "?",
            Fate::Out => "✗",
        }
    }
}

impl Report {
    /// Puts rulings into words.
    #[must_use]
    pub fn of(seen: &Seen<'_>) -> Report {
        let rulings = &seen.rulings.rulings;
        let reasons = reasons::of(seen);
        let ranges = every(rulings, seen.ports, &reasons);
        let verdict = verdict::of(seen);
        let (needs, commands) = needs::of(seen, verdict);
        Report {
            verdict,
            headline: verdict::headline(seen, verdict, &reasons),
            about: about(seen),
            ports: seen.ports.to_vec(),
            rows: grouped(&ranges),
            accepted: accepted(rulings),
            walks: seen.walks.iter().map(|walk| way(walk, seen)).collect(),
            offered: seen.proposals.map(offer::of),
            needs,
            commands,
            notes: notes(seen),
            unasked: unasked(seen),
            assumed: seen.rulings.assumed.iter().map(|told| sentence(told)).collect(),
            troubles: troubles(seen),
            ranges,
            reasons,
        }
    }
}

/// Every range by itself, IPv4 first.
fn every(rulings: &[Ruling], ports: &[u16], reasons: &[Reason]) -> Vec<Row> {
    let mut ranges: Vec<IpNet> = rulings.iter().map(|ruling| ruling.range).collect();
    ranges.sort_by_key(|range| {
        (Family::of(range.addr()), number(range.network()), range.prefix_len())
    });
    ranges.dedup();
    let mut rows = Vec::with_capacity(ranges.len());
    let by_place: HashMap<(IpNet, u16), &Ruling> =
        rulings.iter().map(|ruling| ((ruling.range, ruling.port), ruling)).collect();
    let mut why: HashMap<(IpNet, u16), Vec<usize>> = HashMap::new();
    for reason in reasons {
        for part in &reason.parts {
            why.entry((part.range, part.port)).or_default().push(reason.number);
        }
    }
    for range in ranges {
        let places = ports.iter().map(|port| (range, *port));
        let cells = places.filter_map(|place| {
            let reasons = why.get(&place).cloned().unwrap_or_default();
            by_place.get(&place).map(|ruling| cell(ruling, reasons))
        });
        rows.push(Row { name: words::prefix(&range), ranges: vec![range], cells: cells.collect() });
    }
    rows
}

fn cell(ruling: &Ruling, reasons: Vec<usize>) -> Cell {
    let fate = ruling.pieces.iter().map(|piece| Fate::of(piece.outcome)).max();
    let word = match ruling.outcome() {
        Some(outcome) => words::word(outcome).to_owned(),
        None => {
            let mut out: Vec<&str> = ruling
                .pieces
                .iter()
                .filter(|piece| Some(Fate::of(piece.outcome)) == fate)
                .map(|piece| words::word(piece.outcome))
                .collect();
            out.sort_unstable();
            out.dedup();
            let partly = ruling.pieces.iter().any(|piece| Some(Fate::of(piece.outcome)) != fate);
            match out.as_slice() {
                [one] if partly => format!("partly {one}"),
                [one] => (*one).to_owned(),
                _ if partly => "partly kept out".to_owned(),
                _ => "kept out".to_owned(),
            }
        }
    };
    Cell {
        port: ruling.port,
        fate: fate.unwrap_or(Fate::Unknown),
        word: if ruling.pieces.is_empty() { "unknown".to_owned() } else { word },
        reasons,
        pieces: ruling.pieces.clone(),
    }
}

/// From this many alike on, ranges that fare badly are counted and not named one by one.
const NAMED: usize = 8;

/// Ranges of a family that fare alike in one row; what is broken first.
fn grouped(ranges: &[Row]) -> Vec<Row> {
    let mut groups: Vec<(Family, Row)> = Vec::new();
    for row in ranges {
        let Some(range) = row.ranges.first() else { continue };
        let family = Family::of(range.addr());
        let bare = row.cells.iter().map(|cell| Cell { pieces: Vec::new(), ..cell.clone() });
        let bare: Vec<Cell> = bare.collect();
        match groups.iter_mut().find(|(of, known)| *of == family && known.cells == bare) {
            Some((_, known)) => known.ranges.push(*range),
            None => groups
                .push((family, Row { name: String::new(), ranges: vec![*range], cells: bare })),
        }
    }
    let of_family = |family: Family| {
        ranges
            .iter()
            .filter(move |row| row.ranges.iter().all(|range| Family::of(range.addr()) == family))
    };
    let mut rows = Vec::new();
    for (family, group) in groups {
        let (all, here) = (of_family(family).count(), group.ranges.len());
        let worst = group.cells.iter().map(|cell| cell.fate).max().unwrap_or(Fate::Unknown);
        let most = if worst == Fate::In { 3 } else { NAMED };
        let word = words::family(family);
        let name = match here {
            _ if here == all && all > 1 => format!("all {all} of {word}"),
            _ if here > most && worst == Fate::In => format!("{here} others of {word}"),
            _ if here > most => format!("{here} of {word}"),
            _ => {
                rows.extend(group.ranges.iter().map(|range| {
                    let name = words::prefix(range);
                    (worst, Row { name, ranges: vec![*range], cells: group.cells.clone() })
                }));
                continue;
            }
        };
        rows.push((worst, Row { name, ..group }));
    }
    rows.sort_by_key(|(worst, _)| std::cmp::Reverse(*worst));
    rows.into_iter().map(|(_, row)| row).collect()
}

/// Where connections arrive, and who wrote the rules.
fn about(seen: &Seen<'_>) -> Vec<String> {
    // By interface: an address of each family mostly shares one.
    let mut doors: Vec<(Option<&str>, Vec<String>)> = Vec::new();
    for (_, door) in &seen.rulings.doors {
        let by = door.interface.as_deref();
        let at = match doors.iter().position(|(known, _)| *known == by) {
            Some(at) => at,
            None => {
                doors.push((by, Vec::new()));
                doors.len() - 1
            }
        };
        if let Some(address) = door.address.map(|address| address.to_string())
            && !doors[at].1.contains(&address)
        {
            doors[at].1.push(address);
        }
    }
    let mut arrive = Vec::new();
    for (by, addresses) in doors {
        let at =
            if addresses.is_empty() { String::new() } else { format!(" at {}", list(&addresses)) };
        let on = by.map(|by| format!(" on {}", guard::quote(by))).unwrap_or_default();
        if !at.is_empty() || !on.is_empty() {
            arrive.push(format!("{at}{on}"));
        }
    }
    let mut said = Vec::new();
    if !arrive.is_empty() {
        said.push(format!("connections arrive{}", arrive.join(" and")));
    }
    let names: Vec<String> =
        seen.managers.iter().map(|manager| manager.name().to_owned()).collect();
    if !names.is_empty() {
        said.push(format!("the rules come from {}", list(&names)));
    }
    if said.is_empty() { Vec::new() } else { vec![format!("{}.", capital(&said.join("; ")))] }
}

/// Who accepts what is accepted.
fn accepted(rulings: &[Ruling]) -> Option<String> {
    let pieces = || rulings.iter().flat_map(|ruling| &ruling.pieces);
    let mut by: Vec<Decider> = Vec::new();
    let (mut any, mut freely) = (false, false);
    let mut known = std::collections::HashSet::new();
    for piece in pieces().filter(|piece| piece.outcome == Outcome::Accepted) {
        any = true;
        freely |= piece.by.is_empty();
        for decider in piece.by.iter() {
            if known.insert(decider) {
                by.push(decider.clone());
            }
        }
    }
    let names = words::names(&by, 3);
    match (any, freely, names.is_empty()) {
        (false, _, _) => None,
        (true, _, true) => Some("nothing stands in the way".to_owned()),
        (true, true, false) => Some(format!("by {names}, or since nothing stands in the way")),
        (true, false, false) => Some(format!("by {names}")),
    }
}

fn notes(seen: &Seen<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    let listens = &seen.rulings.listens;
    let nobody = |wanted: Option<Family>| -> Vec<u16> {
        let unheard = |port: u16, of: Family| listens.contains(&(of, port, Some(false)));
        let told = |port: u16, of: Family| listens.iter().any(|at| (at.0, at.1) == (of, port));
        let whole = |port: u16| {
            Family::BOTH.iter().all(|of| unheard(port, *of) || !told(port, *of))
                && Family::BOTH.iter().any(|of| unheard(port, *of))
        };
        let is_it = |port: &u16| match wanted {
            None => whole(*port),
            Some(of) => unheard(*port, of) && !whole(*port),
        };
        seen.ports.iter().copied().filter(is_it).collect()
    };
    for wanted in [None, Some(Family::V4), Some(Family::V6)] {
        let unheard = nobody(wanted);
        if !unheard.is_empty() {
            let port = if unheard.len() == 1 { "port" } else { "ports" };
            let over = wanted.map(|of| format!(" over {}", words::family(of))).unwrap_or_default();
            notes.push(format!(
                "nobody listens on {port} {}{over}: whoever the rules let in there is refused all \
                 the same",
                words::ports(&unheard)
            ));
        }
    }
    notes.extend(unlooked(seen.ruleset));
    let limited = seen.rulings.rulings.iter().flat_map(|ruling| &ruling.pieces);
    if limited.into_iter().any(|piece| piece.outcome == Outcome::Limited) {
        notes.push(
            "a limit meets Cloudflare first, since many visitors come from few of its addresses"
                .to_owned(),
        );
    }
    if verdict::of(seen) == Verdict::LetIn && seen.walks.is_empty() {
        notes.push(
            "what filters before this host (a cloud's security group, a router) is not seen from \
             here"
                .to_owned(),
        );
    }
    notes
}

/// Tables with rules that see frames or ARP, which no connection is asked to pass here.
fn unlooked(ruleset: &Ruleset) -> Option<String> {
    use super::model::{TableFamily, Tri};
    let mut names: Vec<String> = Vec::new();
    for table in &ruleset.tables {
        let beneath = matches!(table.family, TableFamily::Arp | TableFamily::Bridge);
        let busy = table.chains.iter().any(|chain| {
            let closed =
                chain.base.as_ref().is_some_and(|base| base.policy == super::model::Policy::Drop);
            closed || !chain.rules.is_empty()
        });
        if beneath && busy && table.dormant != Tri::Yes {
            names.push(guard::quote(&format!("{} {}", table.family.word(), table.name)));
        }
    }
    if names.is_empty() {
        return None;
    }
    let (has, it) = if names.len() == 1 { ("has", "it") } else { ("have", "them") };
    Some(format!(
        "{} {has} rules for frames or ARP, below IP: nothing here looks at {it}",
        list(&names)
    ))
}

fn unasked(seen: &Seen<'_>) -> Vec<String> {
    if !seen.ports.contains(&443) {
        return Vec::new();
    }
    vec!["UDP 443: Cloudflare speaks TCP to an origin, so a rule for it is of no matter".to_owned()]
}

fn troubles(seen: &Seen<'_>) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    for trouble in &seen.rulings.troubles {
        let input = guard::quote(&trouble.input);
        let what = format!("{input}: {}", words::told(&trouble.why));
        if !told.contains(&what) {
            told.push(what);
        }
    }
    told
}

/// What the evaluation says, with a capital letter and a final stop.
fn sentence(told: &str) -> String {
    words::told(told.trim().trim_end_matches('.'))
}

fn way(walk: &Walk, seen: &Seen<'_>) -> Way {
    let mut steps: Vec<WayStep> = Vec::new();
    let (mut packet, mut hook) = (None::<Step>, None);
    for step in &walk.steps {
        let here = words::hook_of(&step.at);
        let new_packet = packet != Some(step.packet);
        let new_hook = here.is_some() && (new_packet || hook != here);
        packet = Some(step.packet);
        if here.is_some() || new_packet {
            hook = here;
        }
        steps.push(WayStep {
            packet: new_packet.then(|| words::packet(step.packet)),
            hook: here.filter(|_| new_hook).map(words::hook),
            at: words::one(&step.at),
            rule: words::rule_of(&step.at)
                .map(|rule| words::rule_text(&rule.text))
                .unwrap_or_default(),
            does: words::does(step.does),
            fate: fate_of(step.does),
            change: words::told(&step.change),
            source: (seen.source)(&step.at).map(|source| source.told()),
        });
    }
    let to = match walk.to {
        Some(to) => std::net::SocketAddr::new(to, walk.port).to_string(),
        None => format!("port {}", walk.port),
    };
    Way {
        port: walk.port,
        headline: format!("{} to {to}: {}.", walk.from, words::fate(walk.outcome, &walk.by)),
        fate: Fate::of(walk.outcome),
        steps,
    }
}

fn fate_of(does: super::ruling::Does) -> Fate {
    use super::ruling::Does;
    match does {
        Does::Drops | Does::Rejects => Fate::Out,
        Does::Perhaps => Fate::Unknown,
        Does::Limits => Fate::Limited,
        Does::Accepts | Does::Leads | Does::Changes | Does::Routes => Fate::In,
    }
}

impl Source {
    /// `` `/etc/nftables.conf`, line 12 ``.
    #[must_use]
    pub fn told(&self) -> String {
        let file = guard::quote(&self.file);
        match self.line {
            Some(line) => format!("{file}, line {line}"),
            None => file,
        }
    }
}

/// `1 range`, `22 ranges`.
fn ranges_of(number: usize) -> String {
    several(number, "range")
}

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
