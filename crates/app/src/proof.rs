//! The proof that a plan has mended the site: its promises are asked again until they hold.
//!
//! Each try is a whole sitting like the first one: visits through the edge, questions straight to the origin,
//! the look into it. A promise that does not hold yet is asked again until the time is over; what was missing
//! last is told.

use std::time::Duration;

use rayfix_core::diagnose::diagnose;
use rayfix_core::diagnosis::Diagnosis;
use rayfix_core::evidence::Evidence;
use rayfix_core::plan::promise::{missing, target_then, units};
use rayfix_core::plan::{Plan, Promise, tell};
use rayfix_core::report::Report;
use rayfix_world::{clock, mend};

use crate::asking::Asking;

/// How to prove a plan.
pub(crate) struct Proof<'a> {
    pub(crate) plan: &'a Plan,
    /// What was seen before.
    pub(crate) evidence: &'a Evidence,
    pub(crate) asking: &'a Asking,
    pub(crate) patience: Duration,
}

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(300);

impl Proof<'_> {
    /// Asks until every promise holds.
    ///
    /// # Errors
    /// A sentence: what does not hold.
    pub(crate) async fn ask(&self) -> Result<(), String> {
        let ends = clock::instant() + self.patience;
        let target = target_then(self.plan, &self.evidence.target);
        let mut seen: Option<String> = None;
        loop {
            let left = ends.saturating_duration_since(clock::instant());
            let evidence = self.asking.again(&target, left).await;
            let evidence = evidence.map_err(|refusal| refusal.to_string())?;
            let diagnosis = diagnose(&evidence);
            let promises = &self.plan.promises;
            let active = mend::active(units(promises)).await;
            let missing = missing(promises, &evidence, &diagnosis, &active);
            let Some(first) = missing.first() else { return Ok(()) };
            let now = clock::instant();
            // What the end of the time cut short shows less than the try before.
            if now < ends || seen.is_none() {
                seen = Some(instead(first, &diagnosis));
            }
            if now + PAUSE >= ends {
                let most = self.patience.as_secs();
                let seen = seen.unwrap_or_default();
                return Err(format!("Within {most} s it could not be seen that {seen}"));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// What does not hold, and what was seen instead: `3 visits … are served: all 5 visits got 502. C801 …`.
fn instead(missing: &Promise, diagnosis: &Diagnosis<'_>) -> String {
    let report = Report::of(diagnosis);
    let mut said = format!("{}: {}.", tell::promised(missing), report.symptom.text);
    if let Some(finding) = report.findings.first() {
        let (code, cause, sure) = (finding.code, &finding.cause, finding.confidence.word());
        said.push_str(&format!(" Blamed now: {code} {cause} ({sure})."));
    }
    said
}
