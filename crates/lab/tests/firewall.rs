//! What rayfix says of a packet filter, against the kernel: rulesets are loaded into a network namespace,
//! and connections from real addresses are tried. Where this machine cannot do it, every test is counted as
//! ignored, with the reason; with `LAB_ALL=1` it fails.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use rayfix_lab::filter::random::{self, Drawn};
use rayfix_lab::filter::{self, Case, Chance, Fate, Probe, Stage, needs, trial};
use rayfix_world::firewall;

fn main() -> ExitCode {
    if std::env::var_os(filter::LOOK).is_some() {
        return look();
    }
    filter::look_by(std::env::current_exe().expect("a program knows where it lies"));
    let cases = Case::all().expect("every case can be read");
    let number = cases.len();
    let mut trials = vec![
        on_stage("a_host_without_rules_accepts_everybody", without_rules),
        on_stage("each_kind_of_refusal_is_told_from_the_others", kinds_of_refusal),
        on_stage("silence_of_a_host_that_cannot_be_found_is_told_apart", cannot_be_found),
        on_stage("many_connections_take_no_time", many),
        Trial::test("there_are_at_least_forty_cases", move || {
            if number < 40 { Err(format!("only {number}").into()) } else { Ok(()) }
        }),
    ];
    for case in cases {
        let name = format!("case_{}", case.name);
        let Some((reason, fails)) = needs::skipped(&case.needs) else {
            trials.push(Trial::test(name, move || tried(&case)));
            continue;
        };
        let said = Failed::from(&reason);
        trials.push(Trial::test(name, || Err(said)).with_kind(reason).with_ignored_flag(!fails));
    }
    let refused = Arc::new(AtomicUsize::new(0));
    let all = seeds();
    for seed in all.clone() {
        let name = format!("drawn_{seed}");
        let refused = Arc::clone(&refused);
        let Some((reason, fails)) = needs::skipped(&[]) else {
            trials.push(Trial::test(name, move || drawn(seed, &refused)));
            continue;
        };
        let said = Failed::from(&reason);
        trials.push(Trial::test(name, || Err(said)).with_kind(reason).with_ignored_flag(!fails));
    }
    let conclusion = libtest_mimic::run(&Arguments::from_args(), trials);
    let refused = refused.load(Ordering::Relaxed);
    if refused > 0 {
        let drawn = all.end - all.start;
        let told = format!(
            "{refused} of {drawn} drawn rulesets were loaded by no tool, so they told nothing"
        );
        let _ = writeln!(std::io::stdout(), "{told}");
        if 2 * refused as u64 > drawn {
            return ExitCode::FAILURE;
        }
    }
    conclusion.exit_code()
}

/// Looks at the host that this process was put into, as rayfix does.
fn look() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime starts");
    let snapshot = runtime.block_on(firewall::look(Duration::from_secs(30)));
    let told = writeln!(std::io::stdout(), "{}", filter::packed(&snapshot));
    if told.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A test that cannot run here says so.
fn on_stage(name: &str, test: fn(&mut Stage) -> Result<(), Failed>) -> Trial {
    let Some((reason, fails)) = needs::skipped(&[]) else {
        return Trial::test(name, move || test(&mut Stage::raise()?));
    };
    let said = Failed::from(&reason);
    Trial::test(name, || Err(said)).with_kind(reason).with_ignored_flag(!fails)
}

/// Which rulesets are drawn: `LAB_DRAWN=1000..6000`, else a hundred and twenty.
fn seeds() -> std::ops::Range<u64> {
    let told = std::env::var("LAB_DRAWN").ok();
    let ends = told.as_deref().and_then(|told| told.split_once(".."));
    let ends = ends.and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)));
    ends.map_or(0..140, |(from, to)| from..to)
}

/// What no tool takes tells nothing; too many of those are noticed by `main`.
fn drawn(seed: u64, refused: &AtomicUsize) -> Result<(), Failed> {
    match random::trial(seed)? {
        Drawn::Refused => {
            refused.fetch_add(1, Ordering::Relaxed);
            Ok(())
        }
        Drawn::Agreed { .. } => Ok(()),
        Drawn::Differed { script, wrong } => {
            Err(format!("{}\nthe smallest that shows it:\n{script}", wrong.join("\n")).into())
        }
    }
}

