//! The head of the app's reply is larger than the web server takes.
//!
//! # What you see
//! Error 502 with Cloudflare's branded page, often for some users only, those with large cookies.
//! In nginx's error log: `upstream sent too big header while reading response header from
//! upstream`. The app's own log has a 200.
//!
//! # What is wrong
//! nginx reads the head of a reply into one buffer, of 4 or 8 KiB unless told otherwise
//! (`proxy_buffer_size`, `fastcgi_buffer_size`, `uwsgi_buffer_size`). A head that does not fit is
//! refused as a whole. Mostly it is a pile of `Set-Cookie` lines, a session kept in a cookie, a
//! `Content-Security-Policy` or `Link` that grew, or a debug header.
//!
//! # How we know
//! The app, asked as the web server asks, sends a head of more bytes than the buffer that the web
//! server's files give it, and the web server answers 502 to a direct request: certain, where the
//! files leave no other way for the request. A line of this very sitting in the error log about this
//! site makes it likely alone: we have no session and may get a smaller head.
//!
//! # What to do
//! Give the buffer room where the site is handed on, then `nginx -t && systemctl reload nginx`:
//! `proxy_buffer_size 16k; proxy_buffers 8 16k; proxy_busy_buffers_size 32k;`
//! (`fastcgi_…` and `uwsgi_…` likewise).
//!
//! See what is so large: `curl -sS -D - -o /dev/null http://127.0.0.1:8000/`. The edge takes 128 KB
//! of headers, browsers mostly less; sessions belong on the server, not in a cookie.
//!
//! # Sources
//! - nginx docs, ngx_http_proxy_module (proxy_buffer_size)
//! - nginx source, release 1.22.1 (ngx_http_upstream_process_header)
//! - captured: nginx 1.22.1 with a head of 9 KB, over HTTP and FastCGI, 2026-11
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
    code: "C708",
    hop: Hop::Proxy,
    title: "the head of the app's reply is larger than the web server takes",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    let fault = Fault {
        shown: &too_large,
        clean: &|member| member.seen.is_some_and(|seen| gives_a_reply(seen.answer)),
        fits: answers_at_once,
        classes: &[Class::UpstreamHeaderTooLarge],
    };
    let verdict = broken(scene, &fault);
    let handed = scene.handed();
    let large = handed.iter().flat_map(|door| &door.members).find(|one| too_large(one).is_some());
    match large.and_then(sizes) {
        Some((head, buffer)) => verdict.with("head_bytes", head).with("buffer_bytes", buffer),
        None => verdict,
    }
}

/// Bytes of the head, and of the buffer that it must fit into.
fn sizes(member: &Member<'_>) -> Option<(u64, u64)> {
    let UpstreamAnswer::Http { http } = member.seen?.answer else { return None };
    let head = match http.as_ref() {
        HttpAnswer::Replied(reply) => reply.head_bytes,
        HttpAnswer::HeadEndless { bytes } => *bytes,
        _ => return None,
    };
    Some((head, member.pass?.limits.buffer_size.value))
}

fn too_large(member: &Member<'_>) -> Option<Shown> {
    match sizes(member) {
        Some((head, buffer)) => (head > buffer).then_some(Shown::ToUs),
        None => {
            let UpstreamAnswer::Http { http } = member.seen?.answer else { return None };
            matches!(http.as_ref(), HttpAnswer::HeadEndless { .. }).then_some(Shown::ToUs)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::host::{Known, UpstreamAnswer};
    use crate::evidence::{HttpAnswer, Reply};
    use crate::scene::host::nginx_sample::{SHOP, answers, line, refuses, replies};
    use crate::scene::sample::{Sitting, check, page, reply};

    const APP: &str = "127.0.0.1:8000";

    fn head_of(head_bytes: u64) -> UpstreamAnswer {
        answers(HttpAnswer::Replied(Reply { head_bytes, ..reply(200) }))
    }

    fn fails() -> Sitting {
        Sitting::gateway_fails(502).nginx(SHOP).sockets(&["0.0.0.0:443 nginx"])
    }

    fn roomy() -> String {
        SHOP.replace("proxy_pass", "proxy_buffer_size 16k; proxy_pass")
    }

    fn logged() -> String {
        let message = "upstream sent too big header while reading response header from upstream";
        line(message, "http://127.0.0.1:8000/")
    }

    #[test]
    fn is_certain_when_the_head_does_not_fit_and_the_web_server_says_502() {
        check(&UNIT, fails().peer_answers(APP, head_of(9000)), "blames, certain");
        let endless = answers(HttpAnswer::HeadEndless { bytes: 262_144 });
        check(&UNIT, fails().peer_answers(APP, endless), "blames, certain");
    }

    #[test]
    fn is_likely_from_the_log_though_we_get_a_small_head() {
        let sitting = fails().error_log(&[logged()]).peer_answers(APP, head_of(300));
        check(&UNIT, sitting, "blames, likely");
    }

    #[test]
    fn clears_a_head_that_fits() {
        check(&UNIT, fails().peer_answers(APP, head_of(4096)), "clears");
        let roomy = Sitting::gateway_fails(502).nginx(&roomy()).sockets(&["0.0.0.0:443 nginx"]);
        check(&UNIT, roomy.peer_answers(APP, head_of(9000)), "clears");
        check(&UNIT, Sitting::well_within().nginx(SHOP).peer_answers(APP, head_of(9000)), "clears");
    }

    #[test]
    fn leaves_a_refusal_and_an_error_of_the_app_to_others() {
        let says = "cannot tell: mend what breaks at proxy first";
        check(&UNIT, fails().peer_answers(APP, refuses()), says);
        check(&UNIT, fails().peer_answers(APP, replies(502)), "clears");
    }

    #[test]
    fn cannot_tell_when_the_web_server_serves_us_the_same() {
        let served = Sitting::healthy_origin().visits(520, page(520)).on_origin(Known::Told);
        let served = served.nginx(SHOP).sockets(&["0.0.0.0:443 nginx"]);
        check(&UNIT, served.peer_answers(APP, head_of(9000)), "cannot tell");
        check(&UNIT, fails(), "cannot tell");
    }
}
