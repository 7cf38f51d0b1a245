//! The app does not run: it was stopped, or has ended by itself.
//!
//! # What you see
//! Error 502 from one moment on, for every page. nginx writes `connect() failed (111: Connection
//! refused)` or `(2: No such file or directory)`; `systemctl status` shows the app's service as
//! `inactive (dead)`.
//!
//! # What is wrong
//! Nobody listens where the web server, or the tunnel, hands requests over, and the service that
//! should be there is not running. Somebody stopped it (for an update, a backup, by a mistaken
//! name) and did not start it again; or it ended by itself and its unit does not say that it is to
//! be started again (`Restart=`); or it was only ever started by hand, and is not enabled, so that a
//! reboot left it stopped. Or it was stopped and started so often in a short while, by a deploy or by
//! hand, that systemd refuses to start it once more (`Start request repeated too quickly`).
//!
//! # How we know
//! The address is asked and nobody takes the connection; systemd says that the unit which names this
//! address is not running and was not killed; the web server in front runs, so it is not the
//! machine. All three: certain. Where it came down more than a day ago and is not enabled, or more than
//! a week ago, something else may have taken its place since: likely. Where only the unit's name is
//! like the address: possible. A unit that failed while it started, was killed, or is restarted over
//! and over is another cause.
//!
//! # What to do
//! Start it and see that it stays: `systemctl start APP && sleep 3; systemctl status APP --no-pager`.
//! Then have it started with the machine: `systemctl enable APP`. Where systemd refuses because it was
//! started too often, `systemctl reset-failed APP` comes first.
//!
//! Where it ended by itself, read its last lines before it is forgotten,
//! `journalctl -u APP -n 50 --no-pager`, and let systemd start it again next time:
//! `Restart=on-failure` in its unit. Where it is masked, somebody wanted it never to start; ask them,
//! then `systemctl unmask APP`. Where a container should be there, `docker ps -a` shows its end.
//!
//! # Sources
//! - systemd.service(5), org.freedesktop.systemd1(5), v252, read 2026-07
//! - captured: nginx 1.22.1 whose upstream refuses, or whose socket is gone, Debian 12, 2026-11-22
use super::{Cause, Confidence, Verdict};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::host::OnHost;
use crate::scene::host::accuse::{ABSENT, Charge, accuse, is_there};
use crate::scene::host::app::App;
use crate::scene::host::fate::{self, Fate, Stop};

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C801",
    hop: Hop::App,
    title: "the app does not run: it was stopped, or has ended by itself",
    fixes: &["app-start"],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    accuse(scene, &charge, &|_, app| is_there(app)).explaining(ABSENT)
}

