//! A change that was thought of and is not proven yet.

use ipnet::IpNet;

use super::edit::Edit;
use super::proposal::{Command, Kept, Newly};
use crate::firewall::manager::Manager;

/// A change.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Candidate {
    /// Whose language.
    pub(super) owner: Manager,
    /// Its name.
    pub(super) id: String,
    /// Why this, as the end of a sentence that says what keeps the ranges out: `so the ban is lifted`.
    pub(super) remedy: String,
    /// Phrases.
    pub(super) adds: Vec<String>,
    /// Phrases.
    pub(super) removes: Vec<String>,
    /// To be run.
    pub(super) commands: Vec<Command>,
    /// To be tried.
    pub(super) checks: Vec<Command>,
    /// To be taken back.
    pub(super) undo: Vec<Command>,
    /// At the next start.
    pub(super) kept: Kept,
    /// Sentences.
    pub(super) cautions: Vec<String>,
    /// What the commands do.
    pub(super) edits: Vec<Edit>,
    /// Sources that may become accepted on other ports too, since there is no narrower remedy, and a
    /// sentence why.
    pub(super) besides: Option<(Vec<IpNet>, String)>,
}

impl Candidate {
    /// Nothing yet.
    #[must_use]
    pub(super) fn new(owner: Manager, id: &str, remedy: impl Into<String>) -> Candidate {
        Candidate {
            owner,
            id: id.to_owned(),
            remedy: remedy.into(),
            adds: Vec::new(),
            removes: Vec::new(),
            commands: Vec::new(),
            checks: Vec::new(),
            undo: Vec::new(),
            kept: Kept { by_itself: false, how: Vec::new(), commands: Vec::new() },
            cautions: Vec::new(),
            edits: Vec::new(),
            besides: None,
        }
    }

    /// With a command and the one that takes it back; what was done last is taken back first.
    pub(super) fn run(&mut self, command: impl Into<String>, undo: impl Into<String>) {
        self.commands.push(Command::shell(command));
        self.undo.insert(0, Command::shell(undo));
    }

    /// Whether it may let these in too.
    #[must_use]
    pub(super) fn bears(&self, newly: &Newly) -> bool {
        let Some((allowed, _)) = &self.besides else { return false };
        newly.prefixes.iter().all(|prefix| allowed.iter().any(|range| range.contains(prefix)))
    }

    /// Whether it is for all that the chain keeps out, not for what one rule of it does.
    #[must_use]
    pub(super) fn is_of_chain(&self) -> bool {
        self.removes.is_empty() && self.edits.iter().all(|edit| matches!(edit, Edit::Insert { .. }))
    }
}
