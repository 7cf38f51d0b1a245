//! The file and line that made a rule, where its manager keeps one.

use super::super::Firewall;
use super::super::ruling::Decider;
use super::super::snapshot::Snapshot;

/// A line of a file on the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The file, absolute.
    pub path: String,
    /// From 1.
    pub line: usize,
    /// What stands there, without the blanks around it.
    pub text: String,
}

/// The line that made what decides; `None`: no file was told that surely did.
#[must_use]
pub fn source(_snapshot: &Snapshot, _firewall: &Firewall, _decider: &Decider) -> Option<Line> {
    None
}
