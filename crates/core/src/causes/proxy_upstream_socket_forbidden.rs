//! The web server may not open the app's socket.
//!
//! # What you see
//! Error 502 with Cloudflare's branded page, while the app runs. In nginx's error log:
//! `connect() to unix:/run/shop/shop.sock failed (13: Permission denied) while connecting to
//! upstream`, at level `crit`.
//!
//! # What is wrong
//! To connect to a Unix socket a program must be allowed to write to it, and to pass through every
//! folder on its path. The user that the web server's workers run as (`www-data`, `nginx`) is not:
//! the socket is `0660` of a group that it is not in, or a folder such as `/home/deploy` is `0700`.
//! Permission denied on a TCP port is SELinux (`httpd_can_network_connect`).
//!
//! # How we know
//! The permission bits of the socket and of each folder on its path are held against the user of
//! the workers and its groups, and the web server answers 502 to a direct request: certain, where
//! the files leave no other way for the request. Without such an answer: likely. A line of this very
//! sitting in the error log about this site makes it likely alone; SELinux and AppArmor show only
//! there.
//!
//! # What to do
//! Make the app create its socket for the web server's group: in gunicorn `umask = 0o007` with
//! `Group=www-data` in its unit, in a socket unit `SocketUser=www-data`, in php-fpm
//! `listen.owner = www-data`. Then restart the app.
//!
//! See each step of the path: `namei -l /run/shop/shop.sock`. Move a socket out of a home folder to
//! `/run/APP` (`RuntimeDirectory=APP`). With SELinux look at `ausearch -m avc -ts recent`. Opening
//! everything (`chmod 777`) lets every user of the machine speak to the app.
//!
//! # Sources
//! - unix(7), path_resolution(7)
//! - nginx source, release 1.22.1 (ngx_event_connect.c)
//! - captured: nginx 1.22.1 with a socket of mode 0600 and with a folder without x, 2026-11
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
    code: "C705",
    hop: Hop::Proxy,
    title: "the web server may not open the app's socket",
    fixes: &["app-socket-permit"],
    judge,
};

/// `EACCES`.
const PERMISSION_DENIED: i32 = 13;

fn judge(scene: &Scene<'_>) -> Verdict {
    let fault = Fault {
        shown: &forbidden,
        clean: &|member| {
            let kept_out = |seen| {
                matches!(
                    seen,
                    &UpstreamAnswer::Nameless { .. } | &UpstreamAnswer::SocketMissing { .. }
                )
            };
            forbidden(member).is_none() && member.seen.is_some_and(|seen| !kept_out(seen.answer))
        },
        fits: answers_at_once,
        classes: &[Class::UpstreamSocketForbidden],
    };
    let verdict = broken(scene, &fault);
    let who =
        scene.handed().iter().flat_map(|door| door.members.clone()).find_map(|member| match member
            .seen?
            .answer
        {
            UpstreamAnswer::SocketForbidden { at, user } => Some((at.clone(), user.clone())),
            _ => None,
        });
    match who {
        Some((at, user)) => {
            let owner = format!("{}:{}", at.owner, at.group);
            let mode = format!("{:04o}", at.mode);
            verdict
                .with("user", user)
                .with("kept_out_by", at.path)
                .with("owner", owner)
                .with("mode", mode)
        }
        None => verdict,
    }
}

fn forbidden(member: &Member<'_>) -> Option<Shown> {
    match member.seen?.answer {
        // Computed from the bits, not tried.
        UpstreamAnswer::SocketForbidden { .. } => Some(Shown::ToUs),
        UpstreamAnswer::Unconnected {
            tcp: TcpAnswer::Failed { errno: PERMISSION_DENIED }, ..
        } => Some(Shown::ToUs),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::host::Known;
    use crate::scene::host::nginx_sample::{
        BY_SOCKET, SHOP, forbidden, line, no_socket, refuses, replies,
    };
    use crate::scene::sample::{Sitting, check, page};
    use crate::target::SslMode;

    const SOCKET: &str = "unix:/run/shop/shop.sock";

    fn fails() -> Sitting {
        Sitting::gateway_fails(502).nginx(BY_SOCKET).sockets(&["0.0.0.0:443 nginx"])
    }

    fn denied(upstream: &str) -> String {
        let message = "connect() to unix:/run/shop/shop.sock failed (13: Permission denied) while \
                       connecting to upstream";
        line(message, upstream)
    }

    #[test]
    fn is_certain_when_the_bits_keep_it_out_and_it_says_502() {
        check(&UNIT, fails().peer_answers(SOCKET, forbidden()), "blames, certain");
    }

    #[test]
    fn is_likely_where_the_web_server_was_not_heard() {
        let sitting = Sitting::new().mode(SslMode::Strict).visits(502, page(502));
        let sitting = sitting.no_origin().on_origin(Known::Told).nginx(BY_SOCKET);
        check(&UNIT, sitting.peer_answers(SOCKET, forbidden()), "blames, likely");
    }

    /// SELinux keeps nginx out, and not us.
    #[test]
    fn is_likely_from_the_log_though_we_get_a_reply() {
        let unix = fails().error_log(&[denied("http://unix:/run/shop/shop.sock:/")]);
        check(&UNIT, unix.peer_answers(SOCKET, replies(200)), "blames, likely");
        let message = "connect() to 127.0.0.1:8000 failed (13: Permission denied) while connecting to upstream";
        let tcp = Sitting::gateway_fails(502).nginx(SHOP).sockets(&["0.0.0.0:443 nginx"]);
        let tcp = tcp.error_log(&[line(message, "http://127.0.0.1:8000/")]);
        check(&UNIT, tcp.peer_answers("127.0.0.1:8000", replies(200)), "blames, likely");
    }

    #[test]
    fn clears_a_socket_that_the_web_server_may_open() {
        check(&UNIT, fails().peer_answers(SOCKET, replies(500)), "clears");
        check(&UNIT, fails().peer_answers(SOCKET, refuses()), "clears");
        let served = Sitting::well_within().nginx(BY_SOCKET).peer_answers(SOCKET, forbidden());
        check(&UNIT, served, "clears");
    }

    #[test]
    fn leaves_a_socket_that_is_not_there_to_its_own_cause() {
        let says = "cannot tell: mend what breaks at proxy first";
        check(&UNIT, fails().peer_answers(SOCKET, no_socket()), says);
    }

    #[test]
    fn cannot_tell_when_the_web_server_serves_us() {
        let served = Sitting::healthy_origin().visits(502, page(502)).on_origin(Known::Told);
        let served = served.nginx(BY_SOCKET).sockets(&["0.0.0.0:443 nginx"]);
        check(&UNIT, served.peer_answers(SOCKET, forbidden()), "cannot tell");
        check(&UNIT, fails(), "cannot tell");
    }
}
