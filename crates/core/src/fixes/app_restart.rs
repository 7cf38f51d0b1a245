//! Starts the app's unit anew after it was killed or hangs.
//!
//! # What it changes
//! systemd forgets that the unit failed, so that a limit on starts does not stand in the way, and the unit is
//! stopped and started.
//!
//! # What could go wrong
//! Requests that the app is working on are cut off. What killed it (memory, a limit, a fault of its own) may kill
//! it again; the finding says what it was.
//!
//! # How we check
//! Where it can check its configuration (php-fpm), that comes first; then systemd calls it active, and three visits in a row through the edge and one straight to the origin are served.
//!
//! # By hand
//! `systemctl reset-failed UNIT`, `systemctl restart UNIT`, then `journalctl -u UNIT -n 50`.
use super::{Fix, Materials, Wants, common};
use crate::diagnosis::Finding;
use crate::plan::{Plan, Promise, Step, Verb};
use crate::scene::Scene;

/// The fix.
pub static UNIT: Fix = Fix {
    cures: &["app-killed", "app-worker-timeout", "proxy-upstream-timeout"],
    wants: |_, _| Wants::default(),
    plan,
};

fn plan(finding: &Finding, scene: &Scene<'_>, _: &Materials) -> Result<Plan, String> {
    let unit = common::unit(finding, "the app")?;
    let cut = "Requests that the app is working on are cut off.";
    let mut steps: Vec<Step> = common::tried(&unit).into_iter().collect();
    steps.extend([
        common::start_count_forgotten(&unit),
        common::step(
            &unit,
            Verb::Restart,
            &format!("{unit} answers for the app, and does not."),
            cut,
        ),
    ]);
    let mut plan = common::plan("app-restart", finding, scene, format!("Restart {unit}."), steps);
    plan.promises.push(Promise::UnitActive { unit });
    plan.cautions.push(
        "A restart does not take away why it came to this; the finding and its log say what it was.".to_owned(),
    );
    Ok(plan)
}
