//! What changes for visitors from one mode to another.

use crate::evidence::TlsAnswer;
use crate::target::{Scheme, SslMode};

use super::judge::{Outcome, fetched, judge};
use super::seen::{Habits, Leads, RecordAsked};

/// What a flip of the mode does to visitors, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// They were served, and get an error.
    Breaks,
    /// It is not known.
    Unknown,
    /// They got an error, and get another.
    Differs,
    /// They got an error, and are served.
    Mends,
    /// The same as before.
    Unchanged,
    /// The mode has no say.
    NotAffected,
}

impl Change {
    /// All, the worst first.
    pub const ALL: [Change; 6] = [
        Change::Breaks,
        Change::Unknown,
        Change::Differs,
        Change::Mends,
        Change::Unchanged,
        Change::NotAffected,
    ];

    /// `breaks`, `unknown`, `differs`, `mends`, `unchanged`, `not-affected`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Change::Breaks => "breaks",
            Change::Unknown => "unknown",
            Change::Differs => "differs",
            Change::Mends => "mends",
            Change::Unchanged => "unchanged",
            Change::NotAffected => "not-affected",
        }
    }
}

/// What becomes of visitors of a record who ask with `scheme`, where the mode goes from one to another.
#[must_use]
pub fn change(
    record: &RecordAsked,
    (from, to): (SslMode, SslMode),
    scheme: Scheme,
    habits: &Habits,
) -> Change {
    let [before, after] = [from, to].map(|mode| judge(record, mode, scheme, habits));
    match (before, after) {
        (_, Outcome::NotAffected(_)) | (Outcome::NotAffected(_), _) => Change::NotAffected,
        _ if from == to || asks_alike(record, from, to, scheme, habits) => Change::Unchanged,
        (Outcome::Unknown(_), _) | (_, Outcome::Unknown(_)) => Change::Unknown,
        _ => match (rank(before), rank(after)) {
            (before, after) if before < after => Change::Breaks,
            (before, after) if before > after => Change::Mends,
            (2, _) if before != after => Change::Differs,
            _ => Change::Unchanged,
        },
    }
}

/// 0: served. 1: served a page that says no. 2: an error.
fn rank(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Served { status: 400.., .. } => 1,
        Outcome::Served { .. } => 0,
        _ => 2,
    }
}

/// Whether the edge asks the same door and takes the same certificates, so that whatever comes of it comes of both.
fn asks_alike(
    record: &RecordAsked,
    from: SslMode,
    to: SslMode,
    scheme: Scheme,
    habits: &Habits,
) -> bool {
    let ways = |mode| [scheme, Scheme::Http, Scheme::Https].map(|s| fetched(mode, s, habits));
    let Leads::Origins(origins) = &record.leads else {
        return ways(from) == ways(to) && from.validates() == to.validates();
    };
    let holds = || {
        origins.iter().all(|origin| {
            matches!(&origin.tls.tls, Some(TlsAnswer::Greeted(seen)) if seen.chain.faults.is_empty())
        })
    };
    ways(from) == ways(to) && (from.validates() == to.validates() || holds())
}
