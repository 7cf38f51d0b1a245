//! The app keeps the web server waiting until it gives up.
//!
//! # What you see
//! Error 504 with Cloudflare's branded page, or 524 where the web server waits longer than the edge
//! does (100 s). In nginx's error log: `upstream timed out (110: Connection timed out) while reading
//! response header from upstream`, or `… while connecting to upstream`.
//!
//! # What is wrong
//! While connecting: nobody answers at the app's address, since a packet filter drops, the machine
//! is gone, or the app's queue of connections is full. While reading: the app took the request and
//! does not answer in time (`proxy_read_timeout`, 60 s by default): all its workers are busy, a
//! query of the database takes long, or it waits for another service.
//!
//! # How we know
//! The app, asked as the web server asks, is silent, and so is the web server, or it answers 504:
//! certain, where the files leave no other way for the request. An app that is only slower than our
//! patience, while the web server answers something else, is not blamed. A line of this very sitting
//! in the error log about this site makes it likely alone.
//!
//! # What to do
//! Find what the app waits for: its log (`journalctl -u APP --since "10 min ago"`), its workers
//! (`ps -o pid,etime,stat,wchan -C NAME`), slow queries of the database. Restarting it
//! (`systemctl restart APP`) frees the workers, not the reason.
//!
//! Give long work to a queue rather than a larger `proxy_read_timeout`: the edge gives up after
//! 100 s whatever the origin allows. For `while connecting` see `ss -ltn` (a queue in `Recv-Q`)
//! and the packet filter between both.
//!
//! # Sources
//! - nginx docs, ngx_http_proxy_module (proxy_connect_timeout, proxy_read_timeout)
//! - Cloudflare docs, pages error-502-504 and error-524, read 2026-07
//! - captured: nginx 1.22.1 before a silent app and a dropped port, 2026-11
use super::{Cause, Verdict};
use crate::evidence::host::UpstreamAnswer;
use crate::evidence::{HttpAnswer, TcpAnswer, TlsAnswer};
use crate::hop::Hop;
use crate::logs::Class;
use crate::scene::Scene;
use crate::scene::host::broken::{Fault, Shown, answers_late, broken, gives_a_reply};
use crate::scene::host::proxy::Member;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C706",
    hop: Hop::Proxy,
    title: "the app keeps the web server waiting until it gives up",
    fixes: &["app-restart"],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    let fault = Fault {
        shown: &silent,
        clean: &|member| member.seen.is_some_and(|seen| gives_a_reply(seen.answer)),
        fits: answers_late,
        classes: &[Class::UpstreamTimeout],
    };
    broken(scene, &fault)
}

fn silent(member: &Member<'_>) -> Option<Shown> {
    let seen = member.seen?;
    let connecting =
        matches!(seen.answer, UpstreamAnswer::Unconnected { tcp: TcpAnswer::Silent { .. }, .. });
    let reading = match seen.answer {
        UpstreamAnswer::Http { http } => matches!(http.as_ref(), HttpAnswer::Silent { .. }),
        UpstreamAnswer::Handshake { tls } => matches!(tls.as_ref(), TlsAnswer::Silent { .. }),
        _ => false,
    };
    // We wait less long than a web server does.
    (connecting || reading).then_some(Shown::ToUs)
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::host::{Known, UpstreamAnswer};
    use crate::evidence::{HttpAnswer, TcpAnswer};
    use crate::scene::host::nginx_sample::{GROUP, SHOP, answers, line, refuses, replies};
    use crate::scene::sample::{Sitting, check, expired, greeted, page, silent};
    use crate::target::SslMode;

    const APP: &str = "127.0.0.1:8000";

    fn hangs() -> UpstreamAnswer {
        answers(HttpAnswer::Silent { after_ms: 2500 })
    }

    fn unanswered() -> UpstreamAnswer {
        UpstreamAnswer::Unconnected { tcp: silent(), socket: None }
    }

    fn within(sitting: Sitting) -> Sitting {
        sitting.on_origin(Known::Told).nginx(SHOP).sockets(&["0.0.0.0:443 nginx"])
    }

    fn origin() -> Sitting {
        Sitting::new().mode(SslMode::Strict).tcp(TcpAnswer::Accepted).tls(greeted(vec![]))
    }

    fn waited() -> Sitting {
        let silence = HttpAnswer::Silent { after_ms: 8000 };
        within(origin().request(silence.clone()).dressed(silence))
    }

    #[test]
    fn is_certain_when_app_and_web_server_are_both_silent_or_it_says_504() {
        for answer in [hangs(), unanswered()] {
            let sitting = Sitting::gateway_fails(504).nginx(SHOP).sockets(&["0.0.0.0:443 nginx"]);
            check(&UNIT, sitting.peer_answers(APP, answer.clone()), "blames, certain");
            let sitting = waited().visits(524, page(524)).peer_answers(APP, answer.clone());
            check(&UNIT, sitting, "blames, certain");
            let sitting = waited().visits(504, page(504)).peer_answers(APP, answer);
            check(&UNIT, sitting, "blames, certain");
        }
    }

    #[test]
    fn is_likely_for_one_of_a_group_or_from_the_log_alone() {
        let group = Sitting::gateway_fails(504).nginx(GROUP).sockets(&["0.0.0.0:443 nginx"]);
        let group = group.peer_answers(APP, hangs()).peer_answers("127.0.0.1:8001", replies(200));
        check(&UNIT, group, "blames, likely");
        let message = "upstream timed out (110: Connection timed out) while reading response \
                       header from upstream";
        let logged = Sitting::gateway_fails(504).nginx(SHOP).sockets(&["0.0.0.0:443 nginx"]);
        let logged = logged.error_log(&[line(message, "http://127.0.0.1:8000/")]);
        check(&UNIT, logged, "blames, likely");
    }

    #[test]
    fn an_app_that_is_only_slow_is_not_blamed_for_something_else() {
        let sitting = within(Sitting::new().mode(SslMode::Strict).visits(526, page(526)));
        let sitting = sitting.tcp(TcpAnswer::Accepted).tls(greeted(vec![expired()]));
        check(&UNIT, sitting.clone().peer_answers(APP, hangs()), "cannot tell");
        check(&UNIT, sitting.replies(200).peer_answers(APP, hangs()), "cannot tell");
    }

    #[test]
    fn clears_an_app_that_answers() {
        check(&UNIT, waited().visits(524, page(524)).peer_answers(APP, replies(200)), "clears");
        let served = Sitting::well_within().nginx(SHOP).peer_answers(APP, hangs());
        check(&UNIT, served, "clears");
    }

    #[test]
    fn leaves_a_refusal_to_its_own_cause() {
        let says = "cannot tell: mend what breaks at proxy first";
        check(&UNIT, waited().visits(524, page(524)).peer_answers(APP, refuses()), says);
    }

    #[test]
    fn cannot_tell_when_the_app_was_not_asked() {
        check(&UNIT, waited().visits(524, page(524)), "cannot tell");
        let outside = origin().visits(524, page(524));
        let says =
            "cannot tell: a look into the origin: run rayfix there, or add --ssh root@ORIGIN here";
        check(&UNIT, outside, says);
    }
}
