//! The binary against real stages: what it finds from outside, run where the visitor is, and what it finds from
//! within, run in the origin; and that each fault breaks what it says. Where this machine cannot raise a stage, every
//! test is counted as ignored, with the reason; with `LAB_ALL=1` it fails. A whole run also writes or compares its
//! part of `docs/accuracy.md`.

#[path = "real/diagnosing.rs"]
mod diagnosing;
#[path = "real/manners.rs"]
mod manners;
#[path = "real/page.rs"]
mod page;
#[path = "real/shown.rs"]
mod shown;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use rayfix_lab::real::{faults, lookalikes, mixtures, needs, tunnels};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for (doc, fault) in faults::ALL {
        let stage = diagnosing::plain;
        trials.push(trial(doc.file, move || diagnosing::of_fault(doc, fault, stage)));
    }
    for (doc, fault) in tunnels::ALL {
        let stage = diagnosing::tunnelled;
        trials.push(trial(doc.file, move || diagnosing::of_fault(doc, fault, stage)));
    }
    let anew = "a_unit_written_anew_for_another_tunnel_is_not_certain";
    trials.push(trial(anew, diagnosing::of_a_unit_written_anew));
    for (doc, lookalike) in lookalikes::ALL {
        let name = format!("{}_is_blamed_on_nothing", doc.file);
        trials.push(trial(&name, move || diagnosing::of_lookalike(doc, lookalike)));
    }
    for (first, second) in mixtures::pairs() {
        let name = format!("{}_and_{}", first.0.file, second.0.file);
        trials.push(trial(&name, move || diagnosing::of_pair(first, second)));
    }
    for (beside, fault) in mixtures::distracted() {
        let name = format!("{}_beside_{}", fault.0.file, beside.0.file);
        trials.push(trial(&name, move || diagnosing::beside(beside, fault)));
    }
    for (name, test) in manners::TESTS {
        trials.push(trial(name, test));
    }
    let all = trials.len();
    let ended = libtest_mimic::run(&arguments, trials);
    // What failed has no row, and is the last thing to be read.
    if needs::missing().is_none() && ended.num_passed == all as u64 {
        page::settle();
    }
    ended.exit_code()
}

/// A test that cannot run here says so.
fn trial(name: &str, test: impl FnOnce() -> Result<(), Failed> + Send + 'static) -> Trial {
    let Some((reason, fails)) = needs::skipped() else { return Trial::test(name, test) };
    let said = Failed::from(&reason);
    Trial::test(name, || Err(said)).with_kind(reason).with_ignored_flag(!fails)
}
