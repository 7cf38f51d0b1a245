//! What several fixes say alike: a unit of systemd's, the promises about a site, the site's target.

use crate::diagnosis::Finding;
use crate::plan::{Action, Plan, Promise, Safety, Step, Tool, UnitName, Verb};
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

/// The step before a start: systemd refuses more than five in ten seconds.
pub(super) fn start_count_forgotten(unit: &UnitName) -> Step {
    let why =
        "systemd counts starts, and refuses where there were too many; the count begins anew.";
    step(unit, Verb::ResetFailed, why, "")
}

/// The program's own check of its configuration, where it has one that only reads: it comes before a start.
pub(super) fn tried(unit: &UnitName) -> Option<Step> {
    let (tool, arguments): (_, &[&str]) = match unit.as_str() {
        "nginx.service" => return Some(nginx_tried()),
        "apache2.service" => (Tool::Apache2ctl, &["-t"]),
        other => (php(other)?, &["-t"]),
    };
    Some(check(tool, arguments))
}

/// nginx's own check of its configuration.
pub(super) fn nginx_tried() -> Step {
    check(Tool::Nginx, &["-t", "-q"])
}

fn check(tool: Tool, arguments: &[&str]) -> Step {
    let arguments = arguments.iter().map(|&word| word.to_owned()).collect();
    Step {
        action: Action::Run { tool, arguments },
        why: "Its configuration must do.".to_owned(),
        safety: Safety::Unattended,
        blast: String::new(),
        by_hand: Vec::new(),
    }
}

/// `php8.2-fpm.service` is run by `php-fpm8.2`.
fn php(unit: &str) -> Option<Tool> {
    let version = unit.strip_prefix("php")?.strip_suffix("-fpm.service")?;
    let (major, minor) = version.split_once('.')?;
    Some(Tool::PhpFpm { major: major.parse().ok()?, minor: minor.parse().ok()? })
}

/// The step that has a unit started with the machine, where nothing does and it has not run since the machine was
/// started: then it would be down again after the next restart.
pub(super) fn enabled_at_boot(scene: &Scene<'_>, unit: &UnitName) -> Option<Step> {
    let (_, seen) = scene.host.as_ref()?.unit(unit.as_str())?;
    let never = seen.started.is_none() && seen.ended.is_none();
    (never && seen.enabled.as_deref() == Some("disabled")).then(|| {
        let why =
            "Nothing starts it with the machine: the next restart would leave it stopped again.";
        step(unit, Verb::Enable, why, "It starts with the machine from now on.")
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::UnitName;

    #[test]
    fn a_program_checks_its_own_configuration_before_it_is_started() {
        let of = |unit: &str| {
            let step = tried(&UnitName::new(unit).unwrap())?;
            let Action::Run { tool, arguments } = step.action else { return None };
            Some(format!("{} {}", tool.program(), arguments.join(" ")))
        };
        for (unit, wanted) in [
            ("nginx.service", Some("nginx -t -q")),
            ("apache2.service", Some("apache2ctl -t")),
            ("php8.2-fpm.service", Some("php-fpm8.2 -t")),
            ("php7.4-fpm.service", Some("php-fpm7.4 -t")),
            ("php-fpm.service", None),
            ("php8.2;x-fpm.service", None),
            ("shop.service", None),
        ] {
            let found = UnitName::new(unit).ok().and_then(|_| of(unit));
            assert_eq!(found.as_deref(), wanted, "{unit}");
        }
    }
}
