//! What it comes to: one word, one sentence.

use ipnet::IpNet;

use super::{Fate, Reason, Seen, words};
use crate::firewall::ruling::{Decider, Outcome, Ruling, Step};
use crate::report::words::units::{capital, list, several};

/// What rulings come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Everything asked about is let in, at least below a limit.
    LetIn,
    /// Some of it is kept out.
    KeptOut,
    /// Nothing is surely kept out, and something cannot be told.
    CannotTell,
}

impl Verdict {
    /// The word of the JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Verdict::LetIn => "let-in",
            Verdict::KeptOut => "kept-out",
            Verdict::CannotTell => "cannot-tell",
        }
    }
}

pub(super) fn of(seen: &Seen<'_>) -> Verdict {
    let pieces = || seen.rulings.rulings.iter().flat_map(|ruling| &ruling.pieces);
    if pieces().any(|piece| Fate::of(piece.outcome) == Fate::Out) {
        return Verdict::KeptOut;
    }
    let unknown = pieces().any(|piece| piece.outcome == Outcome::Unknown);
    let unread = seen.rulings.troubles.iter().any(|trouble| trouble.rules_missing);
    let nothing = pieces().next().is_none();
    if unknown || unread || nothing { Verdict::CannotTell } else { Verdict::LetIn }
}

pub(super) fn headline(seen: &Seen<'_>, verdict: Verdict, reasons: &[Reason]) -> String {
    let rulings = &seen.rulings.rulings;
    let whole = Whole::of(rulings, seen.ports);
    if let Some(walk) = seen.walks.first() {
        return of_one(walk.from, seen, verdict);
    }
    let out: Vec<&Reason> = reasons.iter().filter(|reason| reason.fate() == Fate::Out).collect();
    if whole.open == 0 && !out.is_empty() && out.iter().all(|reason| has_no_way_back(reason)) {
        let ranges = match whole.ranges.as_slice() {
            [one] => words::prefix(one),
            many => format!("any of its {}", super::ranges_of(many.len())),
        };
        return format!(
            "No connection from Cloudflare can be answered: no route leads back to {ranges}."
        );
    }
    match verdict {
        Verdict::LetIn => {
            let limit = reasons.iter().any(|reason| reason.outcome == Outcome::Limited);
            let below = if limit { ", some of them below a limit" } else { "" };
            format!(
                "Cloudflare is let in: {}, on {}{below}.",
                whole.all(),
                words::ports(seen.ports)
            )
        }
        Verdict::KeptOut => {
            let all = whole.ranges.len();
            let why = match out.as_slice() {
                [one] => lead(one, &whole),
                [first, others @ ..] => {
                    let more = several(others.len(), "more reason");
                    format!("{}; {more} below", lead(first, &whole))
                }
                [] => String::new(),
            };
            match whole.open {
                0 if out.len() == 1 => format!("{}.", capital(&why)),
                0 => format!("None of {} is let in: {why}.", super::ranges_of(all)),
                open => {
                    let are = if open == 1 { "is" } else { "are" };
                    format!("{open} of {} {are} let in; {why}.", super::ranges_of(all))
                }
            }
        }
        Verdict::CannotTell => cannot(seen, reasons, &whole),
    }
}

/// Whether it is a whole range whose answer finds no route at all.
fn has_no_way_back(reason: &Reason) -> bool {
    let missing = |by: &Decider| matches!(by, Decider::Route(route) if is_missing(route));
    reason.outcome == Outcome::Dropped(Step::Reply)
        && reason.parts.iter().all(super::reasons::Part::is_whole)
        && reason.by.iter().all(missing)
}

/// What is told where no route is, in place of a route.
fn is_missing(route: &str) -> bool {
    route.starts_with("no ") || route.contains("has no route")
}

/// How one address fares.
fn of_one(from: std::net::IpAddr, seen: &Seen<'_>, verdict: Verdict) -> String {
    let fates = |wanted: Fate| -> Vec<u16> {
        let like =
            |ruling: &&Ruling| ruling.pieces.iter().any(|piece| Fate::of(piece.outcome) == wanted);
        let mut ports: Vec<u16> =
            seen.rulings.rulings.iter().filter(like).map(|ruling| ruling.port).collect();
        ports.dedup();
        ports
    };
    if verdict == Verdict::CannotTell && seen.rulings.rulings.iter().all(|r| r.pieces.is_empty()) {
        return format!("Whether {from} is let in cannot be told.");
    }
    let mut said = Vec::new();
    for (fate, words) in [
        (Fate::Out, "kept out"),
        (Fate::Unknown, "perhaps let in"),
        (Fate::Limited, "let in below a limit"),
        (Fate::In, "let in"),
    ] {
        let ports = fates(fate);
        if !ports.is_empty() {
            said.push(format!("{words} on {}", words::ports(&ports)));
        }
    }
    format!("{from} is {}.", list(&said))
}

