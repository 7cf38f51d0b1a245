//! The report for programs: `rayfix/ssl-mode/1`, as `docs/schema/ssl-mode-1.json` has it.

use serde::Serialize;

use crate::radius::change::Change;
use crate::radius::judge::Outcome;
use crate::radius::pins::PinnedBy;
use crate::radius::report::{Cell, Report, Row};
use crate::radius::seen::Leads;
use crate::report::guard;
use crate::target::SslMode;

/// The document, indented, ending in a line break.
#[must_use]
pub fn json(report: &Report<'_>) -> String {
    let document = Document {
        schema: "rayfix/ssl-mode/1",
        verdict: report.verdict.word(),
        headline: &report.headline,
        zone: &report.zone.name,
        mode: report.zone.mode,
        automatic: report.zone.automatic,
        wanted: report.wanted,
        counts: report.wanted.map(|_| Counts {
            records: report.counts.records,
            breaks: report.counts.of(Change::Breaks),
            unknown: report.counts.of(Change::Unknown),
            differs: report.counts.of(Change::Differs),
            mends: report.counts.of(Change::Mends),
            unchanged: report.counts.of(Change::Unchanged),
            not_affected: report.counts.of(Change::NotAffected),
        }),
        records: report.rows.iter().map(record).collect(),
        notes: &report.notes,
        took_ms: report.zone.took_ms,
    };
    let mut text = serde_json::to_string_pretty(&document)
        .expect("every map of a report has text as keys, and no number is NaN");
    text.push('\n');
    guard::json(text)
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    verdict: &'static str,
    headline: &'a str,
    zone: &'a str,
    mode: Option<SslMode>,
    automatic: Option<bool>,
    wanted: Option<SslMode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    counts: Option<Counts>,
    records: Vec<Record<'a>>,
    notes: &'a [String],
    took_ms: u64,
}

#[derive(Serialize)]
struct Counts {
    records: usize,
    breaks: usize,
    unknown: usize,
    differs: usize,
    mends: usize,
    unchanged: usize,
    not_affected: usize,
}

#[derive(Serialize)]
struct Record<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    content: &'a str,
    host: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pinned: Option<Pinned<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    change_http: Option<&'static str>,
    origins: Vec<String>,
    modes: Vec<Mode<'a>>,
}

#[derive(Serialize)]
struct Pinned<'a> {
    mode: SslMode,
    by: &'static str,
    rule: &'a str,
}

#[derive(Serialize)]
struct Mode<'a> {
    mode: SslMode,
    https: Told<'a>,
    http: Told<'a>,
}

#[derive(Serialize)]
struct Told<'a> {
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    over: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
}

fn record<'a>(row: &'a Row<'_>) -> Record<'a> {
    Record {
        name: &row.record.name,
        kind: &row.record.kind,
        content: &row.record.content,
        host: &row.record.host,
        pinned: row.pin.as_ref().map(|pin| {
            let (by, rule) = match &pin.by {
                PinnedBy::ConfigRule(rule) => ("configuration-rule", rule),
                PinnedBy::PageRule(rule) => ("page-rule", rule),
            };
            Pinned { mode: pin.mode, by, rule }
        }),
        change: row.change.map(Change::word),
        change_http: row.plain_change.map(Change::word),
        origins: match &row.record.leads {
            Leads::Origins(origins) => {
                origins.iter().map(|origin| origin.address.to_string()).collect()
            }
            _ => Vec::new(),
        },
        modes: row.modes.iter().map(mode).collect(),
    }
}

fn mode(cell: &Cell) -> Mode<'_> {
    Mode {
        mode: cell.mode,
        https: told(cell.https, cell.why.as_deref()),
        http: told(cell.http, cell.why_http.as_deref()),
    }
}

fn told(outcome: Outcome, why: Option<&str>) -> Told<'_> {
    let (word, status, over) = match outcome {
        Outcome::Served { status, over } => ("served", Some(status), Some(over.word())),
        Outcome::Status(status) => ("error", Some(status), None),
        Outcome::RedirectLoop => ("redirect-loop", None, None),
        Outcome::NotAffected(_) => ("not-affected", None, None),
        Outcome::Unknown(_) => ("unknown", None, None),
    };
    Told { outcome: word, status, over, why }
}
