//! Hands: how each action is done, how its thing is before and after, how it is made so again.
//!
//! One file per kind of thing. `look` is how the thing is now (the pre-image, and what is compared), `act` does
//! it, `restore` makes the thing as it was. Looking changes nothing; acting and restoring may be done twice with
//! the same end, since a run can be killed between a deed and the line that tells of it.

mod account;
mod bouncer;
mod certbot;
mod config;
pub(super) mod file;
mod mode;
mod origin_ca;
mod secret;
mod tool;
pub(super) mod tree;
mod ufw;
mod unit;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rayfix_core::plan::{Action, PreImage, UnitName, Verb, drop_in};

use crate::cloudflare::Client;

/// What hands need.
#[derive(Default)]
pub struct Hands {
    /// The account that may be changed.
    pub account: Option<Arc<Client>>,
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
            Action::WriteFile { path, .. }
            | Action::Configure { path, .. }
            | Action::GiveSecret { path, .. } => file::look(&self.path(path.as_str())),
            Action::SetMode { path, .. } => mode::look(path.as_str()),
            Action::DropIn { unit, .. } => file::look(&self.path(&drop_in(unit))),
            Action::Unit { unit, .. } => unit::look(unit).await,
            Action::Filter { .. } => tool::listings().await,
            Action::Run { .. } | Action::Tell { .. } => Ok(PreImage::Nothing),
            Action::Certbot { gets, keeps, .. } => certbot::look(gets, keeps).await,
            Action::SetZoneSetting { .. } | Action::SetTunnelConfiguration { .. } => {
                account::look(self.account.as_deref(), action).await
            }
            Action::IssueOriginCertificate { certificate, key, .. } => {
                origin_ca::look(self, certificate, key)
            }
        }
    }

    /// Whether an action still fits the thing as it is.
    ///
    /// # Errors
    /// A sentence: what is not as the plan expects it.
    pub fn fits(&self, action: &Action, now: &PreImage) -> Result<(), String> {
        match action {
            Action::WriteFile { path, before, .. }
            | Action::Configure { path, before, .. }
            | Action::GiveSecret { path, before, .. } => {
                file::fits(path.as_str(), before.as_deref(), now)
            }
            Action::DropIn { unit, before, .. } => {
                file::fits(&drop_in(unit), before.as_deref(), now)
            }
            Action::IssueOriginCertificate { certificate, key, .. } => {
                origin_ca::fits(certificate, key, now)
            }
            Action::SetMode { path, from, .. } => mode::fits(path.as_str(), *from, now),
            _ => account::fits(action, now),
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
            Action::SetMode { path, mode, group, .. } => {
                mode::act(path.as_str(), *mode, group.as_ref())
            }
            Action::Configure { path, after, tried_by, unit, verb, .. } => {
                let path = &self.path(path.as_str());
                let what = config::Configured { path, tried_by: *tried_by, unit, verb: *verb };
                config::change(&what, after, before, PATIENCE).await
            }
            Action::GiveSecret { unit, .. } => {
                secret::put(self, action).await?;
                unit::start(unit, Verb::Restart, PATIENCE).await
            }
            Action::DropIn { unit, after, restart, .. } => {
                config::lay(&self.path(&drop_in(unit)), after, before, PATIENCE).await?;
                if *restart {
                    unit::start(unit, Verb::Restart, PATIENCE).await?;
                }
                Ok(())
            }
            Action::Unit { unit, verb } => unit::act(unit, *verb, PATIENCE).await,
            Action::Filter { does, .. } => tool::all(does, PATIENCE).await,
            Action::Run { tool, arguments } => {
                tool::run(*tool, arguments, PATIENCE).await.map(drop)
            }
            Action::Certbot { gets, .. } => certbot::act(gets).await,
            Action::Tell { .. } => Ok(()),
            Action::SetZoneSetting { .. } | Action::SetTunnelConfiguration { .. } => {
                account::act(self.account.as_deref(), action).await
            }
            Action::IssueOriginCertificate { .. } => origin_ca::act(self, action).await,
        }
    }

    /// Takes away what a process that was killed in the middle of a write left beside its place.
    pub fn sweep(&self, action: &Action, before: &PreImage) {
        match action {
            Action::WriteFile { path, .. }
            | Action::Configure { path, .. }
            | Action::GiveSecret { path, .. } => {
                file::sweep(&self.path(path.as_str()));
            }
            Action::DropIn { unit, .. } => file::sweep(&self.path(&drop_in(unit))),
            Action::IssueOriginCertificate { certificate, key, .. } => {
                file::sweep(&self.path(certificate.as_str()));
                file::sweep(&self.path(key.as_str()));
            }
            Action::Filter { .. } => tool::sweep(before),
            _ => {}
        }
    }

    /// Makes the thing as it was.
    ///
    /// # Errors
    /// A fragment after "could not ".
    pub async fn restore(&self, action: &Action, before: &PreImage) -> Result<(), String> {
        match (action, before) {
            (Action::WriteFile { path, .. }, PreImage::File { content }) => {
                file::restore(&self.path(path.as_str()), content.as_ref())
            }
            (Action::SetMode { path, .. }, PreImage::File { content }) => {
                mode::restore(path.as_str(), content.as_ref())
            }
            (Action::Configure { path, tried_by, unit, verb, .. }, PreImage::File { content }) => {
                let path = &self.path(path.as_str());
                let what = config::Configured { path, tried_by: *tried_by, unit, verb: *verb };
                config::restore(&what, content.as_ref(), PATIENCE).await
            }
            (Action::GiveSecret { path, unit, .. }, PreImage::File { content }) => {
                let path = &self.path(path.as_str());
                let what = config::Configured { path, tried_by: None, unit, verb: Verb::Restart };
                config::restore(&what, content.as_ref(), PATIENCE).await
            }
            (Action::DropIn { unit, restart, .. }, PreImage::File { content }) => {
                let path = self.path(&drop_in(unit));
                config::take_away(&path, content.as_ref(), PATIENCE).await?;
                if *restart { config::start_anew(unit).await } else { Ok(()) }
            }
            (Action::Unit { unit, .. }, PreImage::Unit { active, enabled }) => {
                unit::restore(unit, active, enabled, PATIENCE).await
            }
            (Action::Certbot { keeps, unit, .. }, PreImage::Tree { things }) => {
                certbot::restore(keeps, things, unit, PATIENCE).await
            }
            (Action::IssueOriginCertificate { .. }, PreImage::Issued { .. }) => {
                origin_ca::restore(self, action).await
            }
            (Action::Filter { undo, .. }, before) => tool::restore(undo, before, PATIENCE).await,
            (
                Action::SetZoneSetting { .. } | Action::SetTunnelConfiguration { .. },
                PreImage::Value { value },
            ) => account::set(self.account.as_deref(), action, value).await,
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

/// How a person takes back what an action did to the account: a sentence; none: it did nothing there.
#[must_use]
pub fn by_hand(action: &Action, before: &PreImage) -> Option<String> {
    account::by_hand(action, before)
}

/// Which of these units are at work.
pub async fn active(units: impl Iterator<Item = &UnitName>) -> BTreeSet<UnitName> {
    let mut found = BTreeSet::new();
    for unit in units {
        let Ok(PreImage::Unit { active, .. }) = unit::look(unit).await else { continue };
        if matches!(active.as_str(), "active" | "reloading") {
            found.insert(unit.clone());
        }
    }
    found
}

/// The tool whose listing of the packet filter is not among those of `now`, though it was before: what it would list
/// is not known.
#[must_use]
pub fn unlisted<'a>(before: &'a PreImage, now: &PreImage) -> Option<&'a str> {
    tool::unlisted(before, now)
}