/// What one reason does, behind a semicolon or alone.
fn lead(reason: &Reason, whole: &Whole) -> String {
    let mut at: Vec<u16> = reason.parts.iter().map(|part| part.port).collect();
    at.sort_unstable();
    at.dedup();
    let some_ports =
        if at.len() == whole.ports { String::new() } else { format!(" on {}", words::ports(&at)) };
    let partial = reason.parts.iter().any(|part| !part.is_whole());
    let ranges = reason.ranges();
    let fate = words::fate(reason.outcome, &reason.by);
    let mut prefixes: Vec<IpNet> =
        reason.parts.iter().flat_map(|part| part.prefixes.clone()).collect();
    prefixes.sort();
    prefixes.dedup();
    let (whom, one) = match (ranges.as_slice(), prefixes.as_slice()) {
        ([range], [prefix]) if partial => {
            (format!("{} of {}", words::prefix(prefix), words::prefix(range)), true)
        }
        ([range], _) if partial => (format!("a part of {}", words::prefix(range)), true),
        ([range], _) => (words::prefix(range), true),
        (many, _) if many.len() == whole.ranges.len() && !partial => {
            (format!("all {}", super::ranges_of(many.len())), false)
        }
        (many, _) if partial => (format!("parts of {} others", many.len()), false),
        (many, _) if whole.open > 0 && whole.open + many.len() == whole.ranges.len() => {
            (format!("the other {}", many.len()), false)
        }
        (many, _) if whole.open > 0 => (many.len().to_string(), false),
        (many, _) => (super::ranges_of(many.len()), false),
    };
    // `let in, but …` and `not …` go on as well behind `is`.
    let is = if one { "is" } else { "are" };
    format!("{whom} {is} {fate}{}", some_ports_behind(&some_ports))
}

fn some_ports_behind(ports: &str) -> String {
    if ports.is_empty() { String::new() } else { format!(",{ports} only") }
}

fn cannot(seen: &Seen<'_>, reasons: &[Reason], whole: &Whole) -> String {
    let missing = seen.rulings.troubles.iter().find(|trouble| trouble.rules_missing);
    if let Some(trouble) = missing {
        return format!(
            "Whether Cloudflare is let in cannot be told: {}.",
            words::told(trouble.why.trim().trim_end_matches('.'))
        );
    }
    let open: Vec<&Reason> =
        reasons.iter().filter(|reason| reason.fate() == Fate::Unknown).collect();
    let Some(first) = open.first() else {
        return "Whether Cloudflare is let in cannot be told.".to_owned();
    };
    let met = whole.met(&open);
    let who = if met == whole.ranges.len() {
        "Cloudflare".to_owned()
    } else {
        format!("{met} of {}", super::ranges_of(whole.ranges.len()))
    };
    let is = if met > 1 && met < whole.ranges.len() { "are" } else { "is" };
    let names = words::names(&first.by, 2);
    let more = if open.len() > 1 { " and other rules" } else { "" };
    let hangs =
        if names.is_empty() { String::new() } else { format!(": it hangs on {names}{more}") };
    format!("Whether {who} {is} let in cannot be told{hangs}.")
}

/// How the ranges fare as a whole.
struct Whole {
    ranges: Vec<IpNet>,
    ports: usize,
    /// Ranges that are let in on every port.
    open: usize,
}

impl Whole {
    fn of(rulings: &[Ruling], ports: &[u16]) -> Whole {
        let mut ranges: Vec<IpNet> = rulings.iter().map(|ruling| ruling.range).collect();
        ranges.sort();
        ranges.dedup();
        let fine = |ruling: &Ruling| {
            ruling.pieces.iter().all(|piece| Fate::of(piece.outcome) <= Fate::Limited)
        };
        let mut shut: Vec<IpNet> =
            rulings.iter().filter(|ruling| !fine(ruling)).map(|ruling| ruling.range).collect();
        shut.sort();
        shut.dedup();
        Whole { open: ranges.len() - shut.len(), ranges, ports: ports.len() }
    }

    /// `all 22 ranges`.
    fn all(&self) -> String {
        match self.ranges.as_slice() {
            [one] => words::prefix(one),
            many => format!("all {}", super::ranges_of(many.len())),
        }
    }

    /// How many ranges reasons meet.
    fn met(&self, reasons: &[&Reason]) -> usize {
        let mut met: Vec<IpNet> = reasons.iter().flat_map(|reason| reason.ranges()).collect();
        met.sort();
        met.dedup();
        met.len()
    }
}
