//! What a proposal is: commands to paste, how to take them back, and what they were proven to do.

use ipnet::IpNet;

use super::edit::Edit;
use crate::firewall::manager::Manager;
use crate::firewall::ruling::{Decider, Rulings};

/// All proposals for one host.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposals {
    /// In the order in which they are to be applied: a later one counts on the earlier ones. Empty: there is
    /// nothing to mend, or nothing that can be mended here (see `left`).
    pub list: Vec<Proposal>,
    /// The rulings of the host as it is.
    pub before: Rulings,
    /// The rulings with all of `list` applied.
    pub after: Rulings,
    /// What else becomes accepted, over every address and the ports asked about and 22, 80, 443, 8080.
    /// Addresses of the ranges asked about on the ports asked about are not in here.
    pub newly_accepted: Vec<Newly>,
    /// What stays as it is, and why.
    pub left: Vec<Left>,
}

/// The smallest change that takes one thing out of the way.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// `rayfix:1f0c9a3e`: stands as a comment in each rule that it adds. The same host, the same name.
    pub id: String,
    /// Whose language the commands are in.
    pub owner: Manager,
    /// What decides now.
    pub by: Decider,
    /// The ranges that it lets in, lowest first: those asked about that are not accepted as a whole.
    pub ranges: Vec<IpNet>,
    /// On which ports.
    pub ports: Vec<u16>,
    /// A sentence.
    pub why: String,
    /// What comes to be, a phrase each: `a rule at place 3 of chain INPUT of table ip filter`.
    pub adds: Vec<String>,
    /// What goes, a phrase each: `172.64.0.7 from set bad of table inet filter`.
    pub removes: Vec<String>,
    /// To be run in this order.
    pub commands: Vec<Command>,
    /// Try the change without making it; may be empty, where the tool knows no such thing.
    pub checks: Vec<Command>,
    /// Take the change back, and nothing else; to be run in this order.
    pub undo: Vec<Command>,
    /// What becomes of it at the next start.
    pub kept: Kept,
    /// What to know before, a sentence each.
    pub cautions: Vec<String>,
    /// What the commands do to the rules, as it was proven.
    pub edits: Vec<Edit>,
}

/// A command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Exactly what one pastes; one line.
    pub text: String,
    /// In what.
    pub within: Within,
}

/// In what a command is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Within {
    /// In a shell of root's (`sh` is enough).
    Shell,
    /// It is no command: a line to be put into this file.
    File(String),
}

/// How a change survives a restart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Whether the commands themselves see to it.
    pub by_itself: bool,
    /// Sentences: where it is kept, and what to beware of.
    pub how: Vec<String>,
    /// What is to be run, or written, for it; empty: nothing.
    pub commands: Vec<Command>,
}

/// What becomes accepted besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newly {
    /// On which port.
    pub port: u16,
    /// From where, in the fewest prefixes, lowest first.
    pub prefixes: Vec<IpNet>,
    /// A sentence: why it cannot be helped.
    pub why: String,
}

/// What stays.
#[derive(Debug, Clone, PartialEq)]
pub struct Left {
    /// Which ranges.
    pub ranges: Vec<IpNet>,
    /// On which ports.
    pub ports: Vec<u16>,
    /// Who decides.
    pub by: Vec<Decider>,
    /// A sentence or two: why nothing is proposed, and what to do instead.
    pub why: String,
}

impl Command {
    /// For root's shell.
    #[must_use]
    pub fn shell(text: impl Into<String>) -> Command {
        Command { text: text.into(), within: Within::Shell }
    }

    /// A line of a file.
    #[must_use]
    pub fn line(file: &str, text: impl Into<String>) -> Command {
        Command { text: text.into(), within: Within::File(file.to_owned()) }
    }
}

impl Proposals {
    /// Whether every range asked about is accepted on every port asked about once all is applied.
    #[must_use]
    pub fn mends_all(&self) -> bool {
        self.after.rulings.iter().all(|ruling| ruling.share_accepted() >= 1.0)
    }
}
