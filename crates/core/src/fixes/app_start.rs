//! Starts the app's unit.
//!
//! # What it changes
//! systemd forgets how often the unit was started, so that a limit on starts does not stand in the way, and the
//! unit that should answer for the app is started. Where it has not run since the machine was started and nothing
//! starts it then, it is enabled; else whether it starts at boot stays as it was.
//!
//! # What could go wrong
//! It may fail again at once, for the reason that stopped it; then it is stopped again and the log says why.
//!
//! # How we check
//! Where it can check its configuration (php-fpm), that comes first; then systemd calls it active, and three visits in a row through the edge and one straight to the origin are served.
//!
//! # By hand
//! `php-fpm8.2 -t` for PHP, `systemctl reset-failed UNIT`, `systemctl start UNIT`, then `systemctl status UNIT`.
use super::{Fix, Materials, Wants, common};
use crate::diagnosis::Finding;
use crate::plan::{Plan, Promise, Step, Verb};
use crate::scene::Scene;

/// The fix.
pub static UNIT: Fix = Fix { cures: &["app-stopped"], wants: |_, _| Wants::default(), plan };

fn plan(finding: &Finding, scene: &Scene<'_>, _: &Materials) -> Result<Plan, String> {
    let unit = common::unit(finding, "the app")?;
    let why = format!("{unit} should answer for the app, and it is stopped.");
    let mut steps: Vec<Step> = common::tried(&unit).into_iter().collect();
    steps.extend([
        common::start_count_forgotten(&unit),
        common::step(&unit, Verb::Start, &why, "The app starts; nothing else is touched."),
    ]);
    steps.extend(common::enabled_at_boot(scene, &unit));
    let mut plan = common::plan("app-start", finding, scene, format!("Start {unit}."), steps);
    plan.promises.push(Promise::UnitActive { unit });
    Ok(plan)
}