/// The packet filter as it was, with the files that are there now: where it cannot be listed. `None`: neither can they
/// be read.
#[must_use]
pub fn files_alone(before: &PreImage) -> Option<PreImage> {
    tool::files_alone(before)
}

/// What of a thing is not as it was; empty: everything is.
#[must_use]
pub fn differs(before: &PreImage, now: &PreImage) -> Vec<String> {
    match (before, now) {
        (PreImage::File { content: before }, PreImage::File { content: now }) => {
            file::differs(before.as_ref(), now.as_ref())
        }
        (PreImage::Ruleset { .. }, PreImage::Ruleset { .. }) => tool::differs(before, now),
        (PreImage::Tree { things: before }, PreImage::Tree { things: now }) => {
            tree::differs(before, now)
        }
        (
            PreImage::Unit { active, enabled },
            PreImage::Unit { active: active_now, enabled: enabled_now },
        ) => unit::differs((active, enabled), (active_now, enabled_now)),
        (
            PreImage::Issued { certificate, key },
            PreImage::Issued { certificate: is, key: key_is },
        ) => origin_ca::differs((certificate, key), (is, key_is)),
        (PreImage::Value { value }, PreImage::Value { value: now }) if value != now => {
            vec![format!("it is {now}, was {value}")]
        }
        (before, now) if before == now => Vec::new(),
        _ => vec!["it is another thing than before".to_owned()],
    }
}
