//! What a change of the zone's SSL mode does to the zone's other names, told in the plan that makes it.
//!
//! The same question as `rayfix ssl-mode` asks, for a shorter time: whoever reads the plan decides with it. Where it
//! cannot be asked, the plan says so.

use std::sync::Arc;
use std::time::Duration;

use rayfix_core::plan::{Action, Plan};
use rayfix_core::radius::{Change, Report};
use rayfix_core::target::SslMode;
use rayfix_world::cloudflare::Client;
use rayfix_world::radius::survey;

use crate::asking::{Asking, runtime};
use crate::refusal::Refusal;

/// For all origins together.
const ORIGINS: Duration = Duration::from_secs(15);
/// For the account's answers and the origins.
const WHOLE: Duration = Duration::from_secs(25);
/// Names that are told.
const NAMED: usize = 5;

/// Puts it before the plan's other cautions, if the plan sets a mode.
///
/// # Errors
/// When a file that an option names cannot be used.
pub(super) fn tell(
    plan: &mut Plan,
    zone: Option<&str>,
    account: Option<&Arc<Client>>,
    asking: &Asking,
) -> Result<(), Refusal> {
    let mode = plan.steps.iter().find_map(|step| match &step.action {
        Action::SetZoneSetting { name, to, .. } if name == "ssl" => to.as_str()?.parse().ok(),
        _ => None,
    });
    let (Some(mode), Some(zone), Some(account)) = (mode, zone, account) else { return Ok(()) };
    let asking = asking.survey(Arc::clone(account), zone, mode, ORIGINS)?;
    let runtime = runtime()?;
    let asked = runtime.block_on(async { tokio::time::timeout(WHOLE, survey(&asking)).await });
    runtime.shutdown_background();
    let told = match asked {
        Ok(Ok(zone)) => said(&Report::of(&zone, Some(mode)), mode),
        _ => "What it does to the zone's other names could not be asked.".to_owned(),
    };
    plan.cautions.insert(0, told);
    Ok(())
}

fn said(report: &Report<'_>, mode: SslMode) -> String {
    let mut names: Vec<&str> = Vec::new();
    for row in report.rows.iter().filter(|row| row.worst() == Some(Change::Breaks)) {
        if !names.contains(&row.record.host.as_str()) {
            names.push(&row.record.host);
        }
    }
    let (shown, more) = names.split_at(names.len().min(NAMED));
    let mut text = report.headline.clone();
    if !shown.is_empty() {
        let more = match more.len() {
            0 => String::new(),
            number => format!(" and {number} more"),
        };
        let which = shown.join(", ");
        text.push_str(&format!(" In mode {} these would break: {which}{more}.", mode.word()));
    }
    text
}
