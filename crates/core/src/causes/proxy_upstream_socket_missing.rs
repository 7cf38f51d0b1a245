//! The socket that the web server hands requests to is not there.
//!
//! # What you see
//! Error 502 with Cloudflare's branded page. In nginx's error log: `connect() to
//! unix:/run/shop/shop.sock failed (2: No such file or directory) while connecting to upstream`,
//! at level `crit`.
//!
//! # What is wrong
//! The web server looks for a Unix socket at a path where there is none. Mostly the app does not
//! run: its socket goes when it stops, and a `RuntimeDirectory=` goes with its unit. Else the app
//! makes its socket elsewhere: after an upgrade of PHP (`php8.1-fpm.sock`, `php8.2-fpm.sock`), or in
//! a `/tmp` of its own (`PrivateTmp=yes`). Where something lies there that is no socket, it is as if
//! there were none.
//!
//! # How we know
//! The path that the web server's files name for this site is looked at: no socket is there, and
//! the web server answers 502 to a direct request: certain, where the files leave no other way for
//! the request. A way that depends on the request: likely. A line of this very sitting in the error
//! log about this site makes it likely alone, also where we see a socket: in a `/tmp` of its own the
//! web server may see another.
//!
//! # What to do
//! Start the app, and look that it makes its socket there: `systemctl status APP`,
//! `ls -l /run/APP/`, `ss -lxp`. Where the app uses another path, make the web server's
//! `proxy_pass` or `fastcgi_pass` name it, then `nginx -t && systemctl reload nginx`.
//!
//! Let systemd own the socket (`APP.socket` with `ListenStream=`), so that it stays there while the
//! app restarts. Keep it out of `/tmp`.
//!
//! # Sources
//! - nginx source, release 1.22.1 (ngx_event_connect.c)
//! - systemd manual, systemd.exec (RuntimeDirectory, PrivateTmp) and systemd.socket
//! - captured: nginx 1.22.1 before gunicorn and php-fpm that had stopped, 2026-11
use super::{Cause, Verdict};
use crate::evidence::host::UpstreamAnswer;
use crate::hop::Hop;
use crate::logs::Class;
use crate::scene::Scene;
use crate::scene::host::broken::{Fault, Shown, answers_at_once, broken};
use crate::scene::host::proxy::Member;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C704",
    hop: Hop::Proxy,
    title: "the socket that the web server hands requests to is not there",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    let fault = Fault {
        shown: &missing,
        clean: &|member| {
            missing(member).is_none()
                && member
                    .seen
                    .is_some_and(|seen| !matches!(seen.answer, UpstreamAnswer::Nameless { .. }))
        },
        fits: answers_at_once,
        classes: &[Class::UpstreamSocketMissing],
    };
    broken(scene, &fault)
}

fn missing(member: &Member<'_>) -> Option<Shown> {
    match member.seen?.answer {
        UpstreamAnswer::SocketMissing { .. } | UpstreamAnswer::NoSocket { .. } => {
            Some(Shown::Outright)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::TcpAnswer;
    use crate::evidence::host::{Known, UpstreamAnswer};
    use crate::scene::host::nginx_sample::{BY_SOCKET, SHOP, line, no_socket, refuses, replies};
    use crate::scene::sample::{Sitting, check, expired, greeted, page};
    use crate::target::SslMode;

    const SOCKET: &str = "unix:/run/shop/shop.sock";

    fn fails() -> Sitting {
        Sitting::gateway_fails(502).nginx(BY_SOCKET).sockets(&["0.0.0.0:443 nginx"])
    }

    fn logged() -> String {
        let message = "connect() to unix:/run/shop/shop.sock failed (2: No such file or directory) \
                       while connecting to upstream";
        line(message, "http://unix:/run/shop/shop.sock:/")
    }

    #[test]
    fn is_certain_when_no_socket_is_there_and_the_web_server_says_502() {
        check(&UNIT, fails().peer_answers(SOCKET, no_socket()), "blames, certain");
        let file = UpstreamAnswer::NoSocket { what: "a file".to_owned() };
        check(&UNIT, fails().peer_answers(SOCKET, file), "blames, certain");
        let both = fails().peer_answers(SOCKET, no_socket()).error_log(&[logged()]);
        check(&UNIT, both, "blames, certain");
    }

    #[test]
    fn is_certain_without_a_request_that_got_through() {
        let sitting = Sitting::new().mode(SslMode::Strict).visits(526, page(526));
        let sitting = sitting.tcp(TcpAnswer::Accepted).tls(greeted(vec![expired()]));
        let sitting = sitting.on_origin(Known::Told).nginx(BY_SOCKET);
        check(&UNIT, sitting.peer_answers(SOCKET, no_socket()), "blames, certain");
    }

    #[test]
    fn is_likely_from_the_log_though_we_see_a_socket() {
        let sitting = fails().error_log(&[logged()]).peer_answers(SOCKET, replies(200));
        check(&UNIT, sitting, "blames, likely");
    }

    #[test]
    fn clears_a_socket_that_is_there() {
        check(&UNIT, fails().peer_answers(SOCKET, refuses()), "clears");
        check(&UNIT, fails().peer_answers(SOCKET, replies(500)), "clears");
        let served = Sitting::well_within().nginx(BY_SOCKET).peer_answers(SOCKET, no_socket());
        check(&UNIT, served, "clears");
    }

    #[test]
    fn leaves_an_upstream_that_is_no_socket_to_others() {
        let tcp = Sitting::gateway_fails(502).nginx(SHOP).sockets(&["0.0.0.0:443 nginx"]);
        check(&UNIT, tcp.peer_answers("127.0.0.1:8000", refuses()), "clears");
    }

    #[test]
    fn cannot_tell_when_the_upstream_was_not_looked_at() {
        check(
            &UNIT,
            fails(),
            "cannot tell: a longer look into the origin, such as --timeout 60: this one did not show it",
        );
        let outside = Sitting::new().mode(SslMode::Strict).visits(502, page(502));
        let says =
            "cannot tell: a look into the origin: run rayfix there, or add --ssh root@ORIGIN here";
        check(&UNIT, outside, says);
    }
}
