//! Cases: everything that was seen in one sitting, as a file that can be judged again.
//!
//! A case is JSON (`rayfix/case/1`) so that people can look into it before they pass it on; secrets
//! were never in the evidence. A file from elsewhere can hold anything: what does not fit is
//! named in a sentence, stations and peers are derived again from the questions, and received text
//! is made harmless when it is shown. What was written once is read for ever: a golden file of each
//! version is kept and loaded by a test.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::evidence::{Answer, Evidence, Question, Reading, ReadingId, Seen};
use crate::report::guard::within;
use crate::target::{Site, Target};

/// The kind of document, without its version.
const KIND: &str = "rayfix/case/";

/// The newest version that is read, and the one that is written.
const VERSION: u64 = 1;

/// The most readings of a case: a sitting makes some forty, with many samples some hundreds.
const MOST: usize = 10_000;

/// Why a file is no case that can be read; fits after "could not read the case: ".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaseError {
    /// Nothing is in it.
    #[error("the file is empty; --save FILE writes a case")]
    Empty,
    /// The bytes are no UTF-8 text.
    #[error("it is not text: byte {at} is not UTF-8; a case is JSON")]
    NotText {
        /// Counted from 1.
        at: usize,
    },
    /// The text ends within a value.
    #[error(
        "it ends at line {line}, column {column}, in the middle of a value; the rest is missing"
    )]
    Truncated {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// The text is no JSON.
    #[error("it is not JSON: reading stopped at line {line}, column {column}")]
    NotJson {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// JSON of some other kind.
    #[error("it is JSON, but its `schema` is {found}; that of a case is rayfix/case/{VERSION}")]
    NotACase {
        /// What stands there, harmless and short.
        found: String,
    },
    /// From the future.
    #[error(
        "it was written by a newer rayfix (rayfix/case/{found}); this one reads up to {VERSION}"
    )]
    Newer {
        /// Its version.
        found: u64,
    },
    /// A part is missing or does not read as what it should be.
    #[error("{part} cannot be read: {why}")]
    Part {
        /// Which: `the target`, `reading 7`.
        part: String,
        /// What the reader of JSON says of it, harmless and short.
        why: String,
    },
    /// Readings are not numbered r1, r2, r3 …
    #[error("reading {place} is numbered {found}; it should be r{place}, since sentences cite it")]
    OutOfOrder {
        /// Counted from 1.
        place: usize,
        /// The number that it has.
        found: ReadingId,
    },
    /// An answer that the question cannot have.
    #[error("reading {place} has an answer of another kind than its question")]
    AnswersOtherwise {
        /// Counted from 1.
        place: usize,
    },
    /// More readings than any sitting makes.
    #[error("it has {found} readings; at most {MOST} are read")]
    TooMany {
        /// How many.
        found: usize,
    },
}

/// The case as text: indented JSON, ending in a line break, without a character that acts on a
/// terminal.
#[must_use]
pub fn save(evidence: &Evidence) -> String {
    #[derive(serde::Serialize)]
    struct Case<'a> {
        schema: String,
        rayfix: &'static str,
        #[serde(flatten)]
        evidence: &'a Evidence,
    }
    let case =
        Case { schema: format!("{KIND}{VERSION}"), rayfix: env!("CARGO_PKG_VERSION"), evidence };
    let mut text = serde_json::to_string_pretty(&case)
        .expect("every map of evidence has text as keys, and no number is NaN");
    text.push('\n');
    crate::report::guard::json(text)
}

/// Reads a case from the bytes of a file.
///
/// # Errors
/// When they are no case of a version that is known; the sentence says what is wrong where.
pub fn load_bytes(bytes: &[u8]) -> Result<Evidence, CaseError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => load(text),
        Err(error) => Err(CaseError::NotText { at: error.valid_up_to() + 1 }),
    }
}

