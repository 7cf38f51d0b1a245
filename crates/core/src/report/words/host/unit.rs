//! Words for a service.

use jiff::Timestamp;

use super::subject;
use crate::evidence::host::{Ending, HostQuestion, UnitAnswer, UnitSeen};
use crate::report::guard::quote;
use crate::report::words::units::{ago, count, moment, names, several};

pub(super) fn sentence(question: &HostQuestion, unit: &UnitAnswer, now: Timestamp) -> String {
    let name = subject(question);
    match unit {
        UnitAnswer::Known(unit) => known(&name, unit, now),
        UnitAnswer::Missing => format!("systemd has no unit {name}"),
        UnitAnswer::Processes { programs } if programs.is_empty() => {
            format!("no program of {name} runs, and there is no systemd to ask why")
        }
        UnitAnswer::Processes { programs } => {
            let mut called: Vec<&str> = programs.iter().map(|one| one.name.as_str()).collect();
            called.dedup();
            let processes = match programs.len() {
                1 => "1 process".to_owned(),
                number => format!("{} processes", count(number as u64)),
            };
            format!("{} runs for {name} ({processes}); there is no systemd", names(&called))
        }
        UnitAnswer::Denied { why } => format!("systemd would not tell of {name}: {}", quote(why)),
    }
}

fn known(name: &str, unit: &UnitSeen, now: Timestamp) -> String {
    let since = unit.since.map(|since| format!(" {}", ago(now, since))).unwrap_or_default();
    let mut said = match (unit.load.as_str(), unit.active.as_str()) {
        ("masked", _) => format!("{name} is masked: nothing can start it"),
        ("error" | "bad-setting", _) => {
            format!("systemd cannot use the file of {name} ({})", quote(&unit.load))
        }
        (_, "failed") => format!("{name} failed{since}: {}", why(unit)),
        (_, "activating") if unit.sub == "auto-restart" => {
            let restarts = several(unit.restarts as usize, "time");
            format!("{name} is about to be restarted ({restarts} so far): {}", why(unit))
        }
        (_, "activating") => format!("{name} is starting; it began{since}"),
        (_, "deactivating") => format!("{name} is stopping; it began{since}"),
        (_, "inactive") => inactive(name, unit, &since),
        (_, "active" | "reloading") => active(name, unit, now),
        (_, other) => format!("{name} is {} ({})", quote(other), quote(&unit.sub)),
    };
    if unit.restarts > 0
        && matches!(unit.active.as_str(), "active" | "activating" | "reloading")
        && unit.sub != "auto-restart"
    {
        let times = several(unit.restarts as usize, "time");
        said.push_str(&format!("; systemd has restarted it {times}"));
    }
    if unit.enabled.as_deref() == Some("disabled") && unit.triggered_by.is_empty() {
        said.push_str("; it is not started with the machine");
    }
    if unit.is_stale {
        said.push_str("; its file was changed since systemd read it");
    }
    said
}

fn inactive(name: &str, unit: &UnitSeen, since: &str) -> String {
    if unit.since.is_none() {
        return format!("{name} does not run, and has not since the machine was started");
    }
    match &unit.ended {
        Some(Ending::Exited { status, .. }) if *status != 0 => {
            format!("{name} ended{since}: {}", why(unit))
        }
        Some(_) => format!("{name} was stopped{since}"),
        None => format!("{name} does not run; it ended{since}"),
    }
}

fn active(name: &str, unit: &UnitSeen, now: Timestamp) -> String {
    let mut said = match (&unit.next, unit.sub.as_str()) {
        (Some(next), _) => format!("{name} is active; its next turn is at {}", moment(*next)),
        (None, "listening") => format!("{name} listens"),
        (None, "running") if unit.name.ends_with(".socket") => {
            format!("{name} listens, and its service runs")
        }
        (None, "exited") => format!("{name} did its work, and nothing of it runs"),
        (None, "running") | (None, "") => format!("{name} runs"),
        (None, sub) => format!("{name} is active ({})", quote(sub)),
    };
    if let Some(last) = unit.last {
        said.push_str(&format!(", the last was {}", ago(now, last)));
    }
    if let Some(started) = unit.started.filter(|_| unit.pid.is_some()) {
        said.push_str(&format!(", started {}", ago(now, started)));
    }
    said
}

/// How it ended, after a colon.
fn why(unit: &UnitSeen) -> String {
    let process = match unit.result.as_str() {
        "timeout" => return "it did not start or stop in time".to_owned(),
        "watchdog" => return "it no longer told systemd that it is alive".to_owned(),
        "protocol" => return "it never told systemd that it is ready".to_owned(),
        "resources" => return "the system lacked what it needs to start".to_owned(),
        "oom-kill" => return "the kernel killed it because memory ran out".to_owned(),
        "start-limit-hit" => "it was started too often, and systemd has given up; its last process",
        _ => "its process",
    };
    match unit.ended {
        Some(Ending::Exited { status, .. }) => format!("{process} {}", exit(status)),
        Some(Ending::Killed { signal, dumped: true, .. }) => {
            format!("{process} crashed with {}", signal_word(signal))
        }
        Some(Ending::Killed { signal, .. }) => {
            format!("{process} was killed by {}", signal_word(signal))
        }
        None if unit.result == "start-limit-hit" => {
            "it was started too often, and systemd has given up".to_owned()
        }
        None => format!("systemd calls it {}", quote(&unit.result)),
    }
}

