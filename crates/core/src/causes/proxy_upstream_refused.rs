//! The address that the web server hands requests to takes no connections.
//!
//! # What you see
//! Error 502 with Cloudflare's branded page; straight to the origin nginx's own `502 Bad Gateway`
//! (Apache and HAProxy say 503). In nginx's error log: `connect() failed (111: Connection refused)
//! while connecting to upstream`, seldom `(113: No route to host)`.
//!
//! # What is wrong
//! The web server is in order and hands requests on to an address where nobody takes connections:
//! the app has stopped, listens on another port, or only on the other of `127.0.0.1` and `::1`. A
//! Unix socket that refuses is a file that an app left behind. `proxy_pass http://localhost:…`
//! tries both addresses.
//!
//! # How we know
//! The address that the web server's files name for this site is asked from this machine, and
//! refuses; the web server, asked directly, answers 502: certain, if the files leave no other way
//! for the request and all members of a group refuse. A group of which some refuse, a way that
//! depends on the request, another web server than nginx: likely. A line in the error log of this
//! very sitting about this site makes it likely alone. Where the web server serves the site to us,
//! nobody is blamed.
//!
//! # What to do
//! See whether the app runs and where it listens: `systemctl status APP` and `ss -ltnp`. Start it
//! (`systemctl start APP`), or make `proxy_pass` name the address that it listens on, then
//! `nginx -t && systemctl reload nginx`.
//!
//! With a name such as `localhost` write the address instead, `127.0.0.1`, so that the order of
//! addresses does not matter. In a container `127.0.0.1` is the container itself: publish the app's
//! port, or name the app's container.
//!
//! # Sources
//! - nginx source, release 1.22.1 (ngx_event_connect.c, ngx_http_upstream.c)
//! - captured: nginx 1.22.1, Apache 2.4 and HAProxy 2.6 in front of a closed port, 2026-11
use super::{Cause, Verdict};
use crate::evidence::TcpAnswer;
use crate::evidence::host::UpstreamAnswer;
use crate::hop::Hop;
use crate::logs::Class;
use crate::scene::Scene;
use crate::scene::host::broken::{Fault, Shown, answers_at_once, broken};
use crate::scene::host::proxy::Member;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C703",
    hop: Hop::Proxy,
    title: "the address that the web server hands requests to takes no connections",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    let fault = Fault {
        shown: &refuses,
        clean: &|member| member.seen.is_some_and(|seen| is_taken(seen.answer)),
        fits: answers_at_once,
        classes: &[Class::UpstreamRefused, Class::UpstreamUnreachable],
    };
    broken(scene, &fault)
}

fn refuses(member: &Member<'_>) -> Option<Shown> {
    match member.seen?.answer {
        UpstreamAnswer::Unconnected {
            tcp: TcpAnswer::Refused | TcpAnswer::Unreachable { .. },
            ..
        } => Some(Shown::Outright),
        _ => None,
    }
}

