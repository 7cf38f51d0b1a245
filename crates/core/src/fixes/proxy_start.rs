//! Starts the web server's unit.
//!
//! # What it changes
//! The unit of the web server is started. Where it has not run since the machine was started and nothing starts it
//! then, it is enabled; else whether it starts at boot stays as it was.
//!
//! # What could go wrong
//! Another program may hold its port, or its configuration may not do; then it does not start, and its log says
//! why.
//!
//! # How we check
//! Its configuration is tried first; then three visits in a row through the edge and one straight to the origin
//! are served.
//!
//! # By hand
//! `nginx -t`, `systemctl start nginx`.
use super::{Fix, Materials, Wants, common};
use crate::diagnosis::Finding;
use crate::plan::{Plan, Promise, Step, Verb};
use crate::scene::Scene;

/// The fix.
pub static UNIT: Fix = Fix { cures: &["proxy-stopped"], wants: |_, _| Wants::default(), plan };

fn plan(finding: &Finding, scene: &Scene<'_>, _: &Materials) -> Result<Plan, String> {
    let unit = common::unit(finding, "the web server")?;
    if let Some(who) = finding.detail.get("port_taken_by").and_then(|who| who.as_str()) {
        return Err(format!(
            "Its port is held by {who}; that must end first, and only you know whether it may."
        ));
    }
    let mut steps: Vec<Step> = common::tried(&unit).into_iter().collect();
    steps.push(common::start_count_forgotten(&unit));
    let why = format!("{unit} is the web server, and it is stopped.");
    steps.push(common::step(
        &unit,
        Verb::Start,
        &why,
        "All sites of this web server are served again.",
    ));
    steps.extend(common::enabled_at_boot(scene, &unit));
    let mut plan = common::plan("proxy-start", finding, scene, format!("Start {unit}."), steps);
    plan.promises.push(Promise::UnitActive { unit });
    Ok(plan)
}
