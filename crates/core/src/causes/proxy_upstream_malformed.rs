//! What the app sends is no reply that the web server can read.
//!
//! # What you see
//! Error 502 with Cloudflare's branded page. In nginx's error log: `upstream sent invalid header`,
//! `upstream sent no valid HTTP/1.0 header`, `upstream sent unsupported FastCGI protocol version:
//! 72`, or `upstream sent too large http2 frame: 4740180`.
//!
//! # What is wrong
//! The web server and the app do not speak the same protocol, or the app breaks its own. `72` is
//! the `H` of `HTTP`: a web app where FastCGI is expected; `4740180` is `HTT` where gRPC is. HTTP asked
//! of a port that speaks TLS is another such case. Else a header of the app has a line end, a space
//! in its name, or two lengths that disagree.
//!
//! # How we know
//! The app, asked as the web server asks, sends bytes that are no reply, and the web server answers
//! 502 to a direct request: certain, where the files leave no other way for the request. Faults that
//! only newer versions of nginx refuse, and a line of this very sitting in the error log about this
//! site alone: likely.
//!
//! # What to do
//! Compare what both speak. For a port of HTTP it is `proxy_pass http://`, with TLS
//! `proxy_pass https://`, for php-fpm `fastcgi_pass`, for a `socket =` of uWSGI `uwsgi_pass`. Then
//! `nginx -t && systemctl reload nginx`.
//!
//! Ask the app yourself: `curl -v http://127.0.0.1:8000/`. Where it is a header, the log names it;
//! take it out of the app, or hide it with `proxy_hide_header NAME` where nginx can read it at all.
//!
//! # Sources
//! - nginx source, releases 1.22.1 and 1.31 development (ngx_http_proxy_module.c,
//!   ngx_http_fastcgi_module.c, ngx_http_grpc_module.c)
//! - RFC 9112, sections 4 and 5
//! - captured: nginx 1.22.1 before apps with broken heads and of other protocols, 2026-11
use super::{Cause, Verdict};
use crate::evidence::host::UpstreamAnswer;
use crate::evidence::{HttpAnswer, ReplyFault};
use crate::hop::Hop;
use crate::logs::Class;
use crate::scene::Scene;
use crate::scene::host::broken::{Fault, Shown, answers_at_once, broken};
use crate::scene::host::proxy::Member;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C709",
    hop: Hop::Proxy,
    title: "what the app sends is no reply that the web server can read",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    let fault = Fault {
        shown: &unreadable,
        clean: &|member| {
            let whole = |answer: &UpstreamAnswer| match answer {
                UpstreamAnswer::Accepted => true,
                UpstreamAnswer::Http { http } => matches!(http.as_ref(), HttpAnswer::Replied(_)),
                _ => false,
            };
            unreadable(member).is_none() && member.seen.is_some_and(|seen| whole(seen.answer))
        },
        // What looks like HTTP 0.9 is passed on as it is.
        fits: |kind, answer| {
            answers_at_once(kind, answer) || matches!(answer, HttpAnswer::Malformed { .. })
        },
        classes: &[Class::UpstreamMalformed],
    };
    broken(scene, &fault).explaining(&["http-reply-malformed"])
}

fn unreadable(member: &Member<'_>) -> Option<Shown> {
    let UpstreamAnswer::Http { http } = member.seen?.answer else { return None };
    let disputed = |fault: &ReplyFault| {
        matches!(fault, ReplyFault::LengthUnclear | ReplyFault::LengthAndChunks)
    };
    match http.as_ref() {
        HttpAnswer::Malformed { .. } => Some(Shown::ToUs),
        // nginx refuses these from 1.23.0 on.
        HttpAnswer::Replied(reply) if reply.status < 500 && reply.faults.iter().any(disputed) => {
            Some(Shown::Perhaps)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::host::{Known, UpstreamAnswer};
    use crate::evidence::http::Malformation;
    use crate::evidence::{HttpAnswer, Reply, ReplyFault};
    use crate::scene::host::nginx_sample::{SHOP, answers, line, refuses, replies};
    use crate::scene::sample::{Sitting, check, page, reply};

    const APP: &str = "127.0.0.1:8000";

    fn broken(what: Malformation) -> UpstreamAnswer {
        answers(HttpAnswer::Malformed { what, first: "..bogus".to_owned() })
    }

    fn fails() -> Sitting {
        Sitting::gateway_fails(502).nginx(SHOP).sockets(&["0.0.0.0:443 nginx"])
    }

    #[test]
    fn is_certain_when_the_app_sends_no_reply_and_the_web_server_says_502() {
        for what in [Malformation::StatusLine, Malformation::TlsRecord, Malformation::HeaderName] {
            check(&UNIT, fails().peer_answers(APP, broken(what)), "blames, certain");
        }
    }

    #[test]
    fn is_likely_for_what_only_some_versions_refuse_or_from_the_log_alone() {
        let faults = vec![ReplyFault::LengthAndChunks];
        let both = answers(HttpAnswer::Replied(Reply { faults, ..reply(200) }));
        check(&UNIT, fails().peer_answers(APP, both), "blames, likely");
        let message = "upstream sent invalid header: \"X\\x20Y...\" while reading response header \
                       from upstream";
        let logged = fails().error_log(&[line(message, "http://127.0.0.1:8000/")]);
        check(&UNIT, logged.peer_answers(APP, replies(200)), "blames, likely");
    }

    #[test]
    fn clears_an_app_whose_reply_can_be_read() {
        check(&UNIT, fails().peer_answers(APP, replies(502)), "clears");
        let served = Sitting::well_within().nginx(SHOP);
        check(&UNIT, served.peer_answers(APP, broken(Malformation::StatusLine)), "clears");
    }

    #[test]
    fn leaves_a_close_and_a_refusal_to_their_own_causes() {
        let says = "cannot tell: mend what breaks at proxy first";
        let cut = answers(HttpAnswer::Empty { reset: false, after_ms: 3 });
        check(&UNIT, fails().peer_answers(APP, cut), says);
        check(&UNIT, fails().peer_answers(APP, refuses()), says);
    }

    #[test]
    fn cannot_tell_when_the_web_server_serves_us_all_the_same() {
        let served = Sitting::healthy_origin().visits(520, page(520)).on_origin(Known::Told);
        let served = served.nginx(SHOP).sockets(&["0.0.0.0:443 nginx"]);
        let served = served.peer_answers(APP, broken(Malformation::StatusLine));
        check(&UNIT, served, "cannot tell");
        check(&UNIT, fails(), "cannot tell");
    }
}
