//! The report: a row for each record, what each mode makes of it, and what a flip would change.

use crate::report::guard::quote;
use crate::report::words::units::{count, list, several};
use crate::target::{Scheme, SslMode};

use super::change::{Change, change};
use super::judge::{Outcome, judge, needed, why};
use super::pins::Pin;
use super::seen::{RecordAsked, ZoneAsked};

/// Everything that is told of a zone.
#[derive(Debug)]
pub struct Report<'a> {
    /// What it rests on.
    pub zone: &'a ZoneAsked,
    /// The mode that the zone would get; none: nothing was asked of a flip.
    pub wanted: Option<SslMode>,
    /// What it comes to.
    pub verdict: Verdict,
    /// The same in a sentence.
    pub headline: String,
    /// What else is to be known, a sentence each; received text stands in backticks.
    pub notes: Vec<String>,
    /// Every proxied record, the worst first.
    pub rows: Vec<Row<'a>>,
    /// How many of each kind, by https visitors; for http visitors where those fare worse.
    pub counts: Counts,
}

/// What it comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing would break.
    Harmless,
    /// Something would.
    Breaks,
    /// It cannot be told of all.
    CannotTell,
}

impl Verdict {
    /// `harmless`, `breaks`, `cannot-tell`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Harmless => "harmless",
            Verdict::Breaks => "breaks",
            Verdict::CannotTell => "cannot-tell",
        }
    }
}

/// How many records fare how.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// All proxied records.
    pub records: usize,
    /// By [`Change`], in its order; all zero where no flip was asked about.
    pub changes: [usize; 6],
    /// Those that break, by what their visitors would get, the commonest first.
    pub broken: Vec<(Outcome, usize)>,
}

impl Counts {
    /// How many fare so.
    #[must_use]
    pub fn of(&self, wanted: Change) -> usize {
        let at = Change::ALL.iter().position(|change| *change == wanted);
        at.map_or(0, |at| self.changes[at])
    }
}

/// One record.
#[derive(Debug)]
pub struct Row<'a> {
    /// Which.
    pub record: &'a RecordAsked,
    /// The rule that sets its mode, whatever the zone's.
    pub pin: Option<Pin>,
    /// What visitors get, a cell for each mode that was asked for, weakest first.
    pub modes: Vec<Cell>,
    /// What the flip does to https visitors; none: no flip was asked about.
    pub change: Option<Change>,
    /// The same for http visitors.
    pub plain_change: Option<Change>,
}

/// What visitors of a record get in a mode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// In which, as the zone's setting has it.
    pub mode: SslMode,
    /// Those who ask with https.
    pub https: Outcome,
    /// Why, where there is something to explain.
    pub why: Option<String>,
    /// Those who ask with http.
    pub http: Outcome,
    /// Why.
    pub why_http: Option<String>,
}

impl Row<'_> {
    /// What visitors get in a mode of the zone's.
    #[must_use]
    pub fn cell(&self, mode: SslMode) -> Option<&Cell> {
        self.modes.iter().find(|cell| cell.mode == mode)
    }

    /// What the flip does to those who fare worse.
    #[must_use]
    pub fn worst(&self) -> Option<Change> {
        Some(self.change?.min(self.plain_change?))
    }
}

impl<'a> Report<'a> {
    /// The report of a zone.
    #[must_use]
    pub fn of(zone: &'a ZoneAsked, wanted: Option<SslMode>) -> Report<'a> {
        let flip = zone.mode.zip(wanted);
        let mut rows: Vec<Row<'a>> =
            zone.records.iter().map(|record| row(zone, record, flip)).collect();
        // Stable: the order of names stays within a change.
        rows.sort_by_key(Row::worst);
        let counts = counted(&rows, wanted);
        let verdict = if zone.mode.is_none() {
            Verdict::CannotTell
        } else if counts.of(Change::Breaks) > 0 {
            Verdict::Breaks
        } else if counts.of(Change::Unknown) > 0 {
            Verdict::CannotTell
        } else {
            Verdict::Harmless
        };
        let headline = headline(zone, wanted, &counts);
        let notes = notes(zone, wanted, &rows);
        Report { zone, wanted, verdict, headline, notes, rows, counts }
    }

    /// The report where nothing could be asked: why not, and what would help, each a sentence.
    #[must_use]
    pub fn refused(
        zone: &'a ZoneAsked,
        wanted: Option<SslMode>,
        why: &str,
        help: &[String],
    ) -> Report<'a> {
        Report {
            zone,
            wanted,
            verdict: Verdict::CannotTell,
            headline: format!("What the SSL modes of {} do cannot be told: {why}.", zone.name),
            notes: help.to_vec(),
            rows: Vec::new(),
            counts: Counts::default(),
        }
    }
}

fn row<'a>(zone: &ZoneAsked, record: &'a RecordAsked, flip: Option<(SslMode, SslMode)>) -> Row<'a> {
    let pin = zone.overrides.pin(&record.host);
    let habits = &zone.habits;
    let asked = |mode: &&SslMode| {
        needed(&[**mode], habits).iter().all(|request| zone.requests.contains(request))
    };
    let modes = SslMode::ALL.iter().filter(asked).map(|&mode| {
        let used = pin.as_ref().map_or(mode, |pin| pin.mode);
        let [https, http] =
            [Scheme::Https, Scheme::Http].map(|scheme| judge(record, used, scheme, habits));
        Cell {
            mode,
            https,
            why: why(record, used, Scheme::Https, https),
            http,
            why_http: why(record, used, Scheme::Http, http),
        }
    });
    let changes = |scheme: Scheme| {
        flip.map(|(from, to)| match &pin {
            Some(pin) => change(record, (pin.mode, pin.mode), scheme, habits),
            None => change(record, (from, to), scheme, habits),
        })
    };
    Row {
        record,
        modes: modes.collect(),
        change: changes(Scheme::Https),
        plain_change: changes(Scheme::Http),
        pin,
    }
}

