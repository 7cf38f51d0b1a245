//! The app was killed: by a signal, or since memory ran out.
//!
//! # What you see
//! Error 502, from one moment on or for single requests. `systemctl status` shows `failed (Result:
//! signal)`, `core-dump` or `oom-kill`; or the service runs, and its log says `Worker (pid:4242) was
//! sent SIGKILL!`.
//!
//! # What is wrong
//! The process of the app, or a worker of it, did not end by itself. Mostly the kernel took it,
//! because the machine, or the memory limit of its unit or container, had nothing left; or it
//! crashed in native code (SIGSEGV, SIGABRT); or somebody ended it by hand.
//!
//! # How we know
//! systemd says that the unit which names the address failed by a signal, and nobody listens there:
//! certain. Of a worker, when the app breaks off as it is asked and its log tells of the kill in this
//! very sitting: certain. That memory was short is said only where the kernel or systemd says so:
//! `Perhaps out of memory?` is a guess of gunicorn's. A worker that gunicorn itself killed for
//! taking too long is another cause; an app that SIGTERM asked to end counts as stopped.
//!
//! # What to do
//! Get it going, `systemctl restart APP`, and see who killed it:
//! `journalctl -k --since -1h --no-pager | grep -iE 'killed process|segfault'`. Where memory ran out:
//! fewer workers, a larger limit, or more memory; `systemctl status APP` shows what it uses now.
//!
//! Let systemd start it again after such an end: `Restart=on-failure` in its unit. A crash in native
//! code (`segfault … in libfoo.so`) comes with a library: `coredumpctl info APP` names it, and an
//! update or the version before often helps. Recycling workers bounds slow leaks (`--max-requests`
//! of gunicorn, `pm.max_requests` of php-fpm).
//!
//! # Sources
//! - systemd.service(5), v252; Linux source 6.1, mm/oom_kill.c
//! - captured: gunicorn 20.1.0, 23.0.0 and 27.0.1 killed with and without want of memory, 2026-11-22
use super::{Cause, Verdict};
use crate::hop::Hop;
use crate::logs::Class;
use crate::scene::Scene;
use crate::scene::host::OnHost;
use crate::scene::host::accuse::{ABSENT, Charge, UNRELIABLE, accuse};
use crate::scene::host::app::{App, Came};
use crate::scene::host::fate::{self, Fate, Short};

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C802",
    hop: Hop::App,
    title: "the app was killed: by a signal, or since memory ran out",
    fixes: &["app-restart"],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    accuse(scene, &charge, &|_, app| app.came == Came::Works)
        .explaining(ABSENT)
        .explaining(UNRELIABLE)
}

fn charge<'a>(host: &OnHost<'a>, app: &App<'a>) -> Option<Charge> {
    let unit = app.unit.as_ref()?;
    let told = fate::of(host, unit);
    let limit = |short: Option<Short>| match short {
        Some(Short::Unit) => unit.seen.memory_max,
        _ => None,
    };
    match told.fate {
        Fate::Killed(kill) if app.came == Came::Absent || app.came == Came::Cut => Some(
            Charge::new(unit.at_most)
                .because(told.because)
                .with("who", Some("service"))
                .with("signal", kill.signal)
                .with("memory", kill.memory.map(word))
                .with("limit_bytes", limit(kill.memory))
                .with("watchdog", kill.watchdog.then_some(true))
                .with("since", unit.seen.since.map(|at| at.to_string()))
                .with("says", told.says),
        ),
        Fate::Runs if app.came == Came::Cut => worker(host, app),
        _ => None,
    }
}

/// A worker that was killed under the request, while the service runs on.
fn worker<'a>(host: &OnHost<'a>, app: &App<'a>) -> Option<Charge> {
    let unit = app.unit.as_ref()?;
    if unit.says_now(host, &[Class::AppWorkerTimeout]).is_some() {
        return None;
    }
    let killed = [Class::AppWorkerKilled, Class::AppWorkerCrashed, Class::AppOutOfMemory];
    let line = unit.says_now(host, &killed)?;
    let by_signal = ["SIG", "signal", "Killed", "OOM"];
    if !by_signal.iter().any(|word| line.text().contains(word)) {
        return None;
    }
    let memory = fate::memory(host, unit, Some(host.begun));
    let short = memory.as_ref().map(|(short, ..)| *short);
    let charge = Charge::new(unit.at_most)
        .because([line.id])
        .because(memory.map(|(_, id, _)| id))
        .with("who", Some("worker"))
        .with("memory", short.map(word))
        .with("says", Some(line.text()));
    Some(match short {
        Some(Short::Unit) => charge.with("limit_bytes", unit.seen.memory_max),
        _ => charge,
    })
}