fn charge<'a>(host: &OnHost<'a>, app: &App<'a>) -> Option<Charge> {
    if !app.is_absent() || !app.listens_elsewhere().is_empty() {
        return None;
    }
    let unit = app.unit.as_ref()?;
    // What a socket unit starts when somebody comes is not stopped but waits.
    let waits = |name: &String| host.unit(name).is_some_and(|(_, socket)| socket.is_active());
    if unit.seen.triggered_by.iter().any(waits) {
        return None;
    }
    let told = fate::of(host, unit);
    let Fate::Stopped(stop) = told.fate else { return None };
    let (how, number) = match stop {
        Stop::Ordered => ("by-order", None),
        Stop::Refused => ("by-order-and-started-too-often", None),
        Stop::ByItself(status) => ("by-itself", status.map(|status| ("exit_status", status))),
        Stop::Asked(signal) => ("by-a-signal", Some(("signal", signal))),
        Stop::SinceBoot(_) => ("not-enabled-at-boot", None),
        Stop::Masked => ("masked", None),
        Stop::Untold => ("not-told", None),
    };
    let booted = match stop {
        Stop::SinceBoot(at) => Some(at.to_string()),
        _ => None,
    };
    // It may be on its way to a restart.
    let leaving = unit.seen.active == "deactivating";
    // Where its log could not be read, what has failed may have failed as it started.
    let unread = unit.seen.active == "failed" && unit.logs.is_empty();
    let sure = if leaving || unread { Confidence::Likely } else { Confidence::Certain };
    let mut charge = Charge::new(sure.min(unit.at_most))
        .because(told.because)
        .with("stopped", Some(how))
        .with("since", unit.seen.since.map(|at| at.to_string()))
        .with("booted", booted)
        .with("enabled", unit.seen.enabled.as_deref())
        .with("says", told.says);
    if let Some((key, number)) = number {
        charge = charge.with(key, Some(number));
    }
    Some(charge)
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::host::{Ending, Known, Named, UnitSeen};
    use crate::hop::Hop;
    use crate::logs::Class;
    use crate::scene::host::app_gallery::{
        EndedBy, Shop, ago, check, cut, detail, refused, replies,
    };
    use crate::scene::sample::{self, Sitting, page};

    const ELSEWHERE: &str = "cannot tell: a longer look into the origin, such as --timeout 60: this one did not show it";

    fn stopped() -> Shop {
        Shop::fails(502).stopped()
    }

    #[test]
    fn blames_the_stop_as_far_as_the_tie_and_the_machine_allow() {
        check(&UNIT, stopped().claim(Named::Folder), "blames, likely");
        check(&UNIT, stopped().claim(Named::Likeness), "blames, possible");
        check(&UNIT, stopped().known(Known::Proxy), "blames, likely");
        let flickers = stopped().sitting_is(Sitting::served);
        check(&UNIT, flickers, "blames, likely");
    }

    #[test]
    fn a_unit_that_came_down_long_ago_may_have_been_replaced() {
        let down = |days: i64, enabled: &'static str| {
            stopped().unit(move |unit| {
                unit.since = Some(ago(days * 86_400 + 60));
                unit.enabled = Some(enabled.to_owned());
            })
        };
        check(&UNIT, down(0, "disabled"), "blames, certain");
        check(&UNIT, down(1, "disabled"), "blames, likely");
        check(&UNIT, down(1, "enabled"), "blames, certain");
        check(&UNIT, down(7, "enabled"), "blames, likely");
        let leaving = |unit: &mut UnitSeen| unit.active = "deactivating".to_owned();
        check(&UNIT, stopped().unit(leaving), "blames, likely");
    }

    #[test]
    fn is_certain_when_the_unit_that_names_the_address_does_not_run() {
        check(&UNIT, stopped(), "blames, certain");
        check(&UNIT, stopped().answers(refused()), "blames, certain");
        check(&UNIT, stopped().without_root(), "blames, certain");
        // The edge's status does not matter: an earlier break may hide this one.
        check(
            &UNIT,
            stopped().sitting_is(|sitting| sitting.visits(526, page(526))),
            "blames, certain",
        );
    }

    #[test]
    fn tells_who_had_it_stopped() {
        let how = |shop| detail(&UNIT, shop, "stopped");
        let ended = |shop: Shop, ending| {
            shop.unit(|unit| unit.ended = Some(ending)).says(
                720,
                Class::Stopped,
                "Deactivated successfully.",
            )
        };
        let by_hand = stopped().says(720, Class::Stopped, "Stopped shop.service - The shop.");
        assert_eq!(how(by_hand.clone()), "by-order");
        assert_eq!(
            how(ended(stopped(), Ending::Exited { status: 0, at: Some(ago(720)) })),
            "by-itself"
        );
        let asked = Ending::Killed { signal: 15, dumped: false, at: Some(ago(720)) };
        assert_eq!(how(ended(stopped(), asked)), "by-a-signal");
        assert_eq!(detail(&UNIT, ended(stopped(), asked), "signal"), "15");
        assert_eq!(how(stopped()), "not-told");
        let never = |unit: &mut UnitSeen| {
            unit.enabled = Some("disabled".to_owned());
            (unit.since, unit.started, unit.ended) = (None, None, None);
        };
        assert_eq!(how(stopped().unit(never)), "not-enabled-at-boot");
        assert_eq!(detail(&UNIT, stopped().unit(never), "booted"), "2026-11-01T06:00:00Z");
        // A stop before the last start is history.
        let long_ago = stopped().says(90_000, Class::Stopped, "Stopped shop.service - The shop.");
        assert_eq!(how(long_ago), "not-told");
        let failed = Shop::fails(502).failed(5, 9_000, "exit-code", EndedBy::Status(2));
        assert_eq!(detail(&UNIT, failed, "exit_status"), "2");
        // Restarted by a deploy until systemd refused.
        let refused = Shop::fails(502).failed(2, 0, "start-limit-hit", EndedBy::Status(0));
        let refused = refused.unit(|unit| unit.active = "failed".to_owned());
        let restarted = refused.clone().says(2, Class::Stopped, "Stopped shop.service - The shop.");
        assert_eq!(how(restarted), "by-order-and-started-too-often");
        check(&UNIT, refused, ELSEWHERE);
    }

    #[test]
    fn clears_an_app_that_answers() {
        check(&UNIT, Shop::works(), "clears");
        check(&UNIT, Shop::fails(500).answers(replies(500)).listened_to(), "clears");
    }

    #[test]
    fn leaves_other_ends_to_their_own_causes() {
        let says = ELSEWHERE;
        check(&UNIT, Shop::broken_import(), says);
        check(&UNIT, Shop::looping(), says);
        check(&UNIT, Shop::fails(502).failed(5, 900, "signal", EndedBy::Signal(9)), says);
        check(&UNIT, Shop::fails(502).listens("127.0.0.1:8000"), says);
        check(&UNIT, stopped().answers(cut()), says);
        let socket = |unit: &mut UnitSeen| unit.triggered_by = vec!["shop.socket".to_owned()];
        check(&UNIT, stopped().unit(socket).another("shop.socket", |_| {}), says);
    }

    #[test]
    fn cannot_tell_without_a_look_within_or_without_a_unit() {
        let outside = Sitting::new().visits(502, page(502)).unreached(Hop::Net);
        sample::check(
            &UNIT,
            outside,
            "cannot tell: a look into the origin: run rayfix there, or add --ssh root@ORIGIN here",
        );
        let no_claim = |shop: Shop| shop.owner(|owner| owner.claims.clear());
        check(
            &UNIT,
            no_claim(stopped().without_root()),
            "cannot tell: the same as root: with sudo on the origin, or with --ssh-sudo from here",
        );
    }
}
