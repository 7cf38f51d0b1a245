//! The app starts, dies and is started again, over and over.
//!
//! # What you see
//! Error 502 that comes and goes, or stays. `systemctl status` shows `activating (auto-restart)`, a
//! process that is seconds old, or `Start request repeated too quickly`; the count of restarts grows.
//!
//! # What is wrong
//! The app gets as far as running and then ends with an error, and systemd starts it again
//! (`Restart=always`), until it gives up or for ever. The reason lies in what it does once it runs: a
//! connection that is lost, a request that brings it down, a job in the background.
//!
//! # How we know
//! systemd has restarted the unit which names the address more than once, and it is about to do so
//! again, or has given up, or its process is a moment old, while nobody answers there: certain. One
//! that ends before it serves anybody, or is killed from outside or for want of memory, is another
//! cause. Workers that end with an error while the service itself stays: likely.
//!
//! # What to do
//! Read what it says before each end, `journalctl -u APP -n 100 --no-pager`, and stop the loop while
//! you mend it: `systemctl stop APP`. Once it is mended: `systemctl reset-failed APP`, then
//! `systemctl start APP`.
//!
//! A pause between the tries (`RestartSec=5`) leaves time to read and keeps the machine usable. If it
//! began with a release, go back to the one before.
//!
//! # Sources
//! - systemd.service(5) (Restart=, StartLimitBurst=), v252, read 2026-07
//! - systemd source, v252 (src/core/service.c)
use super::{Cause, Confidence, Verdict};
use crate::evidence::host::Ending;
use crate::hop::Hop;
use crate::logs::Class;
use crate::scene::Scene;
use crate::scene::host::OnHost;
use crate::scene::host::accuse::{ABSENT, Charge, UNRELIABLE, accuse};
use crate::scene::host::app::{App, Came};
use crate::scene::host::fate::{self, Fate};

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C804",
    hop: Hop::App,
    title: "the app starts, dies and is started again, over and over",
    fixes: &[],
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
    let down = matches!(app.came, Came::Absent | Came::Cut | Came::Late);
    match told.fate {
        Fate::Loops if down => {
            // Once is not over and over.
            let signal = match unit.seen.ended {
                Some(Ending::Killed { signal, .. }) => Some(signal),
                _ => None,
            };
            let often = unit.seen.restarts >= 2;
            // Where its log could not be read, it may fail as it starts.
            let sure = if often && !unit.logs.is_empty() {
                Confidence::Certain
            } else {
                Confidence::Likely
            };
            Some(
                Charge::new(sure.min(unit.at_most))
                    .because(told.because)
                    .with("restarts", Some(unit.seen.restarts))
                    .with("signal", signal)
                    .with("gave_up", (unit.seen.active == "failed").then_some(true))
                    .with("says", told.says),
            )
        }
        Fate::Runs if app.came == Came::Cut => {
            if unit.says_now(host, &[Class::AppWorkerTimeout]).is_some() {
                return None;
            }
            let line = unit.says_now(host, &[Class::AppWorkerCrashed])?;
            line.text().contains("exited with code").then(|| {
                Charge::new(Confidence::Likely.min(unit.at_most))
                    .because([line.id])
                    .with("who", Some("worker"))
                    .with("says", Some(line.text()))
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::host::{Ending, Named, UnitSeen};
    use crate::logs::Class;
    use crate::scene::host::app_gallery::{EndedBy, Shop, ago, check, cut, detail};

    const OPEN: &str = "cannot tell: a longer look into the origin, such as --timeout 60: this one did not show it";

    #[test]
    fn blames_a_first_restart_and_workers_that_end_by_themselves() {
        check(&UNIT, Shop::looping().unit(|unit| unit.restarts = 1), "blames, likely");
        check(&UNIT, Shop::looping().claim(Named::Folder), "blames, likely");
        check(&UNIT, Shop::looping().without_root(), "blames, likely");
        let worker = Shop::fails(502).answers(cut()).listened_to();
        let worker = worker.says(0, Class::AppWorkerCrashed, "Worker (pid:9) exited with code 1");
        check(&UNIT, worker, "blames, likely");
    }

    #[test]
    fn is_certain_when_it_was_restarted_again_and_again() {
        check(&UNIT, Shop::looping(), "blames, certain");
        assert_eq!(detail(&UNIT, Shop::looping(), "restarts"), "41");
        let gave_up = Shop::fails(502).failed(9, 20, "exit-code", EndedBy::Status(1));
        check(&UNIT, gave_up.unit(|unit| unit.restarts = 5), "blames, certain");
        // Caught between two ends.
        let between = |unit: &mut UnitSeen| {
            unit.restarts = 12;
            unit.started = Some(ago(1));
        };
        check(&UNIT, Shop::fails(502).unit(between), "blames, certain");
    }

    #[test]
    fn clears_an_app_that_answers() {
        check(&UNIT, Shop::works().unit(|unit| unit.restarts = 3), "clears");
    }

    #[test]
    fn leaves_what_does_not_get_as_far_as_running_to_its_neighbours() {
        let line = "ModuleNotFoundError: No module named 'flask'";
        check(&UNIT, Shop::looping().says(2, Class::AppBootFailed, line), OPEN);
        let killed = |signal: i32, result: &str| {
            Shop::looping().unit(|unit| {
                unit.result = result.to_owned();
                unit.ended = Some(Ending::Killed { signal, dumped: false, at: Some(ago(1)) });
            })
        };
        check(&UNIT, killed(9, "signal"), OPEN);
        check(&UNIT, killed(9, "oom-kill"), OPEN);
        check(&UNIT, killed(6, "core-dump"), "blames, certain");
        check(&UNIT, Shop::looping().unit(|unit| unit.started = Some(ago(2))), OPEN);
        check(&UNIT, Shop::fails(502).stopped(), OPEN);
        check(&UNIT, Shop::fails(502).unit(|unit| unit.restarts = 12), OPEN);
    }

    #[test]
    fn cannot_tell_on_another_machine() {
        let remote = crate::proxy::nginx::PeerAddress::Ip("10.0.0.5:8000".parse().unwrap());
        check(&UNIT, Shop::looping().at(remote), OPEN);
    }
}
