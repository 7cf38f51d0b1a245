//! The web server has no connections left.
//!
//! # What you see
//! Errors 500, 520 and 522 in turns, under load. In nginx's error log: `1024 worker_connections are
//! not enough`, `accept4() failed (24: Too many open files)`, `socket() failed (24: Too many open
//! files) while connecting to upstream`, or `connect() to 127.0.0.1:8000 failed (99: Cannot assign
//! requested address)`.
//!
//! # What is wrong
//! Each request that is handed on takes two connections of a worker, one to the edge and one to the
//! app. A worker that has as many as `worker_connections` allows, or as many open files as its limit
//! allows, takes no more: new connections wait, are reset, or are answered 500. With `(99:` the
//! machine has no local port left for another connection to the same app.
//!
//! # How we know
//! Its error log says so in this very sitting, while visits fail: likely. Where its own queue of
//! connections is full as well and the app, asked beside it, answers, certain: it is the web server
//! that takes no more, and not the app. A slow app ties up connections, too; where it does not
//! answer, it comes first.
//!
//! # What to do
//! Raise what is too small: `worker_connections 4096;` in `events`, with `worker_rlimit_nofile 8192;`
//! before it, then `nginx -t && systemctl reload nginx`. Look first whether a slow app holds them:
//! `ss -tn state established '( dport = :8000 )' | wc -l`.
//!
//! For `(99:` keep connections to the app open: `keepalive 32;` in its `upstream`, with
//! `proxy_http_version 1.1;` and `proxy_set_header Connection "";`.
//!
//! # Sources
//! - nginx docs, ngx_core_module (worker_connections, worker_rlimit_nofile)
//! - nginx source, release 1.22.1 (ngx_connection.c, ngx_event_accept.c)
//! - captured: nginx 1.22.1 with 10 connections, 20 files, and without local ports, 2026-11
use super::{Cause, Confidence, Need, Verdict};
use crate::evidence::ReadingId;
use crate::hop::Hop;
use crate::logs::{Class, Role};
use crate::scene::Scene;
use crate::scene::host::blame::weigh;
use crate::scene::host::broken::gives_a_reply;
use crate::scene::host::doors::full_queues;
use crate::scene::host::proxy::DoorUsed;
use crate::scene::suspect::{Sign, deduped};
use crate::scene::visits::EdgeState;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C712",
    hop: Hop::Proxy,
    title: "the web server has no connections left",
    fixes: &[],
    judge,
};

const EXPLAINS: [&str; 11] = [
    "net-accept-queue-full",
    "net-origin-silent",
    "net-firewall-blocks-cloudflare",
    "net-port-closed",
    // A connection that is taken and dropped at once ends as each question happens to meet it.
    "tls-handshake-cut",
    "tls-name-rejected",
    "tls-cipher-unshared",
    "tls-version-unsupported",
    "http-reply-empty",
    "http-reply-too-late",
    "http-origin-answers-5xx",
];

const CLASSES: [Class; 3] =
    [Class::ConnectionsExhausted, Class::PortsExhausted, Class::FilesExhausted];

fn judge(scene: &Scene<'_>) -> Verdict {
    let Some(host) = &scene.host else { return weigh(scene, None, &[]) };
    let logged = host
        .events(Hop::Proxy)
        .filter(|(_, kept)| CLASSES.contains(&kept.event.class) && kept.event.role == Role::Cause)
        .filter(|(_, kept)| host.is_of_now(kept))
        .max_by_key(|(_, kept)| kept.at);
    let Some((reading, kept)) = logged else { return without_sign(scene) };
    // Who serves us the site has connections; then the line is of another moment.
    let doors = scene.doors_used();
    let serves = !doors.is_empty() && doors.iter().all(DoorUsed::serves);
    if serves && scene.visits.state() == EdgeState::Fails {
        return Verdict::needs([Need::LongerLook]);
    }
    let upstreams = scene.proxy_upstreams();
    let replies: Vec<ReadingId> = upstreams
        .iter()
        .filter(|seen| gives_a_reply(seen.answer))
        .map(|seen| seen.reading.id)
        .collect();
    let queue = full_queues(scene).into_iter().find(|queue| !queue.of_app);
    let mut because = vec![reading.id];
    because.extend(queue.iter().flat_map(|queue| queue.because.clone()));
    because.extend(doors.iter().filter_map(DoorUsed::silent));
    let all_reply = !replies.is_empty() && replies.len() == upstreams.len();
    let sure = queue.is_some_and(|queue| queue.kept_waiting) && all_reply;
    let controls = if replies.is_empty() { scene.trace().into_iter().collect() } else { replies };
    let sign = Sign::new(deduped(because), controls);
    let sign = if sure { sign } else { sign.at_most(Confidence::Likely) };
    let what = match kept.event.class {
        Class::PortsExhausted => "local ports",
        Class::FilesExhausted => "open files",
        _ => "worker_connections",
    };
    weigh(scene, Some(sign), &[])
        .explaining(&EXPLAINS)
        .with("of", what)
        .with("log", kept.event.text.clone())
}

