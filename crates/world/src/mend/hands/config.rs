//! Files that a program reads: changed, tried, read; and settings that lie beside those of a unit.
//!
//! Taking a change back is more than writing the old file: the program that has read the new one must read the old
//! one again, else what runs and what is written differ until the next start.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rayfix_core::plan::run::FileImage;
use rayfix_core::plan::{PreImage, Tool, UnitName, Verb};

use super::{file, tool, unit};

/// So long a unit that is started anew with what it had before is waited for. With what was broken it may never come
/// up, which is how it was.
const SETTLES: Duration = Duration::from_secs(5);

/// A file and whose it is.
pub(super) struct Configured<'a> {
    pub(super) path: &'a Path,
    pub(super) tried_by: Option<Tool>,
    pub(super) unit: &'a UnitName,
    pub(super) verb: Verb,
}

/// Writes, tries and has it read. What does not pass is not read: the program goes on with what it has.
pub(super) async fn change(
    what: &Configured<'_>,
    after: &[u8],
    before: &PreImage,
    limit: Duration,
) -> Result<(), String> {
    file::write(what.path, after, 0o644, before)?;
    if let Some(tool) = what.tried_by {
        tool::run(tool, &["-t".to_owned(), "-q".to_owned()], limit).await?;
    }
    match what.verb {
        Verb::Restart => unit::start(what.unit, Verb::Restart, limit).await,
        verb => unit::act(what.unit, verb, limit).await,
    }
}

/// Writes the old one and has it read, where the program runs at all.
pub(super) async fn restore(
    what: &Configured<'_>,
    content: Option<&FileImage>,
    limit: Duration,
) -> Result<(), String> {
    file::restore(what.path, content)?;
    match (what.verb, unit::look(what.unit).await?) {
        (Verb::Restart, _) => start_anew(what.unit).await,
        (verb, PreImage::Unit { active, .. }) if unit::is_on(&active) => {
            // What did not do before is not read now either: the program goes on with what it has, as it did.
            if let Some(tool) = what.tried_by
                && tool::run(tool, &["-t".to_owned(), "-q".to_owned()], limit).await.is_err()
            {
                return Ok(());
            }
            unit::act(what.unit, verb, limit).await
        }
        _ => Ok(()),
    }
}

/// Has a unit started anew with what it had before, where it runs at all.
pub(super) async fn start_anew(unit: &UnitName) -> Result<(), String> {
    match unit::look(unit).await? {
        PreImage::Unit { active, .. } if unit::is_on(&active) => {
            unit::start_anew(unit, SETTLES).await
        }
        _ => Ok(()),
    }
}

/// Lays settings beside a unit's.
pub(super) async fn lay(
    path: &Path,
    after: &str,
    before: &PreImage,
    limit: Duration,
) -> Result<(), String> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(folder).map_err(|error| format!("make {}: {error}", folder.display()))?;
    file::write(path, after.as_bytes(), 0o644, before)?;
    unit::read_again(limit).await
}

/// Takes them away, and the folder where nothing else lies in it.
pub(super) async fn take_away(
    path: &Path,
    content: Option<&FileImage>,
    limit: Duration,
) -> Result<(), String> {
    file::restore(path, content)?;
    if let (None, Some(folder)) = (content, path.parent()) {
        // One that holds something is not removed.
        let _ = fs::remove_dir(folder);
    }
    unit::read_again(limit).await
}
