//! Starts the app's unit.
//!
//! # What it changes
//! The unit that should answer for the app is started. Whether it starts at boot stays as it was.
//!
//! # What could go wrong
//! It may fail again at once, for the reason that stopped it; then it is stopped again and the log says why.
//!
//! # How we check
//! systemd calls it active, somebody accepts where the web server hands requests to, and three visits in a row
//! through the edge and one straight to the origin are served.
//!
//! # By hand
//! `systemctl start UNIT`, then `systemctl status UNIT`.
use super::{Fix, Materials, Wants};
use crate::diagnosis::Finding;
use crate::plan::{Action, Plan, Promise, Safety, Step, UnitName, Verb};
use crate::scene::Scene;

/// The fix.
pub static UNIT: Fix = Fix { cures: &["app-stopped"], wants: |_, _| Wants::default(), plan };

fn plan(finding: &Finding, scene: &Scene<'_>, _: &Materials) -> Result<Plan, String> {
    let unit = finding.detail.get("unit").and_then(|unit| unit.as_str());
    let unit = unit.ok_or("No unit is known that should answer for the app.")?;
    let unit =
        UnitName::new(unit).map_err(|error| format!("`{unit}` cannot be acted on: {error}."))?;
    Ok(Plan {
        fix: "app-start".to_owned(),
        cause: finding.cause.clone(),
        host: scene.target.site.host.clone(),
        summary: format!("Start {unit}."),
        steps: vec![Step {
            action: Action::Unit { unit: unit.clone(), verb: Verb::Start },
            why: format!("{unit} should answer for the app, and it is stopped."),
            safety: Safety::Unattended,
            blast: "The app starts; nothing else is touched.".to_owned(),
            by_hand: Vec::new(),
        }],
        promises: vec![
            Promise::UnitActive { unit },
            Promise::VisitsServed { times: 3 },
            Promise::OriginServes,
            Promise::NotBlamed { cause: finding.cause.clone() },
        ],
        cautions: Vec::new(),
    })
}
