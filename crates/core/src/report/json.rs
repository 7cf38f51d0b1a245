//! The diagnosis for programs: `rayfix/diagnosis/1`, as `docs/schema/diagnosis-1.json` has it.
//!
//! It is made straight from the diagnosis, not from the words of the report, and its fields keep
//! the order in which they are declared here. Received text is kept as it came, since programs
//! compare it; what acts on a terminal is written as `\uXXXX`, which says the same.

use serde::Serialize;

use super::guard;
use crate::diagnosis::{Cleared, Diagnosis, Finding, Note, Station, Symptom, Untold};
use crate::evidence::{Answer, Question, Reading, ReadingId, Seen};
use crate::hop::Hop;
use crate::target::{ModeFrom, SslMode};
use jiff::Timestamp;

/// The document of a diagnosis; serialize it, or take its [`text`](Document::text).
#[must_use]
pub fn json<'a>(diagnosis: &'a Diagnosis<'_>) -> Document<'a> {
    let evidence = diagnosis.evidence;
    Document {
        schema: "rayfix/diagnosis/1",
        target: About {
            url: evidence.target.site.to_string(),
            host: &evidence.target.site.host,
            ssl_mode: diagnosis.ssl_mode,
            ssl_mode_from: diagnosis.ssl_mode_from,
        },
        symptom: &diagnosis.symptom,
        path: &diagnosis.path,
        findings: &diagnosis.findings,
        cleared: &diagnosis.cleared,
        untold: &diagnosis.untold,
        notes: &diagnosis.notes,
        readings: evidence.readings.iter().map(Row::of).collect(),
        took_ms: evidence.took_ms,
    }
}

/// `rayfix/diagnosis/1`.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    schema: &'static str,
    target: About<'a>,
    symptom: &'a Symptom,
    path: &'a [Station],
    findings: &'a [Finding],
    cleared: &'a [Cleared],
    untold: &'a [Untold],
    notes: &'a [Note],
    readings: Vec<Row<'a>>,
    took_ms: u64,
}

impl Document<'_> {
    /// Indented, ending in a line break, without a character that acts on a terminal.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self)
            .expect("every map of a diagnosis has text as keys, and no number is NaN");
        text.push('\n');
        guard::json(&text)
    }
}

#[derive(Debug, Serialize)]
struct About<'a> {
    url: String,
    host: &'a str,
    ssl_mode: Option<SslMode>,
    ssl_mode_from: ModeFrom,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    id: ReadingId,
    probe: &'a str,
    hop: Hop,
    peer: &'a str,
    at: Timestamp,
    took_ms: u64,
    question: &'a Question,
    answer: &'a Answer<Seen>,
}

impl<'a> Row<'a> {
    fn of(reading: &'a Reading) -> Row<'a> {
        Row {
            id: reading.id,
            probe: &reading.probe,
            hop: reading.hop,
            peer: &reading.peer,
            at: reading.at,
            took_ms: reading.took_ms,
            question: &reading.question,
            answer: &reading.answer,
        }
    }
}