/// Reads a case.
///
/// # Errors
/// When the text is no case of a version that is known; the sentence says what is wrong where.
pub fn load(text: &str) -> Result<Evidence, CaseError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Err(CaseError::Empty);
    }
    let mut case: Value = serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        if error.is_eof() {
            CaseError::Truncated { line, column }
        } else {
            CaseError::NotJson { line, column }
        }
    })?;
    version(&case)?;
    let readings = match case["readings"].take() {
        Value::Array(readings) => readings,
        other => return Err(part("the list of readings", Vec::<Value>::deserialize(other))),
    };
    if readings.len() > MOST {
        return Err(CaseError::TooMany { found: readings.len() });
    }
    let evidence = Evidence {
        target: read("the target", case["target"].take())?,
        readings: readings
            .into_iter()
            .zip(1..)
            .map(|(reading, place)| check(read(&format!("reading {place}"), reading)?, place))
            .collect::<Result<_, _>>()?,
        took_ms: read("`took_ms`", case["took_ms"].take())?,
    };
    let site = as_seen(evidence.target.site);
    Ok(Evidence { target: Target { site, ..evidence.target }, ..evidence })
}

/// A site as it was before it was written: reading a URL writes the sign for what was taken out
/// (`…`) as bytes in percent.
fn as_seen(site: Site) -> Site {
    let path = match site.path.split_once('?') {
        Some((path, query)) => format!("{path}?{}", query.replace("%E2%80%A6", "…")),
        None => site.path,
    };
    Site { path, ..site }.redacted()
}

fn version(case: &Value) -> Result<(), CaseError> {
    let not_a_case = |found: &str| CaseError::NotACase { found: found.to_owned() };
    let Some(schema) = case.get("schema") else {
        return Err(not_a_case("missing"));
    };
    let Some(schema) = schema.as_str() else {
        return Err(not_a_case("no text"));
    };
    let shown = within(schema, 60);
    match schema.strip_prefix(KIND).map(str::parse::<u64>) {
        Some(Ok(VERSION)) => Ok(()),
        Some(Ok(found)) if found > VERSION => Err(CaseError::Newer { found }),
        _ => Err(not_a_case(&shown)),
    }
}

fn read<T: DeserializeOwned>(name: &str, value: Value) -> Result<T, CaseError> {
    T::deserialize(value).map_err(|error| part(name, Err::<T, _>(error)))
}

fn part<T>(name: &str, outcome: Result<T, serde_json::Error>) -> CaseError {
    let why = match outcome {
        Ok(_) => "it does not fit".to_owned(),
        Err(error) => error
            .to_string()
            .replace("invalid type: ", "found ")
            .replace("invalid value: ", "found "),
    };
    CaseError::Part { part: name.to_owned(), why: within(&why, 200) }
}

/// A reading whose number is its place, whose answer fits its question, and whose station and
/// peer are those of the question, whatever the file says.
fn check(reading: Reading, place: u32) -> Result<Reading, CaseError> {
    let at = place as usize;
    if reading.id != ReadingId(place) {
        return Err(CaseError::OutOfOrder { place: at, found: reading.id });
    }
    let fits = match (&reading.question, &reading.answer) {
        (_, Answer::Unreached { .. } | Answer::NotAsked { .. }) => true,
        (question, Answer::Got(seen)) => {
            matches!(
                (question, seen),
                (Question::Resolve { .. }, Seen::Dns(_))
                    | (Question::Visit { .. }, Seen::Visit(_))
                    | (Question::Trace { .. }, Seen::Trace(_))
                    | (Question::Connect { .. }, Seen::Tcp(_))
                    | (Question::Greet { .. }, Seen::Tls(_))
                    | (Question::Request { .. }, Seen::Http(_))
            ) || match (question, seen) {
                (Question::Account(asked), Seen::Account(told)) => asked.fits(told),
                (Question::Host(asked), Seen::Host(told)) => asked.fits(told),
                _ => false,
            }
        }
    };
    if !fits {
        return Err(CaseError::AnswersOtherwise { place: at });
    }
    let question = match reading.question {
        Question::Visit { site, to, accept, sample, leg } => {
            Question::Visit { site: as_seen(site), to, accept, sample, leg }
        }
        other => other,
    };
    Ok(Reading { hop: question.hop(), peer: question.peer(), question, ..reading })
}

#[cfg(test)]
mod tests;
