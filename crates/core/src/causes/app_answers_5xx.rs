//! The app itself answers with an error.
//!
//! # What you see
//! Error 500, 502 or 503, and the same when the app is asked on its own port or socket. nginx writes
//! nothing into its error log, since it got a whole reply.
//!
//! # What is wrong
//! The web server is in order and passes on what the app says. Mostly an exception in the app's code
//! ends the request (500); a 503 is an app that is set to maintenance, or waits for something that it
//! needs.
//!
//! # How we know
//! The app, asked here as the web server asks it, answers with the status that visitors get, while
//! the web server in front runs: certain. Another error, or a 502 or 504, which mostly come of one
//! more server in between: likely. Where Cloudflare chose the status itself: possible. An error that comes of a worker which took too long is another cause.
//!
//! # What to do
//! Read the app's own log of that moment, `journalctl -u APP --since -10min --no-pager`: the last line
//! of a traceback names the reason.
//!
//! Nothing there? Apps with a framework often write elsewhere (`storage/logs`, `log/production.log`)
//! or only to a service for errors. Think of what changed last: a release, a migration that was not
//! run, a database that is down, a secret that ran out.
//!
//! # Sources
//! - RFC 9110, section 15.6 (server errors)
//! - captured: gunicorn 20.1.0 and 27.0.1 with an exception in a request, 2026-11-22
use super::{Cause, Confidence, Verdict};
use crate::diagnosis::Maker;
use crate::hop::Hop;
use crate::logs::Class;
use crate::scene::Scene;
use crate::scene::host::OnHost;
use crate::scene::host::accuse::{Charge, accuse};
use crate::scene::host::app::{App, Came};

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C807",
    hop: Hop::App,
    title: "the app itself answers with an error",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    let judged = |host: &OnHost<'_>, app: &App<'_>| charge(scene, host, app);
    accuse(scene, &judged, &|_, app| app.came == Came::Works)
        .explaining(&["http-origin-answers-5xx"])
}

fn charge(scene: &Scene<'_>, host: &OnHost<'_>, app: &App<'_>) -> Option<Charge> {
    let Came::Fails(status) = app.came else { return None };
    let unit = app.unit.as_ref();
    let others = [Class::AppWorkerTimeout, Class::AppBootFailed];
    if unit.is_some_and(|unit| unit.says_now(host, &others).is_some()) {
        return None;
    }
    let symptom = &scene.symptom;
    let of_the_edge = symptom.made_by == Maker::Edge
        && (symptom.status != Some(status) || symptom.error_code.is_some());
    let sure = match symptom.status {
        // These are mostly said by one who asks another.
        Some(502 | 504) => Confidence::Likely,
        // The edge says it of something of its own.
        _ if of_the_edge => Confidence::Possible,
        Some(same) if same == status => Confidence::Certain,
        _ => Confidence::Likely,
    };
    let line = unit.and_then(|unit| unit.says_now(host, &[Class::AppException]));
    Some(
        Charge::new(sure)
            .because(line.map(|said| said.id))
            .with("status", Some(status))
            .with("says", line.map(|said| said.text())),
    )
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::logs::Class;
    use crate::scene::host::app_gallery::{Shop, check, cut, detail, replies};
    use crate::scene::sample::Sitting;

    const OPEN: &str = "cannot tell: a longer look into the origin, such as --timeout 60: this one did not show it";

    fn raises() -> Shop {
        Shop::fails(500).answers(replies(500)).listened_to()
    }

    #[test]
    fn blames_another_error_than_visitors_get() {
        check(&UNIT, raises().answers(replies(503)), "blames, likely");
        let gateway = Shop::fails(502).answers(replies(502)).listened_to();
        check(&UNIT, gateway, "blames, likely");
        let by_the_edge = Shop::fails(526).answers(replies(500)).listened_to();
        check(&UNIT, by_the_edge, "blames, possible");
        check(&UNIT, raises().sitting_is(Sitting::served), "blames, likely");
    }

    #[test]
    fn is_certain_of_the_status_that_visitors_get_whether_a_unit_is_known_or_not() {
        check(&UNIT, raises(), "blames, certain");
        check(
            &UNIT,
            raises().owner(|owner| owner.listening = None).without_root(),
            "blames, certain",
        );
        let says = raises().says(0, Class::AppException, "KeyError: 'cart'");
        assert_eq!(detail(&UNIT, says, "says"), "KeyError: 'cart'");
        let old = raises().says(60, Class::AppException, "KeyError: 'old'");
        assert_eq!(detail(&UNIT, old, "says"), "");
    }

    #[test]
    fn clears_an_app_that_answers() {
        check(&UNIT, Shop::works(), "clears");
        check(&UNIT, Shop::fails(502).answers(replies(404)).listened_to(), "clears");
    }

    #[test]
    fn leaves_the_web_server_and_slow_or_unloaded_apps_to_their_own_causes() {
        check(&UNIT, raises().says(0, Class::AppWorkerTimeout, "WORKER TIMEOUT (pid:9)"), OPEN);
        check(
            &UNIT,
            raises().says(0, Class::AppBootFailed, "--- no python application found"),
            OPEN,
        );
        check(&UNIT, Shop::fails(502).answers(cut()).listened_to(), OPEN);
        let to_nginx = raises().owner(|owner| {
            let program = owner.listening.as_mut().unwrap();
            program.unit = Some("nginx.service".to_owned());
        });
        check(&UNIT, to_nginx, OPEN);
    }

    #[test]
    fn cannot_tell_without_a_look_within() {
        let outside = Sitting::new().visits(500, None).replies(500);
        let says =
            "cannot tell: a look into the origin: run rayfix there, or add --ssh root@ORIGIN here";
        crate::scene::sample::check(&UNIT, outside, says);
    }
}
