//! The binary against real stages: what it finds from outside, run where the visitor is. Where this machine cannot
//! raise a stage, every test is counted as ignored, with the reason; with `LAB_ALL=1` it fails.

use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use rayfix_lab::real::{self, RealStage, faults, needs};
use serde_json::Value;

const SITE: &str = "https://shop.example.test/";
const BINARY: &str = env!("CARGO_BIN_EXE_rayfix");

fn main() -> ExitCode {
    let mut trials = vec![
        trial("healthy", || from_outside(None, None)),
        trial("the_binary_runs_in_the_origin", in_the_origin),
    ];
    for (doc, fault) in faults::ALL {
        trials.push(trial(doc.file, || from_outside(Some(fault), fault.from_outside)));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// A test that cannot run here says so.
fn trial(name: &str, test: impl FnOnce() -> Result<(), Failed> + Send + 'static) -> Trial {
    let Some((reason, fails)) = needs::skipped() else { return Trial::test(name, test) };
    let said = Failed::from(&reason);
    Trial::test(name, || Err(said)).with_kind(reason).with_ignored_flag(!fails)
}

fn from_outside(fault: Option<&faults::Fault>, expected: Option<&str>) -> Result<(), Failed> {
    let stage = RealStage::healthy().raise()?;
    if let Some(fault) = fault {
        (fault.break_it)(&stage)?;
    }
    let ca_file = stage.ca_file().to_string_lossy();
    let told = stage.exec_at_visitor(&[
        BINARY,
        "diagnose",
        SITE,
        "--origin",
        real::ORIGIN_V4,
        "--origin",
        real::ORIGIN_V6,
        "--ca-file",
        &ca_file,
        "--format",
        "json",
    ])?;
    assert!(matches!(told.code, Some(0 | 1)), "{told:?}");
    let diagnosis: Value = serde_json::from_str(&told.out)?;
    let first = diagnosis["findings"][0]["cause"].as_str();
    // A fault that few visits meet may be found as well.
    let right =
        first == expected || (expected.is_none() && first == fault.map(|fault| fault.breeds));
    assert!(right, "{first:?} instead of {expected:?}: {}", diagnosis["findings"]);
    Ok(())
}

fn in_the_origin() -> Result<(), Failed> {
    let stage = RealStage::healthy().raise()?;
    stage.install_program(Path::new(BINARY))?;
    let version = stage.order(&["rayfix", "--version"])?;
    assert!(version.starts_with("rayfix "), "{version}");
    stage.write("/root/ca.pem", "644", &std::fs::read(stage.ca_file())?)?;
    let told = stage.exec_in_origin(&["rayfix", "diagnose", SITE, "--ca-file", "/root/ca.pem"])?;
    told.succeeded()?;
    Ok(())
}
