//! What is to be done about a finding: a plan, which is data.
//!
//! A plan is a list of steps; each step is one [`Action`] out of a closed set, so that the question "what could
//! this program ever do to my machine?" is answered by reading one enum. Core makes plans and never carries
//! them out: hands do (`world/src/mend/hands/`), after the journal has the undo. Targets of actions are taken
//! from what was read of the configuration, the units and the account, and are checked here: text from logs,
//! pages or certificates never becomes a path, a unit or an argument.

pub mod action;
pub mod diff;
pub mod promise;
pub mod run;
pub mod secret;
pub mod target;
pub mod tell;

use serde::{Deserialize, Serialize};

pub use self::action::{Action, Call, Gets, Group, Tool, Verb, drop_in, ufw_list};
pub use self::promise::Promise;
pub use self::run::{Journaled, PreImage, RunId, RunState};
pub use self::target::{CertificateName, FilePath, TargetError, UnitName};

/// What is to be done, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The fix: `app-start`.
    pub fix: String,
    /// The cause that it mends: `app-stopped`.
    pub cause: String,
    /// The site.
    pub host: String,
    /// What it comes to, in one sentence.
    pub summary: String,
    /// In order; never empty.
    pub steps: Vec<Step>,
    /// What must hold afterwards; never empty.
    pub promises: Vec<Promise>,
    /// What to know before, a sentence each: that lowering a mode is only a stop-gap, and the like.
    pub cautions: Vec<String>,
}

/// One reversible act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What is done.
    pub action: Action,
    /// Why, in one sentence.
    pub why: String,
    /// Who may do it.
    pub safety: Safety,
    /// Whom it touches besides, in one sentence: `Visitors of shop.example.com wait about a second.`
    pub blast: String,
    /// How a person would do it, a line each: commands, or the lines of a file before (`-`) and after (`+`).
    /// Empty: as the action itself tells.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_hand: Vec<String>,
}

/// Who may do a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Safety {
    /// Only a person: the step is instructions.
    ShowOnly,
    /// The program, when a person said yes to this plan.
    Ask,
    /// The program by itself, where that was allowed.
    Unattended,
}

/// SHA-256 in hexadecimal: how a plan names what a file must hold.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    digest.as_ref().iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl Plan {
    /// Who may carry out the whole.
    #[must_use]
    pub fn safety(&self) -> Safety {
        self.steps.iter().map(|step| step.safety).min().unwrap_or(Safety::ShowOnly)
    }

    /// Whether a step changes the account at Cloudflare: taken back with its token only.
    #[must_use]
    pub fn is_of_the_account(&self) -> bool {
        self.steps.iter().any(|step| step.action.is_of_the_account())
    }

    /// Whether a step may cut people off: then the dead man's switch is armed before the first one.
    #[must_use]
    pub fn may_cut_off(&self) -> bool {
        self.steps.iter().any(|step| step.action.may_cut_off())
    }
}
