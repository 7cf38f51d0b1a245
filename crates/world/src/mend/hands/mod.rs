//! Hands: how each action is done, how its thing is before and after, how it is made so again.
//!
//! One file per kind of thing. `look` is how the thing is now (the pre-image, and what is compared), `act` does
//! it, `restore` makes the thing as it was. Looking changes nothing; acting and restoring may be done twice with
//! the same end, since a run can be killed between a deed and the line that tells of it.

pub(super) mod file;
mod tool;
mod unit;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rayfix_core::plan::{Action, PreImage};

use crate::cloudflare::Client;

/// What hands need.
#[derive(Default)]
pub struct Hands {
    /// The account that may be changed.
    pub account: Option<Client>,
    /// Another root of the file system, for tests; none: `/`.
    pub root: Option<PathBuf>,
}

/// For one step.
const PATIENCE: Duration = Duration::from_secs(60);

impl Hands {
    /// How the thing of an action is.
    ///
    /// # Errors
    /// A fragment after "could not ": what could not be looked at, and why.
    pub async fn look(&self, action: &Action) -> Result<PreImage, String> {
        match action {
            Action::WriteFile { path, .. } | Action::SetMode { path, .. } => {
                file::look(&self.path(path.as_str()))
            }
            Action::Unit { unit, .. } => unit::look(unit).await,
            Action::Filter { .. } => tool::listings().await,
            Action::Run { .. } | Action::Await { .. } | Action::Tell { .. } => {
                Ok(PreImage::Nothing)
            }
            Action::SetZoneSetting { .. }
            | Action::SetTunnelConfiguration { .. }
            | Action::IssueOriginCertificate { .. } => Err(UNABLE.to_owned()),
        }
    }

    /// Whether an action still fits the thing as it is.
    ///
    /// # Errors
    /// A sentence: what is not as the plan expects it.
    pub fn fits(&self, action: &Action, now: &PreImage) -> Result<(), String> {
        match action {
            Action::WriteFile { path, before, .. } => file::fits(path, before.as_deref(), now),
            _ => Ok(()),
        }
    }

    /// Does it.
    ///
    /// # Errors
    /// A fragment after "could not ": what failed, and what was said.
    pub async fn act(&self, action: &Action, before: &PreImage) -> Result<(), String> {
        match action {
            Action::WriteFile { path, after, mode, .. } => {
                file::write(&self.path(path.as_str()), after, *mode, before)
            }
            Action::SetMode { path, mode } => file::set_mode(&self.path(path.as_str()), *mode),
            Action::Unit { unit, verb } => unit::act(unit, *verb, PATIENCE).await,
            Action::Filter { does, .. } => tool::all(does, PATIENCE).await,
            Action::Run { tool, arguments } => {
                tool::run(*tool, arguments, PATIENCE).await.map(drop)
            }
            Action::Tell { .. } => Ok(()),
            Action::Await { .. }
            | Action::SetZoneSetting { .. }
            | Action::SetTunnelConfiguration { .. }
            | Action::IssueOriginCertificate { .. } => Err(UNABLE.to_owned()),
        }
    }

    /// Makes the thing as it was.
    ///
    /// # Errors
    /// A fragment after "could not ".
    pub async fn restore(&self, action: &Action, before: &PreImage) -> Result<(), String> {
        match (action, before) {
            (
                Action::WriteFile { path, .. } | Action::SetMode { path, .. },
                PreImage::File { content },
            ) => file::restore(&self.path(path.as_str()), content.as_ref()),
            (Action::Unit { unit, .. }, PreImage::Unit { active, enabled }) => {
                unit::restore(unit, active, enabled, PATIENCE).await
            }
            (Action::Filter { undo, .. }, before) => tool::restore(undo, before, PATIENCE).await,
            _ => Ok(()),
        }
    }

    fn path(&self, path: &str) -> PathBuf {
        match &self.root {
            Some(root) => root.join(path.trim_start_matches('/')),
            None => Path::new(path).to_owned(),
        }
    }
}

const UNABLE: &str = "do that in this version";

/// What of a thing is not as it was; empty: everything is.
#[must_use]
pub fn differs(before: &PreImage, now: &PreImage) -> Vec<String> {
    match (before, now) {
        (PreImage::File { content: before }, PreImage::File { content: now }) => {
            file::differs(before.as_ref(), now.as_ref())
        }
        (PreImage::Ruleset { .. }, PreImage::Ruleset { .. }) => tool::differs(before, now),
        (
            PreImage::Unit { active, enabled },
            PreImage::Unit { active: active_now, enabled: enabled_now },
        ) => unit::differs((active, enabled), (active_now, enabled_now)),
        (before, now) if before == now => Vec::new(),
        _ => vec!["it is another thing than before".to_owned()],
    }
}
