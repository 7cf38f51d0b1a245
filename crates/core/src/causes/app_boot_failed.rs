//! The app fails while it starts.
//!
//! # What you see
//! Error 502 since the last release, update or reboot. `systemctl status` shows `failed (Result:
//! exit-code)`, or `activating (auto-restart)`; the app's log ends with an exception, or with
//! `Worker failed to boot`.
//!
//! # What is wrong
//! The app is started and ends before it serves anybody: a module is missing (a dependency that was
//! not installed, a virtual environment of another Python), a file has a mistake in it, a setting or
//! a secret is not there, the database does not answer, the address is taken; or systemd cannot even
//! run it: no such program (203), no such folder (200), no such user (217).
//!
//! # How we know
//! systemd says that the unit which names the address failed, or waits to try again, and nobody
//! listens there; and its journal, since its last start, says why, or its exit status is one that
//! systemd itself sets: certain. Without such a line, when it ended within seconds of its start:
//! likely. Lines of earlier starts count for nothing.
//!
//! # What to do
//! Read why it ended, `journalctl -u APP -n 50 --no-pager`: the last line of a traceback names what is
//! missing. Mend that, then `systemctl restart APP && sleep 3; systemctl status APP --no-pager`.
//!
//! `ModuleNotFoundError` after a release: install the requirements into the very environment that
//! `ExecStart` names. `203/EXEC`: the program's path is wrong, or its first line names an interpreter
//! that is gone. `Address already in use`: `ss -ltnp` shows who has it. `Start request repeated too
//! quickly`: systemd has given up, and tries again after `systemctl reset-failed APP`. If visitors
//! cannot wait, go back to the release before.
//!
//! # Sources
//! - systemd.exec(5), exit statuses; gunicorn source 20.1.0 to 27.0.1 (arbiter.py)
//! - captured: gunicorn 20.1.0, 23.0.0 and 27.0.1 with a broken import, 2026-11-22
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
    code: "C803",
    hop: Hop::App,
    title: "the app fails while it starts",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    accuse(scene, &charge, &|_, app| app.came == Came::Works)
        .explaining(ABSENT)
        .explaining(UNRELIABLE)
        .explaining(&["app-answers-5xx"])
}

fn charge<'a>(host: &OnHost<'a>, app: &App<'a>) -> Option<Charge> {
    let unit = app.unit.as_ref()?;
    let told = fate::of(host, unit);
    let status = match unit.seen.ended {
        Some(Ending::Exited { status, .. }) if status != 0 => Some(status),
        _ => None,
    };
    match told.fate {
        // Where a socket unit listens for it, connections are taken and then dropped.
        Fate::BootFailed(sure) if matches!(app.came, Came::Absent | Came::Cut | Came::Late) => {
            Some(
                Charge::new(sure.min(unit.at_most))
                    .because(told.because)
                    .with("result", Some(unit.seen.result.as_str()))
                    .with("exit_status", status)
                    .with("since", unit.seen.since.map(|at| at.to_string()))
                    .with("restarts", Some(unit.seen.restarts).filter(|number| *number > 0))
                    .with("says", told.says),
            )
        }
        // uWSGI serves on without an app, and answers 500 to everybody.
        Fate::Runs if matches!(app.came, Came::Fails(500)) => {
            let line = unit.says_now(host, &[Class::AppBootFailed])?;
            Some(
                Charge::new(unit.at_most.min(Confidence::Certain))
                    .because([line.id])
                    .with("says", Some(line.text())),
            )
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::host::{Named, UnitSeen};
    use crate::logs::Class;
    use crate::scene::host::app_gallery::{EndedBy, Shop, ago, check, cut, detail, late};

    const OPEN: &str = "cannot tell: a longer look into the origin, such as --timeout 60: this one did not show it";

    fn failed(ran: i64, status: i32) -> Shop {
        Shop::fails(502).failed(30, ran, "exit-code", EndedBy::Status(status))
    }

    #[test]
    fn is_likely_where_only_its_short_life_speaks_for_it() {
        check(&UNIT, failed(1, 1), "blames, likely");
        check(&UNIT, Shop::broken_import().without_root(), "blames, likely");
        check(&UNIT, Shop::broken_import().claim(Named::Folder), "blames, likely");
    }

    #[test]
    fn is_certain_with_a_line_since_its_last_start_or_systemd_s_own_status() {
        check(&UNIT, Shop::broken_import(), "blames, certain");
        for status in [200, 203, 217, 226] {
            check(&UNIT, failed(0, status), "blames, certain");
        }
        let taken = failed(6, 1).says(30, Class::AppAddressInUse, "Can't connect to ('', 8000)");
        check(&UNIT, taken, "blames, certain");
        check(
            &UNIT,
            failed(1, 1).says(30, Class::AppException, "KeyError: 'DSN'"),
            "blames, certain",
        );
        let socket = Shop::broken_import().answers(late());
        check(&UNIT, socket, "blames, certain");
        check(&UNIT, Shop::broken_import().answers(cut()), "blames, certain");
    }

    #[test]
    fn tells_the_last_line_of_the_traceback_and_the_status() {
        let says = detail(&UNIT, Shop::broken_import(), "says");
        assert_eq!(says, "ModuleNotFoundError: No module named 'flask'");
        assert_eq!(detail(&UNIT, Shop::broken_import(), "exit_status"), "3");
        assert_eq!(detail(&UNIT, Shop::broken_import(), "unit"), "shop.service");
        assert_eq!(detail(&UNIT, Shop::broken_import(), "upstream"), "unix:/run/shop/shop.sock");
    }

    #[test]
    fn lines_of_an_earlier_start_count_for_nothing() {
        let old = failed(1, 1).says(300, Class::AppBootFailed, "ImportError: old");
        check(&UNIT, old.clone(), "blames, likely");
        assert_eq!(detail(&UNIT, old, "says"), "");
        let ran = failed(9_000, 1).says(8_000, Class::AppBootFailed, "ImportError: old");
        check(&UNIT, ran, OPEN);
    }

    #[test]
    fn clears_an_app_that_answers() {
        let old = Shop::works().says(400, Class::AppBootFailed, "ImportError: old");
        check(&UNIT, old, "clears");
    }

    #[test]
    fn leaves_what_ran_before_it_died_to_its_neighbours() {
        check(&UNIT, Shop::fails(502).stopped(), OPEN);
        check(&UNIT, Shop::looping(), OPEN);
        check(&UNIT, failed(9_000, 1), OPEN);
        check(&UNIT, Shop::fails(502).failed(9, 1, "signal", EndedBy::Signal(11)), OPEN);
        // An app that ran and then ended itself with 3 makes gunicorn say the same.
        let hint = |shop: Shop| {
            let mut shop = shop;
            shop = shop.says(30, Class::UnitFailed, "Main process exited, code=exited, status=3");
            shop
        };
        check(&UNIT, hint(failed(9_000, 3)), OPEN);
    }

    #[test]
    fn cannot_tell_of_a_unit_that_is_still_starting() {
        let starting = |unit: &mut UnitSeen| {
            unit.active = "activating".to_owned();
            unit.sub = "start".to_owned();
            unit.started = Some(ago(2));
        };
        check(&UNIT, Shop::fails(502).unit(starting), OPEN);
    }
}
