//! The report in four voices. All say the same in the same order; only the JSON has every cell.

mod html;
mod json;
mod markdown;
mod text;

pub use self::html::html;
pub use self::json::json;
pub use self::markdown::markdown;
pub use self::text::text;

use super::change::Change;
use super::judge::Outcome;
use super::report::{Report, Row};
use crate::target::SslMode;

/// The most rows of a kind that are told one by one, where not all are wanted.
const ROWS: usize = 20;
/// The most names that a group names.
const NAMES: usize = 4;

/// A short word for a column: `200`, `526`, `loop`, `-`, `?`.
fn short(outcome: Outcome) -> String {
    match outcome {
        Outcome::Served { status, .. } | Outcome::Status(status) => status.to_string(),
        Outcome::RedirectLoop => "loop".to_owned(),
        Outcome::NotAffected(_) => "-".to_owned(),
        Outcome::Unknown(_) => "?".to_owned(),
    }
}

/// What is told of some records at once: those of which the same is to be said, where they are many.
struct Told {
    /// `shop.example.com`, or `a, b, c and 40 more`.
    names: String,
    /// How many.
    number: usize,
    /// `200 → 526`.
    words: String,
    /// Why.
    why: String,
}

/// The records of a change, one by one, or by what is to be said of them.
fn told(report: &Report<'_>, change: Change, all: bool) -> Vec<Told> {
    let rows: Vec<&Row<'_>> =
        report.rows.iter().filter(|row| row.worst() == Some(change)).collect();
    let single = all || (rows.len() <= ROWS && change < Change::Unchanged);
    let mut told: Vec<(Told, Vec<String>)> = Vec::new();
    for row in rows {
        let (words, why) = said(report, row);
        let name = named(row);
        let known = told.iter_mut().find(|(known, _)| known.words == words && known.why == why);
        match known {
            Some((known, names)) if !single => {
                known.number += 1;
                names.push(name);
            }
            _ => {
                let fresh = Told { names: String::new(), number: 1, words, why };
                told.push((fresh, vec![name]));
            }
        }
    }
    let listed = |(mut told, names): (Told, Vec<String>)| {
        told.names = crate::report::words::units::list_of(&names, NAMES);
        told
    };
    told.into_iter().map(listed).collect()
}

/// `shop.example.com`; with its content where the name alone does not tell it.
fn named(row: &Row<'_>) -> String {
    crate::report::guard::harmless(&row.record.name)
}

/// What becomes of a record: `200 → 526`, and why.
fn said(report: &Report<'_>, row: &Row<'_>) -> (String, String) {
    let (Some(from), Some(to)) = (report.zone.mode, report.wanted) else {
        return (String::new(), String::new());
    };
    let (Some(before), Some(after)) = (row.cell(from), row.cell(to)) else {
        return (String::new(), String::new());
    };
    // Told by visitors of https, except where only those of http fare worse.
    let plain = row.plain_change < row.change;
    let (old, new) = if plain { (before.http, after.http) } else { (before.https, after.https) };
    let reason =
        |cell: &super::report::Cell| if plain { &cell.why_http } else { &cell.why }.clone();
    let mut why = reason(after).or_else(|| reason(before)).unwrap_or_default();
    if plain {
        why = format!("visitors of http{}{why}", if why.is_empty() { "" } else { ": " });
    }
    let words = match new {
        Outcome::NotAffected(_) => String::new(),
        _ if old == new => short(new),
        _ => format!("{} → {}", short(old), short(new)),
    };
    (words, why)
}

/// A head for the records of a change.
fn head(change: Change) -> &'static str {
    match change {
        Change::Breaks => "breaks",
        Change::Unknown => "cannot be told",
        Change::Differs => "fails, otherwise than before",
        Change::Mends => "mends",
        Change::Unchanged => "unchanged",
        Change::NotAffected => "not affected",
    }
}

/// Rows of the table of all modes: names, and a word for each mode.
fn table(report: &Report<'_>, all: bool) -> Vec<(String, [String; 5])> {
    let single = all || report.rows.len() <= 2 * ROWS;
    let mut table: Vec<(Vec<String>, [String; 5])> = Vec::new();
    for row in &report.rows {
        let cells = SslMode::ALL
            .map(|mode| row.cell(mode).map(|cell| short(cell.https)).unwrap_or_default());
        match table.iter_mut().find(|(_, known)| *known == cells) {
            Some((names, _)) if !single => names.push(named(row)),
            _ => table.push((vec![named(row)], cells)),
        }
    }
    let listed = |(names, cells): (Vec<String>, _)| {
        (crate::report::words::units::list_of(&names, NAMES), cells)
    };
    table.into_iter().map(listed).collect()
}

/// `off`, `flexible`, `full (now)`.
fn column(report: &Report<'_>, mode: SslMode) -> String {
    let now = if report.zone.mode == Some(mode) { "*" } else { "" };
    format!("{}{now}", mode.word())
}

/// What the words of the table mean.
const LEGEND: &str = "By what visitors of https get; * is the mode now. loop: redirects without end; \
                      -: the mode has no say; ?: not known.";
