//! certbot: has a certificate got, and everything that it changed on the way made as it was.
//!
//! What was issued stays issued, at the authority: an undo forgets it, as a restored backup would. certbot's logs
//! and its working folder are left as they are, but for the checkpoint of a run that was killed: with it the next
//! run of certbot would put nginx's files of then over whatever they hold by now.

use std::time::Duration;

use rayfix_core::plan::run::Thing;
use rayfix_core::plan::{FilePath, Gets, PreImage, Tool, UnitName, Verb};

use super::{tool, tree, unit};

/// An authority proves names, some by records of DNS that take their time. Shorter than the time that all steps of
/// a run have together.
const PATIENCE: Duration = Duration::from_secs(90);

/// Has it got.
pub(super) async fn act(gets: &Gets) -> Result<(), String> {
    tool::run(Tool::Certbot, &gets.arguments(), PATIENCE).await.map(drop)
}

/// Makes everything as it was, and has the web server read that, where it runs at all.
pub(super) async fn restore(
    keeps: &[FilePath],
    things: &[(FilePath, Thing)],
    server: &UnitName,
    limit: Duration,
) -> Result<(), String> {
    tree::restore(keeps, things)?;
    match unit::look(server).await? {
        PreImage::Unit { active, .. } if unit::is_on(&active) => {
            unit::act(server, Verb::Reload, limit).await
        }
        _ => Ok(()),
    }
}