fn counted(rows: &[Row<'_>], wanted: Option<SslMode>) -> Counts {
    let mut counts = Counts { records: rows.len(), ..Counts::default() };
    for row in rows {
        let Some(worst) = row.worst() else { continue };
        if let Some(at) = Change::ALL.iter().position(|change| *change == worst) {
            counts.changes[at] += 1;
        }
        if worst != Change::Breaks {
            continue;
        }
        let Some(cell) = wanted.and_then(|wanted| row.cell(wanted)) else { continue };
        let outcome = if row.change == Some(Change::Breaks) { cell.https } else { cell.http };
        match counts.broken.iter_mut().find(|(known, _)| *known == outcome) {
            Some((_, number)) => *number += 1,
            None => counts.broken.push((outcome, 1)),
        }
    }
    counts.broken.sort_by_key(|(outcome, number)| (std::cmp::Reverse(*number), *outcome));
    counts
}

/// `12 of 40 records would break: 3 with 525, 9 with 526.`
fn headline(zone: &ZoneAsked, wanted: Option<SslMode>, counts: &Counts) -> String {
    let all = several(counts.records, "proxied record");
    if zone.paused {
        return format!(
            "{} is paused: nothing of it is proxied, so its SSL mode governs nothing.",
            zone.name
        );
    }
    let Some(mode) = zone.mode else {
        return format!("The SSL mode of {} is none that is known here.", zone.name);
    };
    let Some(wanted) = wanted else {
        return format!(
            "{} is in mode {}; what each mode gives visitors of its {all}:",
            zone.name,
            mode.word()
        );
    };
    if mode == wanted {
        return format!("{} is in mode {} already; nothing would change.", zone.name, mode.word());
    }
    let broken = counts.of(Change::Breaks);
    let open = counts.of(Change::Unknown);
    let flip = format!("{} from {} to {}", zone.name, mode.word(), wanted.word());
    let open_words = match open {
        0 => String::new(),
        _ => format!(" Of {} it cannot be told.", several(open, "record")),
    };
    if counts.records == 0 {
        return format!("{flip}: no record is proxied, so nothing would change.");
    }
    if broken == 0 {
        let none = if open == 0 { "none of" } else { "as far as it can be told, none of" };
        return format!("{flip}: {none} {all} would break.{open_words}");
    }
    let by: Vec<String> = counts
        .broken
        .iter()
        .map(|(outcome, number)| format!("{} with {}", count(*number as u64), word(*outcome)))
        .collect();
    let of = if counts.records == 1 { "its one".to_owned() } else { count(counts.records as u64) };
    let records = if counts.records == 1 { "record" } else { "records" };
    format!(
        "{flip}: {} of {of} {records} would break: {}.{open_words}",
        count(broken as u64),
        list(&by)
    )
}

/// A word for an outcome: `526`, `a redirect loop`.
pub(super) fn word(outcome: Outcome) -> String {
    match outcome {
        Outcome::Served { status, .. } | Outcome::Status(status) => status.to_string(),
        Outcome::RedirectLoop => "a redirect loop".to_owned(),
        Outcome::NotAffected(_) => "not affected".to_owned(),
        Outcome::Unknown(_) => "not known".to_owned(),
    }
}

fn notes(zone: &ZoneAsked, wanted: Option<SslMode>, rows: &[Row<'_>]) -> Vec<String> {
    let mut notes = Vec::new();
    if zone.automatic == Some(true) {
        notes.push(
            "Cloudflare may change this mode by itself (Automatic SSL/TLS): set it to custom \
             before a change by hand."
                .to_owned(),
        );
    }
    if wanted == Some(SslMode::Off) && zone.mode != Some(SslMode::Off) {
        notes.push("In mode off, visitors of https are sent to http.".to_owned());
    }
    let mut pins: Vec<(String, usize)> = Vec::new();
    for pin in rows.iter().filter_map(|row| row.pin.as_ref()) {
        let words = format!("{} sets mode {}", pin.by.words(), pin.mode.word());
        match pins.iter_mut().find(|(known, _)| *known == words) {
            Some((_, number)) => *number += 1,
            None => pins.push((words, 1)),
        }
    }
    for (words, number) in pins {
        notes.push(format!(
            "{words} for {}, whatever the zone's mode is.",
            several(number, "record")
        ));
    }
    let mut open: Vec<String> =
        rows.iter().flat_map(|row| zone.overrides.undecided(&row.record.host)).collect();
    open.sort();
    open.dedup();
    for rule in open {
        notes.push(format!(
            "The configuration rule {} sets a mode for some visitors; for whom could not be \
             told, and it is left aside here.",
            quote(&rule)
        ));
    }
    let stars = rows.iter().filter(|row| row.record.name.starts_with("*."));
    if let Some(row) = stars.clone().next() {
        notes.push(format!(
            "{} with a star {} asked under one name that it stands for, such as {}.",
            several(stars.clone().count(), "record"),
            if stars.count() == 1 { "was" } else { "were" },
            quote(&row.record.host)
        ));
    }
    notes.extend(zone.unread.iter().cloned());
    notes
}