fn tried(case: &Case) -> Result<(), Failed> {
    let outcome = trial::case(case)?;
    if outcome.wrong.is_empty() { Ok(()) } else { Err(outcome.wrong.join("\n").into()) }
}

fn fates(stage: &mut Stage, from: &[&str], port: u16) -> Result<Vec<Fate>, Failed> {
    let probe = |from: &&str| {
        let from = from.parse().expect("an address");
        Probe { from, to: Stage::address(from), port }
    };
    Ok(stage.probe(&from.iter().map(probe).collect::<Vec<_>>())?)
}

fn without_rules(stage: &mut Stage) -> Result<(), Failed> {
    let from = ["104.16.0.1", "8.8.8.8", "10.0.0.5", "2606:4700::1", "2001:4860::8"];
    for port in [22, 80, 443, 8080, 8443] {
        assert_eq!(fates(stage, &from, port)?, [Fate::Accepted; 5], "port {port}");
    }
    assert_eq!(fates(stage, &from, 8000)?, [Fate::Reset; 5], "where nobody listens");
    Ok(())
}

fn kinds_of_refusal(stage: &mut Stage) -> Result<(), Failed> {
    stage.load(
        "nft -f - <<END
table inet t {
    chain in {
        type filter hook input priority 0
        ip saddr 10.0.0.1 drop
        ip saddr 10.0.0.2 reject
        ip saddr 10.0.0.3 reject with tcp reset
        ip saddr 10.0.0.4 reject with icmp admin-prohibited
        ip6 saddr fd00::2 reject
        ip6 saddr fd00::4 reject with icmpv6 admin-prohibited
        ip saddr 10.0.0.5 ct state established drop
        ip saddr 10.0.0.6 ct state established reject with tcp reset
    }
    chain out {
        type filter hook output priority 0
        ip daddr 10.0.0.7 drop
    }
}
END",
    )?;
    let from = [1, 2, 3, 4, 5, 6, 7, 8].map(|last| format!("10.0.0.{last}"));
    let from: Vec<&str> = from.iter().map(String::as_str).collect();
    let refused = [
        Fate::Silence,
        Fate::Unreachable(3, 3),
        Fate::Reset,
        Fate::Unreachable(3, 13),
        Fate::Half,
        Fate::Cut,
        Fate::Silence,
        Fate::Accepted,
    ];
    assert_eq!(fates(stage, &from, 80)?, refused);
    let refused = [Fate::Unreachable(1, 4), Fate::Unreachable(1, 1), Fate::Accepted];
    assert_eq!(fates(stage, &["fd00::2", "fd00::4", "fd00::5"], 443)?, refused);
    Ok(())
}

fn cannot_be_found(stage: &mut Stage) -> Result<(), Failed> {
    stage.load("ip6tables -A INPUT -p tcp -j ACCEPT\nip6tables -P INPUT DROP")?;
    let told = fates(stage, &["2606:4700::1", "104.16.0.1"], 443)?;
    assert_eq!(told, [Fate::Unfound, Fate::Accepted]);
    Ok(())
}

fn many(stage: &mut Stage) -> Result<(), Failed> {
    let mut chance = Chance::of(7);
    let prefix = "104.16.0.0/13".parse()?;
    let from: Vec<String> = (0..2000)
        .map(|_| rayfix_lab::filter::choice::within(&mut chance, &prefix).to_string())
        .collect();
    let from: Vec<&str> = from.iter().map(String::as_str).collect();
    stage.load("nft -f - <<< 'table ip t { chain c { type filter hook input priority 0; ip saddr 104.20.0.0/16 drop; }; }'")?;
    let told = fates(stage, &from, 443)?;
    for (from, told) in from.iter().zip(told) {
        let dropped = from.starts_with("104.20.");
        assert_eq!(told, if dropped { Fate::Silence } else { Fate::Accepted }, "{from}");
    }
    Ok(())
}
