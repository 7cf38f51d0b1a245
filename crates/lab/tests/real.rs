//! Real stages: a booted Debian behind the edge serves visitors, beside others, and leaves nothing behind. That each
//! fault breaks what the visitor gets is shown where it is diagnosed, on the same stage. Where this machine cannot raise a stage, every test is counted as ignored, with the reason; with
//! `LAB_ALL=1` it fails.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Command, ExitCode, Stdio};
use std::thread;

use libtest_mimic::{Arguments, Failed, Trial};
use rayfix_lab::real::{self, RealStage, faults, lookalikes, needs, tunnels};

const SITE: &str = "https://shop.example.test/";
/// So many visits that each of Cloudflare's ranges has been used: its 15 and 7 prefixes have their
/// turn on every second visit.
const EVERY_RANGE: usize = 30;

/// The variable that names a fault (or `healthy`) to be staged and held until the input ends.
const HOLD: &str = "LAB_REAL_HOLD";

fn main() -> ExitCode {
    if let Some(fault) = std::env::var_os(HOLD) {
        return hold(&fault.to_string_lossy());
    }
    let trials = vec![
        trial("a_healthy_stage_serves_visitors_and_knows_them_apart", healthy),
        trial("stages_stand_side_by_side_and_leave_nothing_behind", side_by_side),
        trial("what_a_killed_run_left_is_taken_down_by_the_next", killed),
        trial("a_healthy_tunnel_serves_visitors", healthy_tunnel),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// A test that cannot run here says so.
fn trial(name: &str, test: impl FnOnce() -> Result<(), Failed> + Send + 'static) -> Trial {
    let Some((reason, fails)) = needs::skipped() else { return Trial::test(name, test) };
    let said = Failed::from(&reason);
    Trial::test(name, || Err(said)).with_kind(reason).with_ignored_flag(!fails)
}

fn healthy() -> Result<(), Failed> {
    let stage = RealStage::healthy().raise()?;
    for _ in 0..EVERY_RANGE {
        assert_eq!(stage.visit(SITE)?, 200);
    }
    assert_eq!(stage.visit("http://shop.example.test/")?, 200, "the plain port");
    for origin in [real::ORIGIN_V4, "[2001:db8:10::10]"] {
        let past = format!("shop.example.test:443:{origin}");
        let ca_file = stage.ca_file().to_string_lossy();
        let told = stage.exec_at_visitor(&[
            "curl",
            "-sS",
            "--resolve",
            &past,
            "--cacert",
            &ca_file,
            SITE,
        ])?;
        assert!(told.succeeded()?.contains("Twelve kinds of tea"), "directly, by {origin}");
    }

    let log = stage.order(&["cat", "/var/log/nginx/access.log"])?;
    let peers: BTreeSet<&str> = log.lines().filter_map(|l| l.split(' ').next()).collect();
    // 22 ranges, and the visitor under both of their addresses.
    assert_eq!(peers.len(), 24, "{peers:?}");
    for peer in ["172.64.0.77", "2c0f:f248::4d", "198.51.100.7", "2001:db8:51::7"] {
        assert!(peers.contains(peer), "{peer} in {peers:?}");
    }
    assert_eq!(stage.order(&["systemctl", "is-system-running"])?, "running\n");
    assert!(stage.order(&["journalctl", "--unit=shop"])?.contains("Listening at: unix:/run/shop"));
    Ok(())
}

fn healthy_tunnel() -> Result<(), Failed> {
    let stage = RealStage::behind_a_tunnel().raise()?;
    for _ in 0..10 {
        assert_eq!(stage.visit(SITE)?, 200);
    }
    let journal = stage.order(&["journalctl", "--unit=cloudflared", "--output=cat"])?;
    assert_eq!(journal.matches("Registered tunnel connection").count(), 4, "{journal}");
    Ok(())
}

fn side_by_side() -> Result<(), Failed> {
    let one = || -> Result<String, real::Trouble> {
        let stage = RealStage::healthy().raise()?;
        assert_eq!(stage.visit(SITE)?, 200);
        assert!(!traces(stage.name()).is_empty(), "while it stands there is something to be seen");
        Ok(stage.name().to_owned())
    };
    let names = thread::scope(|scope| {
        let stages = [scope.spawn(one), scope.spawn(one)];
        stages.map(|stage| stage.join().expect("no stage panics"))
    });
    for name in names {
        assert_eq!(traces(&name?), [""; 0]);
    }
    Ok(())
}

fn killed() -> Result<(), Failed> {
    let mut holder = Command::new(std::env::current_exe()?)
        .env(HOLD, "healthy")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut said = String::new();
    BufReader::new(holder.stdout.take().expect("a pipe")).read_line(&mut said)?;
    let name = said.split_whitespace().next().expect("it says its name first").to_owned();
    holder.kill()?;
    holder.wait()?;
    assert!(!traces(&name).is_empty(), "what a killed run leaves behind: {said}");
    drop(RealStage::healthy().raise()?);
    assert_eq!(traces(&name), [""; 0], "after the next run");
    Ok(())
}

/// All that bears a stage's name on this machine: namespaces, processes, mounts, groups, files.
fn traces(name: &str) -> Vec<String> {
    let find = |roots: &[&str]| -> Vec<String> {
        let pattern = format!("{name}*");
        let found = Command::new("find").args(roots).args(["-name", &pattern]).output();
        let found = found.expect("find looks").stdout;
        String::from_utf8_lossy(&found).lines().map(str::to_owned).collect()
    };
    let home = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/lab-real/stages");
    let mut traces = find(&["/run/netns", "/run/rayfix-lab", "/run/systemd", "/etc/netns", home]);
    traces.extend(find(&["/sys/fs/cgroup"]));
    for process in fs::read_dir("/proc").expect("/proc is there").flatten() {
        let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
        if String::from_utf8_lossy(&line).contains(&format!("--machine={name}\0")) {
            traces.push(process.path().display().to_string());
        }
    }
    traces
}

fn hold(name: &str) -> ExitCode {
    let (tunnelled, fault) = (tunnels::find(name), faults::find(name).or(tunnels::find(name)));
    let healthy = name == "healthy" || name == "tunnel";
    let lookalike = lookalikes::find(name);
    assert!(fault.is_some() || lookalike.is_some() || healthy, "no fault is called {name}");
    let behind = tunnelled.is_some() || name == "tunnel";
    let stage = if behind { RealStage::behind_a_tunnel() } else { RealStage::healthy() };
    let stage = stage.raise().expect("the stage stands");
    if let Some((_, fault)) = fault {
        (fault.break_it)(&stage).expect("the fault breaks it");
    } else if let Some((_, lookalike)) = lookalike {
        (lookalike.set)(&stage).expect("the look-alike can be set");
    }
    let mut out = std::io::stdout();
    let leader = stage.leader();
    let _ = writeln!(
        out,
        "{} stands until the input ends.\n  the origin:  nsenter --all --target {leader} bash\n  \
         the visitor: ip netns exec {}-visitor curl --cacert {} {SITE}",
        stage.name(),
        stage.name(),
        stage.ca_file().display()
    );
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    ExitCode::SUCCESS
}
