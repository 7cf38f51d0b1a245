//! What must hold once a plan is carried out; it is asked again, and nothing but the answer proves it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Action, Plan, UnitName};
use crate::diagnosis::Diagnosis;
use crate::evidence::Evidence;
use crate::scene::Scene;
use crate::scene::host::{OnHost, tunnel};
use crate::target::Target;

/// Something to be seen afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "that", rename_all = "kebab-case")]
pub enum Promise {
    /// Visits through the edge are served, so many in a row.
    VisitsServed {
        /// In a row.
        times: u32,
    },
    /// The origin serves when it is asked straight.
    OriginServes,
    /// This cause is no longer blamed.
    NotBlamed {
        /// `app-stopped`.
        cause: String,
    },
    /// A unit is at work.
    UnitActive {
        /// Which.
        unit: UnitName,
    },
    /// The connector of the site's tunnel runs, and says that it is connected, where it says anything.
    ConnectorReady,
    /// Every range of Cloudflare's is let in on these ports.
    RangesAccepted {
        /// Which.
        ports: Vec<u16>,
    },
}

/// The target as it is once a plan is carried out: with the SSL mode that it sets.
#[must_use]
pub fn target_then(plan: &Plan, target: &Target) -> Target {
    let mut then = target.clone();
    for step in &plan.steps {
        let Action::SetZoneSetting { name, to, .. } = &step.action else { continue };
        let mode = to.as_str().and_then(|word| word.parse().ok());
        if let ("ssl", Some(mode)) = (name.as_str(), mode) {
            then.ssl_mode = Some(mode);
        }
    }
    then
}

/// The units whose state the promises are about.
pub fn units(promises: &[Promise]) -> impl Iterator<Item = &UnitName> {
    promises.iter().filter_map(|promise| match promise {
        Promise::UnitActive { unit } => Some(unit),
        _ => None,
    })
}

/// The promises that do not hold, as far as a sitting shows and systemd says of units. What was not seen does not
/// hold.
#[must_use]
pub fn missing<'a>(
    promises: &'a [Promise],
    evidence: &Evidence,
    diagnosis: &Diagnosis<'_>,
    active: &BTreeSet<UnitName>,
) -> Vec<&'a Promise> {
    let scene = Scene::new(evidence);
    promises.iter().filter(|promise| !holds(promise, &scene, diagnosis, active)).collect()
}

fn holds(
    promise: &Promise,
    scene: &Scene<'_>,
    diagnosis: &Diagnosis<'_>,
    active: &BTreeSet<UnitName>,
) -> bool {
    match promise {
        Promise::VisitsServed { times } => {
            let good = scene.visits.good.len();
            good >= usize::try_from(*times).unwrap_or(usize::MAX) && scene.visits.bad.is_empty()
        }
        // Where no address is known, visits are all that can be asked.
        Promise::OriginServes => {
            let used = scene.used_roads();
            used.is_empty() || used.iter().any(|(road, _)| road.status().is_some_and(|at| at < 500))
        }
        Promise::NotBlamed { cause } => {
            !diagnosis.findings.iter().any(|finding| finding.cause == *cause)
        }
        Promise::UnitActive { unit } => active.contains(unit),
        Promise::ConnectorReady => tunnel::is_ready(scene),
        Promise::RangesAccepted { ports } => {
            let Some((_, seen)) = scene.host.as_ref().and_then(OnHost::firewall) else {
                return false;
            };
            ports.iter().all(|port| seen.lets_in(*port))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::diagnose;
    use crate::scene::host::firewall_sample::Filter;
    use crate::scene::host::stage::Stage;
    use crate::scene::sample::Sitting;

    fn holds(promise: &Promise, sitting: Sitting, active: &[&str]) -> bool {
        let evidence = sitting.evidence();
        let active = active.iter().map(|unit| UnitName::new(unit).unwrap()).collect();
        missing(std::slice::from_ref(promise), &evidence, &diagnose(&evidence), &active).is_empty()
    }

    #[test]
    fn what_was_not_seen_does_not_hold() {
        let unit = Promise::UnitActive { unit: UnitName::new("shop.service").unwrap() };
        assert!(holds(&unit, Sitting::healthy(), &["shop.service"]));
        assert!(!holds(&unit, Sitting::healthy(), &["nginx.service"]));
        assert!(!holds(&Promise::ConnectorReady, Sitting::healthy(), &[]));
        let ranges = Promise::RangesAccepted { ports: vec![443] };
        assert!(!holds(&ranges, Sitting::healthy(), &[]), "nobody looked at the rules");
    }

    #[test]
    fn ranges_are_let_in_where_the_rules_say_so_of_every_one() {
        let fares = |filter: Filter, ports: &[u16]| {
            let promise = Promise::RangesAccepted { ports: ports.to_vec() };
            holds(&promise, Sitting::filtered().filter(filter), &[])
        };
        assert!(fares(Filter::open(), &[80, 443]));
        assert!(fares(Filter::open().limits(443), &[443]), "a limit lets in");
        assert!(!fares(Filter::open(), &[443, 8443]), "not asked");
        assert!(!fares(Filter::open().drops(443, &["104.16.0.0/13"]), &[443]));
        assert!(fares(Filter::open().drops(80, &["104.16.0.0/13"]), &[443]));
        assert!(!fares(Filter::open().unknown(443), &[443]));
        assert!(!fares(Filter::open().turned(|seen| seen.rules_missing = true), &[443]));
    }

    #[test]
    fn a_connector_is_ready_when_it_says_so_or_runs_and_cannot_be_asked() {
        let fares = |stage: Stage| holds(&Promise::ConnectorReady, stage.sitting(), &[]);
        assert!(fares(Stage::connected()));
        assert!(fares(Stage::connected().tune(|one| one.local = None)));
        assert!(!fares(Stage::connected().ready(0)));
        assert!(!fares(Stage::stopped()));
        assert!(!fares(Stage::nothing_here()));
        assert!(fares(Stage::connected().rules_unknown()), "nobody knows whose it is, and it runs");
    }
}