/// What systemd's own exit statuses mean (systemd.exec(5), "Process exit codes").
fn exit(status: i32) -> String {
    let meaning = match status {
        200 => ": its working folder could not be entered",
        203 => ": its program could not be executed",
        209 => ": its output could not be opened",
        216 => ": its group is not there",
        217 => ": its user is not there",
        226 => ": its view of the file system could not be made",
        238 => ": its state folder could not be made",
        233 => ": its runtime folder could not be made",
        _ => "",
    };
    format!("exited with status {}{meaning}", count(u64::from(status.unsigned_abs())))
}

fn signal_word(signal: i32) -> String {
    let name = match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        15 => "SIGTERM",
        31 => "SIGSYS",
        _ => return format!("signal {signal}"),
    };
    format!("signal {signal} ({name})")
}

#[cfg(test)]
mod tests {
    use super::super::listener::tests::program;
    use super::*;
    use crate::hop::Hop;

    fn unit(active: &str, sub: &str, result: &str, ended: Option<Ending>) -> UnitSeen {
        UnitSeen {
            name: "shop.service".to_owned(),
            load: "loaded".to_owned(),
            active: active.to_owned(),
            sub: sub.to_owned(),
            result: result.to_owned(),
            ended,
            since: "2026-11-22T02:48:00Z".parse().ok(),
            ..UnitSeen::default()
        }
    }

    fn said(answer: &UnitAnswer) -> String {
        let question = HostQuestion::Unit { name: "shop.service".to_owned(), part: Hop::App };
        sentence(&question, answer, "2026-11-22T03:00:00Z".parse().unwrap())
    }

    fn of(unit: UnitSeen) -> String {
        said(&UnitAnswer::Known(Box::new(unit)))
    }

    fn exited(status: i32) -> Option<Ending> {
        Some(Ending::Exited { status, at: None })
    }

    fn killed(signal: i32, dumped: bool) -> Option<Ending> {
        Some(Ending::Killed { signal, dumped, at: None })
    }

    #[test]
    fn a_service_says_how_and_when_it_ended() {
        for (unit, wanted) in [
            (
                unit("failed", "failed", "exit-code", exited(3)),
                "`shop.service` failed 12 min ago: its process exited with status 3",
            ),
            (
                unit("failed", "failed", "exit-code", exited(203)),
                "`shop.service` failed 12 min ago: its process exited with status 203: its program could \
                 not be executed",
            ),
            (
                unit("failed", "failed", "signal", killed(9, false)),
                "`shop.service` failed 12 min ago: its process was killed by signal 9 (SIGKILL)",
            ),
            (
                unit("failed", "failed", "core-dump", killed(11, true)),
                "`shop.service` failed 12 min ago: its process crashed with signal 11 (SIGSEGV)",
            ),
            (
                unit("failed", "failed", "oom-kill", killed(9, false)),
                "`shop.service` failed 12 min ago: the kernel killed it because memory ran out",
            ),
            (
                unit("failed", "failed", "start-limit-hit", exited(1)),
                "`shop.service` failed 12 min ago: it was started too often, and systemd has given up; \
                 its last process exited with status 1",
            ),
            (
                UnitSeen {
                    restarts: 4,
                    ..unit("activating", "auto-restart", "exit-code", exited(3))
                },
                "`shop.service` is about to be restarted (4 times so far): its process exited with \
                 status 3",
            ),
            (
                UnitSeen { restarts: 9, ..unit("activating", "start", "success", None) },
                "`shop.service` is starting; it began 12 min ago; systemd has restarted it 9 times",
            ),
            (
                unit("inactive", "dead", "success", exited(0)),
                "`shop.service` was stopped 12 min ago",
            ),
            (
                UnitSeen {
                    since: None,
                    enabled: Some("disabled".to_owned()),
                    ..unit("inactive", "dead", "success", None)
                },
                "`shop.service` does not run, and has not since the machine was started; it is not \
                 started with the machine",
            ),
            (
                UnitSeen { load: "masked".to_owned(), ..unit("inactive", "dead", "", None) },
                "`shop.service` is masked: nothing can start it",
            ),
            (
                UnitSeen {
                    pid: Some(7),
                    started: "2026-11-22T00:00:00Z".parse().ok(),
                    restarts: 1,
                    is_stale: true,
                    ..unit("active", "running", "success", None)
                },
                "`shop.service` runs, started 3 h ago; systemd has restarted it 1 time; its file was \
                 changed since systemd read it",
            ),
            (
                UnitSeen {
                    next: "2026-11-22T12:00:00Z".parse().ok(),
                    last: "2026-11-20T03:00:00Z".parse().ok(),
                    ..unit("active", "waiting", "success", None)
                },
                "`shop.service` is active; its next turn is at 2026-11-22 12:00 UTC, the last was 2 days \
                 ago",
            ),
        ] {
            assert_eq!(of(unit), wanted);
        }
    }

    #[test]
    fn where_systemd_does_not_tell_that_is_said() {
        let programs = vec![program("nginx", None), program("nginx", None)];
        for (answer, wanted) in [
            (UnitAnswer::Missing, "systemd has no unit `shop.service`"),
            (
                UnitAnswer::Processes { programs },
                "`nginx` runs for `shop.service` (2 processes); there is no systemd",
            ),
            (
                UnitAnswer::Processes { programs: vec![] },
                "no program of `shop.service` runs, and there is no systemd to ask why",
            ),
            (
                UnitAnswer::Denied { why: "no answer within 1 s".to_owned() },
                "systemd would not tell of `shop.service`: `no answer within 1 s`",
            ),
        ] {
            assert_eq!(said(&answer), wanted);
        }
    }
}