fn word(short: Short) -> &'static str {
    match short {
        Short::Unit => "limit-of-the-unit",
        Short::Machine => "of-the-machine",
        Short::Untold => "not-told-whose",
    }
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::host::Named;
    use crate::logs::Class;
    use crate::scene::host::app_gallery::{EndedBy, Shop, check, cut, detail};

    const OPEN: &str = "cannot tell: a longer look into the origin, such as --timeout 60: this one did not show it";
    const GUESS: &str = "Worker (pid:4243) was sent SIGKILL! Perhaps out of memory?";

    fn killed() -> Shop {
        Shop::fails(502).failed(60, 9_000, "signal", EndedBy::Signal(9))
    }

    fn worker() -> Shop {
        Shop::fails(502).answers(cut()).listened_to()
    }

    #[test]
    fn blames_a_kill_by_a_unit_that_is_only_like_the_address() {
        check(&UNIT, killed().claim(Named::Folder), "blames, likely");
        check(&UNIT, killed().claim(Named::Likeness), "blames, likely");
    }

    #[test]
    fn is_certain_of_a_service_and_of_a_worker_that_died_under_our_request() {
        check(&UNIT, killed(), "blames, certain");
        check(&UNIT, killed().without_root(), "blames, certain");
        check(&UNIT, worker().says(0, Class::AppWorkerKilled, GUESS), "blames, certain");
        check(
            &UNIT,
            worker().says(0, Class::AppWorkerCrashed, "Worker (pid:9) was sent SIGSEGV!"),
            "blames, certain",
        );
    }

    #[test]
    fn says_that_memory_was_short_only_where_the_kernel_does() {
        let memory = |shop| detail(&UNIT, shop, "memory");
        assert_eq!(memory(killed()), "");
        assert_eq!(memory(worker().says(0, Class::AppWorkerKilled, GUESS)), "");
        let line = "Out of memory: Killed process 4242 (gunicorn) total-vm:1kB";
        let group = "oom-kill:constraint=CONSTRAINT_NONE,task_memcg=/system.slice/shop.service";
        let told =
            killed().kernel(60, group, Some("shop.service"), 4242).kernel(60, line, None, 4242);
        assert_eq!(memory(told.clone()), "of-the-machine");
        assert_eq!(detail(&UNIT, told, "says"), line);
        // Of another unit, or of another day.
        assert_eq!(memory(killed().kernel(60, line, Some("mysql.service"), 77)), "");
        assert_eq!(memory(killed().kernel(900, line, Some("shop.service"), 4242)), "");
        let limited = Shop::fails(502)
            .failed(60, 9_000, "oom-kill", EndedBy::Signal(9))
            .unit(|unit| unit.memory_max = Some(1_048_576));
        assert_eq!(memory(limited.clone()), "limit-of-the-unit");
        assert_eq!(detail(&UNIT, limited, "limit_bytes"), "1048576");
    }

    #[test]
    fn clears_an_app_that_answers() {
        check(&UNIT, Shop::works(), "clears");
    }

    #[test]
    fn leaves_other_ends_to_their_own_causes() {
        check(&UNIT, Shop::fails(502).stopped(), OPEN);
        check(&UNIT, Shop::broken_import(), OPEN);
        // gunicorn kills a worker that took too long, and says the same of it.
        check(&UNIT, Shop::timing_out().says(0, Class::AppWorkerKilled, GUESS), OPEN);
        // A worker that died before this sitting is none of these requests'.
        check(&UNIT, worker().says(40, Class::AppWorkerKilled, GUESS), OPEN);
        check(
            &UNIT,
            worker().says(0, Class::AppWorkerCrashed, "Worker (pid:9) exited with code 1"),
            OPEN,
        );
    }

    #[test]
    fn cannot_tell_of_workers_without_their_journal() {
        let says =
            "cannot tell: the same as root: with sudo on the origin, or with --ssh-sudo from here";
        check(&UNIT, worker().without_root(), says);
    }
}
