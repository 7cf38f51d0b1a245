//! Starts the tunnel's connector.
//!
//! # What it changes
//! cloudflared's unit is started, or started anew where it hangs. Where it has not run since the machine was started
//! and nothing starts it then, it is enabled.
//!
//! # What could go wrong
//! Where its token or its configuration does not do, it stops again, and its log says why.
//!
//! # How we check
//! The connector says that it is connected (`/ready`), and three visits in a row through the edge are served.
//!
//! # By hand
//! `systemctl restart cloudflared`, then `journalctl -u cloudflared -n 20`: it says `Registered tunnel
//! connection`.
use super::{Fix, Materials, Wants, common};
use crate::diagnosis::Finding;
use crate::plan::{Plan, Promise, Verb};
use crate::scene::Scene;

/// The fix.
pub static UNIT: Fix = Fix {
    cures: &["tunnel-connector-stopped", "tunnel-connections-missing"],
    wants: |_, _| Wants::default(),
    plan,
};

fn plan(finding: &Finding, scene: &Scene<'_>, _: &Materials) -> Result<Plan, String> {
    if ["file_is_missing", "file_is_forbidden"].iter().any(|key| finding.detail.contains_key(*key))
    {
        return Err("It cannot start without the file that it is told to read.".to_owned());
    }
    let unit = common::unit(finding, "the connector")?;
    let mut steps = vec![
        common::start_count_forgotten(&unit),
        common::step(
            &unit,
            Verb::Restart,
            &format!("{unit} should hold the tunnel, and it does not."),
            "All sites of this tunnel are cut off for some seconds, if any were served.",
        ),
    ];
    steps.extend(common::enabled_at_boot(scene, &unit));
    let mut plan =
        common::plan("tunnel-restart-connector", finding, scene, format!("Start {unit}."), steps);
    plan.promises.extend([Promise::UnitActive { unit }, Promise::ConnectorReady]);
    Ok(plan)
}