/// Its log was read to its end and says nothing of the kind, or an answer came through it.
fn without_sign(scene: &Scene<'_>) -> Verdict {
    let doors = scene.doors_used();
    let answered: Vec<ReadingId> =
        doors.iter().filter_map(|door| door.http().map(|(reading, _)| reading.id)).collect();
    let replied = doors.iter().filter_map(DoorUsed::http).all(|(_, answer)| {
        matches!(answer, crate::evidence::HttpAnswer::Replied(reply) if reply.status != 500)
    });
    weigh(scene, None, if replied { &answered } else { &[] })
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::host::Known;
    use crate::scene::host::nginx_sample::{SHOP, refuses, replies};
    use crate::scene::sample::{Sitting, check, page};

    const APP: &str = "127.0.0.1:8000";

    fn logged(message: &str) -> [String; 1] {
        [format!("2026/11/20 12:00:00 [alert] 710#710: {message}")]
    }

    fn not_enough() -> [String; 1] {
        logged(
            "*7 1024 worker_connections are not enough while connecting to upstream, client: 172.68.0.1, server: shop.example.test, request: \"GET / HTTP/1.1\"",
        )
    }

    fn jammed() -> Sitting {
        Sitting::door_silent().nginx(SHOP).sockets(&["0.0.0.0:443 nginx full"])
    }

    #[test]
    fn is_certain_when_its_log_says_so_its_queue_is_full_and_the_app_answers() {
        let sitting = jammed().error_log(&not_enough()).peer_answers(APP, replies(200));
        check(&UNIT, sitting, "blames, certain");
    }

    #[test]
    fn is_likely_from_a_line_of_this_sitting() {
        for lines in [not_enough(), logged("accept4() failed (24: Too many open files)")] {
            check(&UNIT, jammed().error_log(&lines), "blames, likely");
            let fails = Sitting::gateway_fails(500).nginx(SHOP).error_log(&lines);
            check(&UNIT, fails.peer_answers(APP, replies(200)), "blames, likely");
        }
    }

    #[test]
    fn old_lines_blame_nobody() {
        let old = jammed().error_log_at("2026-11-20T11:31:00Z", &not_enough());
        check(&UNIT, old, "cannot tell");
    }

    #[test]
    fn clears_a_web_server_that_answers() {
        check(&UNIT, Sitting::gateway_fails(502).nginx(SHOP), "clears");
        check(&UNIT, Sitting::well_within().nginx(SHOP).error_log(&not_enough()), "clears");
    }

    #[test]
    fn leaves_a_full_queue_without_its_word_to_the_queue() {
        check(&UNIT, jammed().peer_answers(APP, replies(200)), "cannot tell");
        let app = Sitting::gateway_fails(502).nginx(SHOP).peer_answers(APP, refuses());
        check(&UNIT, app, "clears");
    }

    #[test]
    fn cannot_tell_when_it_serves_us_meanwhile_or_from_outside() {
        let served = Sitting::healthy_origin().visits(522, page(522)).on_origin(Known::Told);
        let served = served.nginx(SHOP).error_log(&not_enough());
        let says = "cannot tell: a longer look into the origin, such as --timeout 60: this one did not show it";
        check(&UNIT, served, says);
        let says =
            "cannot tell: a look into the origin: run rayfix there, or add --ssh root@ORIGIN here";
        check(&UNIT, Sitting::new().visits(522, page(522)), says);
    }
}
