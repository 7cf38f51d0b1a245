//! What several fixes say alike: a unit of systemd's, the promises about a site, the site's target.

use crate::diagnosis::Finding;
use crate::plan::{Action, Plan, Promise, Safety, Step, UnitName, Verb};
use crate::scene::Scene;

/// The unit that a finding names.
pub(super) fn unit(finding: &Finding, whose: &str) -> Result<UnitName, String> {
    let named = finding.detail.get("unit").and_then(|unit| unit.as_str());
    let named = named.ok_or_else(|| format!("No unit of systemd's is known for {whose}."))?;
    UnitName::new(named).map_err(|error| format!("`{named}` cannot be acted on: {error}."))
}

/// A step that has systemd do something.
pub(super) fn step(unit: &UnitName, verb: Verb, why: &str, blast: &str) -> Step {
    Step {
        action: Action::Unit { unit: unit.clone(), verb },
        why: why.to_owned(),
        safety: Safety::Unattended,
        blast: blast.to_owned(),
        by_hand: Vec::new(),
    }
}

/// What proves that a site is back.
pub(super) fn served(finding: &Finding) -> Vec<Promise> {
    vec![
        Promise::VisitsServed { times: 3 },
        Promise::OriginServes,
        Promise::NotBlamed { cause: finding.cause.clone() },
    ]
}

/// What is to be said of a permission that a step needs: Cloudflare's API names no token's permissions to the token
/// itself, and to try it would be to do it.
pub(super) fn needs(permission: &str) -> String {
    format!(
        "The token needs {permission}. Whether it has that shows when it is used; if not, what was done is taken back."
    )
}

/// A plan without cautions.
pub(super) fn plan(
    fix: &str,
    finding: &Finding,
    scene: &Scene<'_>,
    summary: String,
    steps: Vec<Step>,
) -> Plan {
    Plan {
        fix: fix.to_owned(),
        cause: finding.cause.clone(),
        host: scene.target.site.host.clone(),
        summary,
        steps,
        promises: served(finding),
        cautions: Vec::new(),
    }
}
