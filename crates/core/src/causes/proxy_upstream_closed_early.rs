//! The app closes the web server's connection without an answer.
//!
//! # What you see
//! Error 502 with Cloudflare's branded page. In nginx's error log: `upstream prematurely closed
//! connection while reading response header from upstream`, or `recv() failed (104: Connection reset
//! by peer) while reading response header from upstream`.
//!
//! # What is wrong
//! The app took the connection and ended it before its answer began: the process that had the
//! request died (killed for memory, crashed, ended by a timeout of its own), or the app speaks
//! another protocol than the web server, such as uWSGI's own on a port that is asked for HTTP. A
//! killed child of php-fpm shows as a reset, one of gunicorn as a close.
//!
//! # How we know
//! The app, asked as the web server asks, closes without an answer, and the web server answers 502
//! to a direct request: certain, where the files leave no other way for the request. Where the web
//! server was not heard, or for one of a group: likely. A line of this very sitting in the error log
//! about this site makes it likely alone.
//!
//! # What to do
//! Read the app's log of that second: `journalctl -u APP --since "10 min ago"`; and the kernel's,
//! `journalctl -k | grep -i 'killed process\|segfault'`. They name the process that died and why.
//!
//! Where it died of memory give it more, or fewer workers. Where its own timeout ended it
//! (`WORKER TIMEOUT`, `HARAKIRI`), see what it waited for. Where no process dies, compare the
//! protocols: `uwsgi_pass` for a `socket =` of uWSGI, `proxy_pass` for `http-socket =`.
//!
//! # Sources
//! - nginx source, release 1.22.1 (ngx_http_upstream.c)
//! - captured: nginx 1.22.1 before gunicorn, uWSGI and php-fpm whose workers were killed, 2026-11
use super::{Cause, Verdict};
use crate::evidence::HttpAnswer;
use crate::evidence::host::UpstreamAnswer;
use crate::hop::Hop;
use crate::logs::Class;
use crate::scene::Scene;
use crate::scene::host::broken::{Fault, Shown, answers_at_once, broken, gives_a_reply};
use crate::scene::host::proxy::Member;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C707",
    hop: Hop::Proxy,
    title: "the app closes the web server's connection without an answer",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    let fault = Fault {
        shown: &closes,
        clean: &|member| member.seen.is_some_and(|seen| gives_a_reply(seen.answer)),
        fits: answers_at_once,
        classes: &[Class::UpstreamClosedEarly],
    };
    broken(scene, &fault)
}

fn closes(member: &Member<'_>) -> Option<Shown> {
    let UpstreamAnswer::Http { http } = member.seen?.answer else { return None };
    matches!(http.as_ref(), HttpAnswer::Empty { .. } | HttpAnswer::CutInHead { .. })
        .then_some(Shown::ToUs)
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::host::{Known, UpstreamAnswer};
    use crate::evidence::{HttpAnswer, TcpAnswer};
    use crate::scene::host::nginx_sample::{GROUP, SHOP, answers, line, refuses, replies};
    use crate::scene::sample::{Sitting, check, expired, greeted, page};
    use crate::target::SslMode;

    const APP: &str = "127.0.0.1:8000";

    fn cut() -> UpstreamAnswer {
        answers(HttpAnswer::Empty { reset: true, after_ms: 4 })
    }

    fn fails() -> Sitting {
        Sitting::gateway_fails(502).nginx(SHOP).sockets(&["0.0.0.0:443 nginx"])
    }

    #[test]
    fn is_certain_when_the_app_closes_and_the_web_server_says_502() {
        check(&UNIT, fails().peer_answers(APP, cut()), "blames, certain");
        let in_head = answers(HttpAnswer::CutInHead { reset: false, bytes: 30 });
        check(&UNIT, fails().peer_answers(APP, in_head), "blames, certain");
    }

    #[test]
    fn is_likely_for_one_of_a_group_or_from_the_log_alone() {
        let group = Sitting::gateway_fails(502).nginx(GROUP).sockets(&["0.0.0.0:443 nginx"]);
        let group = group.peer_answers(APP, cut()).peer_answers("127.0.0.1:8001", replies(200));
        check(&UNIT, group, "blames, likely");
        let message = "upstream prematurely closed connection while reading response header from \
                       upstream";
        let logged = fails().error_log(&[line(message, "http://127.0.0.1:8000/")]);
        check(&UNIT, logged.peer_answers(APP, replies(200)), "blames, likely");
    }

    /// The app may turn away only us, who do not ask as its web server does.
    #[test]
    fn an_app_that_turns_only_us_away_is_not_blamed() {
        let served = Sitting::healthy_origin().visits(522, page(522)).on_origin(Known::Told);
        let served = served.nginx(SHOP).sockets(&["0.0.0.0:443 nginx"]);
        check(&UNIT, served.peer_answers(APP, cut()), "cannot tell");
        let other = Sitting::new().mode(SslMode::Strict).visits(526, page(526));
        let other = other.tcp(TcpAnswer::Accepted).tls(greeted(vec![expired()]));
        let other = other.on_origin(Known::Told).nginx(SHOP);
        check(&UNIT, other.peer_answers(APP, cut()), "cannot tell");
    }

    #[test]
    fn clears_an_app_that_replies() {
        check(&UNIT, fails().peer_answers(APP, replies(502)), "clears");
        check(&UNIT, Sitting::well_within().nginx(SHOP).peer_answers(APP, cut()), "clears");
    }

    #[test]
    fn leaves_a_refusal_to_its_own_cause() {
        let says = "cannot tell: mend what breaks at proxy first";
        check(&UNIT, fails().peer_answers(APP, refuses()), says);
    }

    #[test]
    fn cannot_tell_when_the_app_was_not_asked() {
        check(&UNIT, fails(), "cannot tell");
        check(
            &UNIT,
            Sitting::new().visits(502, page(502)),
            "cannot tell: a look into the origin: run rayfix there, or add --ssh root@ORIGIN here",
        );
    }
}
