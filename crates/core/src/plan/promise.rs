//! What must hold once a plan is carried out; it is asked again, and nothing but the answer proves it.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::{Action, Plan};
use crate::diagnosis::Diagnosis;
use crate::evidence::Evidence;
use crate::scene::Scene;
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
        unit: super::UnitName,
    },
    /// Somebody accepts connections there.
    Accepts {
        /// Where.
        at: SocketAddr,
    },
    /// Somebody accepts connections at a socket file.
    AcceptsAt {
        /// Which.
        path: super::FilePath,
    },
    /// A connector says that it is ready.
    ConnectorReady {
        /// Its metrics address.
        metrics: SocketAddr,
    },
    /// Every range of Cloudflare's is let in on these ports, and every logged-in session stays.
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

/// The promises that do not hold, as far as a sitting shows.
#[must_use]
pub fn missing<'a>(
    promises: &'a [Promise],
    evidence: &Evidence,
    diagnosis: &Diagnosis<'_>,
) -> Vec<&'a Promise> {
    promises.iter().filter(|promise| !holds(promise, evidence, diagnosis)).collect()
}

fn holds(promise: &Promise, evidence: &Evidence, diagnosis: &Diagnosis<'_>) -> bool {
    let scene = Scene::new(evidence);
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
        // What hands wait for is asked by them; here it shows in the visits.
        Promise::UnitActive { .. }
        | Promise::Accepts { .. }
        | Promise::AcceptsAt { .. }
        | Promise::ConnectorReady { .. }
        | Promise::RangesAccepted { .. } => true,
    }
}
