//! What a log of the last while says: events, counted and the newest of them kept.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::logs::{Class, LogEvent, Role};

/// Which log.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "log", rename_all = "kebab-case")]
pub enum LogSource {
    /// A file, with those that were rotated away from it.
    File {
        /// Its path.
        path: String,
    },
    /// A unit's part of the journal.
    Journal {
        /// The unit.
        unit: String,
    },
    /// The kernel's messages.
    Kernel,
}

impl fmt::Display for LogSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LogSource::File { path } => f.write_str(path),
            LogSource::Journal { unit } => write!(f, "the journal of {unit}"),
            LogSource::Kernel => f.write_str("the kernel's log"),
        }
    }
}

/// How reading a log ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum LogAnswer {
    /// It was read.
    Read(Box<LogSeen>),
    /// There is no such file.
    Missing,
    /// It may not be read; root may.
    Forbidden,
    /// It could not be read; a sentence without its end says why.
    Unreadable {
        /// Why.
        why: String,
    },
}

// Events hold no number that is not a number.
impl Eq for LogAnswer {}

/// What a log says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogSeen {
    /// `nginx-error`, `gunicorn` …; `None`: no line was recognised.
    pub dialect: Option<String>,
    /// From when on it was read.
    pub from: Timestamp,
    /// Whether all since then was read; else a limit of bytes or time came first.
    pub is_whole: bool,
    /// How many lines were read.
    pub lines: u64,
    /// What they mean, by class, in the order of precedence.
    pub classes: Vec<Counted>,
    /// The newest events that tell why something failed or what came of it, the eldest first; at
    /// most 60, and at least the newest of each class.
    pub events: Vec<Kept>,
    /// The last lines as they stand, without secrets, each at most 200 bytes; at most 6. Of the
    /// journal: those of the unit's own programs.
    pub tail: Vec<String>,
    /// How many lines bear the mark that the visits of this sitting carry through the edge: it is
    /// this machine that the edge asks.
    pub visits_arrived: u32,
}

/// One meaning, counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// What.
    pub class: Class,
    /// Whether it tells why.
    pub role: Role,
    /// How often.
    pub count: u64,
    /// The first time.
    pub first: Option<Timestamp>,
    /// The last time.
    pub last: Option<Timestamp>,
}

/// An event at its place in time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// When; of lines without a time, that of the line before.
    pub at: Option<Timestamp>,
    /// What.
    pub event: LogEvent,
}

impl LogAnswer {
    /// What was read.
    #[must_use]
    pub fn read(&self) -> Option<&LogSeen> {
        match self {
            LogAnswer::Read(seen) => Some(seen),
            _ => None,
        }
    }
}
