//! The app's workers take longer than they may, and are ended.
//!
//! # What you see
//! Error 502 or 500 after the same number of seconds each time, often for one page only. The app's
//! log says `WORKER TIMEOUT`, `HARAKIRI` or `execution timed out`.
//!
//! # What is wrong
//! gunicorn (`--timeout`, 30 s by default), uWSGI (`harakiri`) and php-fpm
//! (`request_terminate_timeout`) end a worker that is busy with one request for too long. The request
//! waits for something: a query without an index, a lock, a service elsewhere that hangs. Whoever
//! asked gets a cut connection (502), or a 500 from gunicorn since version 22.
//!
//! # How we know
//! The app is slow, breaks off or answers 500 when it is asked here, and its log tells of an ended
//! worker in this very sitting: certain. Where the app has not answered yet and the line is some
//! minutes old: likely. A line alone, while the app answers well, is worth nothing; only where some
//! visits fail and others do not it makes this likely.
//!
//! # What to do
//! Find what the request waits for: `journalctl -u APP -n 100 --no-pager` has a traceback of the ended
//! worker, and its lowest frames name the call. A slow query or a remote call without a time limit of
//! its own is the usual find.
//!
//! A longer limit (`--timeout 120` of gunicorn, and `proxy_read_timeout` of nginx with it) helps where
//! the work is long by nature; Cloudflare waits 125 seconds at most. Better, answer at once and do the
//! work in the background. If all workers are stuck, `systemctl restart APP` gets going.
//!
//! # Sources
//! - gunicorn source 20.1.0 to 27.0.1 (arbiter.py, workers/sync.py); uWSGI and php-fpm manuals
//! - captured: gunicorn 20.1.0, 23.0.0, 27.0.1, uWSGI 2.0.21, php-fpm 8.2, 2026-11-22
use jiff::SignedDuration;

use super::{Cause, Confidence, Verdict};
use crate::hop::Hop;
use crate::logs::Class;
use crate::scene::Scene;
use crate::scene::host::OnHost;
use crate::scene::host::accuse::{Charge, UNRELIABLE, accuse};
use crate::scene::host::app::{App, Came};
use crate::scene::visits::EdgeState;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C805",
    hop: Hop::App,
    title: "the app's workers take longer than they may, and are ended",
    fixes: &["app-restart"],
    judge,
};

/// A worker that was ended this long ago may be of the fault that still makes requests wait: the
/// limit of most servers is half a minute, and a sitting is shorter.
const OF_LATE: SignedDuration = SignedDuration::from_mins(2);

fn judge(scene: &Scene<'_>) -> Verdict {
    let flickers = scene.visits.state() == EdgeState::Flickers
        && matches!(scene.symptom.status, Some(500 | 502 | 504 | 520 | 524));
    let judged = |host: &OnHost<'_>, app: &App<'_>| charge(host, app, flickers);
    accuse(scene, &judged, &|_, app| app.came == Came::Works)
        .explaining(UNRELIABLE)
        .explaining(&["app-answers-5xx"])
}

fn charge(host: &OnHost<'_>, app: &App<'_>, flickers: bool) -> Option<Charge> {
    let unit = app.unit.as_ref()?;
    let now = unit.says_now(host, &[Class::AppWorkerTimeout]);
    let of_late = host.begun.checked_sub(OF_LATE).ok().max(unit.seen.started);
    let lately =
        || unit.said(of_late).into_iter().find(|said| said.class() == Class::AppWorkerTimeout);
    let (line, sure) = match app.came {
        Came::Late | Came::Cut | Came::Fails(500 | 502 | 504) if now.is_some() => {
            (now?, Confidence::Certain)
        }
        Came::Late => (lately()?, Confidence::Likely),
        Came::Works if flickers => (now?, Confidence::Likely),
        _ => return None,
    };
    Some(
        Charge::new(sure.min(unit.at_most))
            .because([line.id])
            .with("path", line.kept.event.path.as_deref())
            .with("says", Some(line.text())),
    )
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::host::Owner;
    use crate::logs::Class;
    use crate::scene::host::app_gallery::{Shop, check, detail, late, replies};

    const OPEN: &str = "cannot tell: a longer look into the origin, such as --timeout 60: this one did not show it";
    const LINE: &str = "WORKER TIMEOUT (pid:4243)";

    fn hangs() -> Shop {
        Shop::fails(502).answers(late()).listened_to()
    }

    #[test]
    fn is_likely_where_it_hangs_and_a_worker_was_ended_a_while_ago() {
        check(&UNIT, hangs().says(90, Class::AppWorkerTimeout, LINE), "blames, likely");
        let flickers = Shop::works().sitting_is(|sitting| sitting.visits_once(502, None));
        check(&UNIT, flickers.says(0, Class::AppWorkerTimeout, LINE), "blames, likely");
    }

    #[test]
    fn is_certain_when_it_fails_for_us_and_a_worker_was_ended_now() {
        check(&UNIT, Shop::timing_out(), "blames, certain");
        check(&UNIT, hangs().says(0, Class::AppWorkerTimeout, LINE), "blames, certain");
        // gunicorn answers 500 since version 22.
        let with_500 = Shop::fails(500).answers(replies(500)).listened_to();
        check(&UNIT, with_500.says(0, Class::AppWorkerTimeout, LINE), "blames, certain");
        assert_eq!(detail(&UNIT, Shop::timing_out(), "says"), LINE);
    }

    #[test]
    fn clears_an_app_that_answers_and_old_lines_beside_it() {
        check(&UNIT, Shop::works().says(20, Class::AppWorkerTimeout, LINE), "clears");
        let elsewhere = Shop::fails(502).answers(replies(200)).listened_to();
        check(&UNIT, elsewhere.says(0, Class::AppWorkerTimeout, LINE), "clears");
    }

    #[test]
    fn leaves_what_no_line_speaks_for_to_its_neighbours() {
        check(&UNIT, hangs(), OPEN);
        check(&UNIT, hangs().says(900, Class::AppWorkerTimeout, LINE), OPEN);
        check(
            &UNIT,
            Shop::timing_out().unit(|unit| unit.started = None).answers(replies(503)),
            OPEN,
        );
        check(&UNIT, Shop::fails(502).says(0, Class::AppWorkerTimeout, LINE), OPEN);
    }

    #[test]
    fn cannot_tell_without_the_journal() {
        let says =
            "cannot tell: the same as root: with sudo on the origin, or with --ssh-sudo from here";
        check(&UNIT, Shop::timing_out().without_root(), says);
        let unowned = Shop::timing_out().owner(|owner| *owner = Owner::default());
        check(&UNIT, unowned, OPEN);
    }
}
