//! How a run ended, as this process saw it: for a document about a run whose journal is gone, or tells less.
//!
//! A disk that is full, or a folder that somebody cleared, must not have a program read "refused" or "half done" of a
//! fix that was carried out and proven.

use jiff::Timestamp;
use rayfix_core::plan::run::VERSION;
use rayfix_core::plan::{Journaled, Plan, RunState};

use super::carry::Carried;

/// The lines to tell a run by: the journal's where they tell the end that was seen, else the few that are known.
///
/// `journal`: `None` where it could not be read. `at`: when the run began.
#[must_use]
pub fn lines(
    journal: Option<Vec<Journaled>>,
    plan: &Plan,
    carried: &Carried,
    at: Timestamp,
) -> Vec<Journaled> {
    let seen = seen(plan, carried, at);
    match journal {
        Some(lines) if RunState::of(&lines) == RunState::of(&seen) => lines,
        _ => seen,
    }
}

fn seen(plan: &Plan, carried: &Carried, at: Timestamp) -> Vec<Journaled> {
    let (run, confirm_within_s) = match carried {
        Carried::Refused { .. } => return Vec::new(),
        Carried::Kept { run } | Carried::Failed { run, .. } => (run, None),
        Carried::Waits { run, within } => (run, Some(within.as_secs())),
    };
    let boot = String::new();
    let planned = Journaled::Planned {
        version: VERSION,
        run: run.clone(),
        at,
        plan: Box::new(plan.clone()),
        boot,
        confirm_within_s,
    };
    let Carried::Failed { why, back, .. } = carried else {
        return vec![planned, Journaled::Proven { at }];
    };
    let (why, differs) = (why.clone(), back.differs.clone());
    vec![
        planned,
        Journaled::Failed { step: None, at, why: why.clone() },
        Journaled::Undoing { at, why },
        Journaled::Undid { step: 0, at, differs },
        Journaled::Undone { at },
    ]
}

#[cfg(test)]
mod tests {
    use rayfix_core::plan::{RunId, tell};
    use serde_json::Value;

    use super::*;
    use crate::mend::TakenBack;

    const RUN: &str = "20261122T140312Z-1f0c";

    fn plan() -> Plan {
        Plan {
            fix: "app-start".to_owned(),
            cause: "app-stopped".to_owned(),
            host: "shop.example.test".to_owned(),
            summary: "Start shop.service.".to_owned(),
            steps: Vec::new(),
            promises: Vec::new(),
            cautions: Vec::new(),
        }
    }

    fn told(journal: Option<Vec<Journaled>>, carried: &Carried) -> Value {
        let lines = lines(journal, &plan(), carried, Timestamp::UNIX_EPOCH);
        serde_json::from_str(&tell::run(RUN, &lines, &[])).unwrap()
    }

    fn run() -> RunId {
        RunId::new(RUN).unwrap()
    }

    #[test]
    fn a_fix_that_was_proven_is_told_as_kept_where_its_journal_is_gone() {
        let told = told(None, &Carried::Kept { run: run() });
        assert_eq!((&told["state"], &told["fix"]), (&"kept".into(), &"app-start".into()), "{told}");
    }

    #[test]
    fn a_run_that_was_taken_back_is_told_so_where_the_journal_ends_in_the_middle() {
        let back = TakenBack::default();
        let why = "The site is not back.".to_owned();
        let carried = Carried::Failed { run: run(), why, back };
        let mut halfway = seen(&plan(), &carried, Timestamp::UNIX_EPOCH);
        halfway.truncate(3);
        let told = told(Some(halfway), &carried);
        assert_eq!(
            (&told["state"], &told["why"]),
            (&"undone".into(), &"The site is not back.".into()),
            "{told}"
        );
    }
}