/// Whether a connection was taken, or would be by its owner.
fn is_taken(answer: &UpstreamAnswer) -> bool {
    matches!(
        answer,
        UpstreamAnswer::Accepted | UpstreamAnswer::Http { .. } | UpstreamAnswer::Handshake { .. }
    )
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::TcpAnswer;
    use crate::evidence::host::{Known, UpstreamAnswer};
    use crate::scene::host::nginx_sample::{
        BY_SOCKET, GROUP, SHOP, line, no_socket, refuses, replies,
    };
    use crate::scene::sample::{Sitting, check, expired, greeted, page};
    use crate::target::SslMode;

    const DOORS: &[&str] = &["0.0.0.0:443 nginx", "0.0.0.0:80 nginx"];

    fn fails() -> Sitting {
        Sitting::gateway_fails(502).nginx(SHOP).sockets(DOORS)
    }

    fn logged(upstream: &str) -> String {
        let message = "connect() failed (111: Connection refused) while connecting to upstream";
        line(message, upstream)
    }

    #[test]
    fn is_certain_when_the_upstream_refuses_and_the_web_server_says_502() {
        check(&UNIT, fails().peer_answers("127.0.0.1:8000", refuses()), "blames, certain");
        let away = UpstreamAnswer::Unconnected {
            tcp: TcpAnswer::Unreachable { errno: 113 },
            socket: None,
        };
        check(&UNIT, fails().peer_answers("127.0.0.1:8000", away), "blames, certain");
        let stale = Sitting::gateway_fails(502).nginx(BY_SOCKET).sockets(DOORS);
        let stale = stale.peer_answers("unix:/run/shop/shop.sock", refuses());
        check(&UNIT, stale, "blames, certain");
        let both = Sitting::gateway_fails(502).nginx(GROUP).sockets(DOORS);
        let both = both.peer_answers("127.0.0.1:8000", refuses());
        check(&UNIT, both.peer_answers("127.0.0.1:8001", refuses()), "blames, certain");
    }

    /// Another fault in front of it hides it and takes nothing from it.
    #[test]
    fn is_certain_behind_an_expired_certificate_too() {
        let sitting = Sitting::new().mode(SslMode::Strict).visits(526, page(526));
        let sitting = sitting.tcp(TcpAnswer::Accepted).tls(greeted(vec![expired()])).replies(502);
        let sitting = sitting.on_origin(Known::Told).nginx(SHOP).sockets(DOORS);
        check(&UNIT, sitting.peer_answers("127.0.0.1:8000", refuses()), "blames, certain");
    }

    #[test]
    fn is_likely_when_the_way_or_the_machine_is_not_certain() {
        let some = || Sitting::gateway_fails(502).nginx(GROUP).sockets(DOORS);
        let some = some().peer_answers("127.0.0.1:8000", refuses());
        let some = some.peer_answers("127.0.0.1:8001", replies(502));
        check(&UNIT, some, "blames, likely");
        let by_script =
            SHOP.replace("location / {", "location / { if ($http_x_closed) { return 403; }");
        let route = Sitting::gateway_fails(502).nginx(&by_script).sockets(DOORS);
        check(&UNIT, route.peer_answers("127.0.0.1:8000", refuses()), "blames, likely");
        // A copy for tests is set up for the site as well.
        let copy = Sitting::new().mode(SslMode::Strict).visits(502, page(502));
        let copy = copy.tcp(TcpAnswer::Accepted).tls(greeted(vec![])).replies(502);
        let copy = copy.on_origin(Known::Proxy).nginx(SHOP).sockets(DOORS);
        check(&UNIT, copy.peer_answers("127.0.0.1:8000", refuses()), "blames, likely");
    }

    #[test]
    fn is_likely_from_a_line_of_this_sitting_alone() {
        let lines = [logged("http://127.0.0.1:8000/")];
        check(&UNIT, fails().error_log(&lines), "blames, likely");
        let now_up = fails().peer_answers("127.0.0.1:8000", replies(200));
        check(&UNIT, now_up.error_log(&lines), "blames, likely");
    }

    #[test]
    fn old_lines_and_those_of_other_sites_blame_nobody() {
        let lines = [logged("http://127.0.0.1:8000/")];
        let says = "cannot tell: a longer look into the origin, such as --timeout 60: this one did not show it";
        check(&UNIT, fails().error_log_at("2026-11-20T11:40:00Z", &lines), says);
        let other = [lines[0].replace("host: \"shop.", "host: \"blog.")];
        check(&UNIT, fails().error_log(&other), says);
        check(&UNIT, fails().error_log(&[logged("http://127.0.0.1:9999/")]), says);
    }

    #[test]
    fn clears_an_upstream_that_takes_connections_and_a_site_that_is_served() {
        check(&UNIT, fails().peer_answers("127.0.0.1:8000", replies(502)), "clears");
        let dead = Sitting::well_within().nginx(GROUP).sockets(DOORS);
        let dead = dead.peer_answers("127.0.0.1:8000", refuses());
        check(&UNIT, dead.peer_answers("127.0.0.1:8001", replies(200)), "clears");
    }

    #[test]
    fn leaves_a_missing_socket_to_its_own_cause() {
        let sitting = Sitting::gateway_fails(502).nginx(BY_SOCKET).sockets(DOORS);
        let sitting = sitting.peer_answers("unix:/run/shop/shop.sock", no_socket());
        check(&UNIT, sitting, "cannot tell: mend what breaks at proxy first");
    }

    #[test]
    fn cannot_tell_when_the_web_server_serves_us_or_is_not_in_the_way() {
        let served = Sitting::healthy_origin().visits(502, page(502)).on_origin(Known::Told);
        let served = served.nginx(SHOP).sockets(DOORS).peer_answers("127.0.0.1:8000", refuses());
        check(&UNIT, served, "cannot tell");
        // A dead member of a group, and visits fail for another reason.
        let other = Sitting::new().mode(SslMode::Strict).visits(526, page(526));
        let other = other.tcp(TcpAnswer::Accepted).tls(greeted(vec![expired()])).replies(200);
        let other = other.on_origin(Known::Told).nginx(GROUP).sockets(DOORS);
        let other = other.peer_answers("127.0.0.1:8000", refuses());
        check(&UNIT, other.peer_answers("127.0.0.1:8001", replies(200)), "cannot tell");
        // Another program has the door.
        let node = Sitting::gateway_fails(502).nginx(SHOP).sockets(&["0.0.0.0:443 node"]);
        check(&UNIT, node.peer_answers("127.0.0.1:8000", refuses()), "cannot tell");
        let outside = Sitting::new().mode(SslMode::Strict).visits(502, page(502));
        let says =
            "cannot tell: a look into the origin: run rayfix there, or add --ssh root@ORIGIN here";
        check(&UNIT, outside, says);
    }
}
