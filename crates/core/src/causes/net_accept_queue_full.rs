//! The queue of connections that wait to be accepted is full.
//!
//! # What you see
//! Error 522 or 524, or 504 where it is the app's queue; some requests are served, slowly. On the
//! origin `ss -ltn` shows a `Recv-Q` as large as `Send-Q` on the listening socket; for the app's Unix
//! socket nginx logs `connect() to unix:… failed (11: Resource temporarily unavailable)`. The kernel
//! may log `Possible SYN flooding on port 443`.
//!
//! # What is wrong
//! The kernel keeps connections in a queue until the program takes them. A program whose workers
//! are all busy takes none; once the queue (its `backlog`, at most `net.core.somaxconn`) is full, new
//! connections are dropped, and those who dial wait and give up.
//!
//! # How we know
//! The listening socket of the web server's door, or of the app behind it, has as many connections
//! waiting as it may have, and we, too, were left without an answer: certain, with a control (another
//! road accepts, the edge answers for itself, or, for the app, the web server answers). Seen full
//! though we were answered: nothing is said, since a queue may be full for a moment. Connections
//! dropped during this sitting, on whatever socket, and lines of the kernel or of the web server of
//! this sitting: likely, where visitors are kept waiting.
//!
//! # What to do
//! Find why the program takes no connections: its workers are stuck or too few. Look at its log and
//! at what the workers do, `journalctl -u APP --since "10 min ago"`, then restart it or give it more
//! workers.
//!
//! A longer queue (`backlog=`, `sysctl net.core.somaxconn`) covers short bursts only. The count of
//! drops is in `nstat -az TcpExtListenOverflows`.
//!
//! # Sources
//! - listen(2), tcp(7), unix(7)
//! - kernel source, net/ipv4/tcp_input.c (`tcp_conn_request`) and net/unix/af_unix.c
//! - captured: nginx 1.22.1 before a Unix socket and a TCP port with a full queue, 2026-11
use super::{Cause, Confidence, Verdict};
use crate::evidence::host::{Listeners, UpstreamAnswer};
use crate::evidence::{ReadingId, TcpAnswer};
use crate::hop::Hop;
use crate::logs::{Class, Role};
use crate::scene::Scene;
use crate::scene::host::blame::weigh;
use crate::scene::host::doors::{AGAIN, full_queues, is_full};
use crate::scene::host::proxy::DoorUsed;
use crate::scene::suspect::{Sign, deduped};

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C407",
    hop: Hop::Net,
    title: "the queue of connections that wait to be accepted is full",
    fixes: &[],
    judge,
};

const EXPLAINS: [&str; 8] = [
    "net-origin-silent",
    "net-firewall-blocks-cloudflare",
    "http-reply-too-late",
    "http-origin-answers-5xx",
    "proxy-upstream-timeout",
    "proxy-upstream-refused",
    "tunnel-service-timeout",
    "net-one-family-closed",
];

fn judge(scene: &Scene<'_>) -> Verdict {
    let Some(host) = &scene.host else { return weigh(scene, None, &[]) };
    let queues = full_queues(scene);
    if let Some(queue) = queues.iter().find(|queue| queue.kept_waiting) {
        let sign = Sign::new(deduped(queue.because.clone()), controls(scene, queue.of_app));
        return weigh(scene, Some(sign), &[])
            .explaining(&EXPLAINS)
            .with("of", if queue.of_app { "app" } else { "web server" })
            .with("listener", queue.listener.at.to_string())
            .with("waiting", queue.listener.waiting)
            .with("queue", queue.listener.queue);
    }
    if let Some((because, of_app, what)) = told(scene) {
        let sign = Sign::new(because, controls(scene, of_app));
        let certain = what == SAYS_AGAIN;
        let sign = if certain { sign } else { sign.at_most(Confidence::Likely) };
        return weigh(scene, Some(sign), &[])
            .explaining(&EXPLAINS)
            .with("of", if of_app { "app" } else { "web server" })
            .with("told_by", what);
    }
    let clean: Vec<ReadingId> = host
        .listeners()
        .filter(|(_, all)| !all.sockets.iter().any(is_full) && !grew(all))
        .map(|(reading, _)| reading.id)
        .into_iter()
        .collect();
    weigh(scene, None, &clean)
}

const SAYS_AGAIN: &str = "the kernel, to a connection of ours";

/// What tells of a full queue where no listing of sockets shows one.
fn told(scene: &Scene<'_>) -> Option<(Vec<ReadingId>, bool, &'static str)> {
    let host = scene.host.as_ref()?;
    let again = scene.proxy_upstreams().into_iter().find(|seen| {
        let tcp = TcpAnswer::Failed { errno: AGAIN };
        matches!(seen.answer, UpstreamAnswer::Unconnected { tcp: said, .. } if *said == tcp)
    });
    if let Some(seen) = again {
        return Some((vec![seen.reading.id], true, SAYS_AGAIN));
    }
    let now = |part: Hop, class: Class| {
        let mut all = host.events(part);
        all.find(|(_, kept)| {
            kept.event.class == class && kept.event.role == Role::Cause && host.is_of_now(kept)
        })
    };
    if let Some((reading, kept)) = now(Hop::Proxy, Class::UpstreamQueueFull)
        && is_of_site(scene, kept.event.host.as_deref())
        && matches!(scene.symptom.status, Some(500..=504))
    {
        return Some((vec![reading.id], true, "the web server's error log"));
    }
    let doors = scene.doors_used();
    let waits: Vec<ReadingId> = doors.iter().filter_map(DoorUsed::silent).collect();
    let kept_waiting = !waits.is_empty() || matches!(scene.symptom.status, Some(522 | 524));
    if !kept_waiting {
        return None;
    }
    let port = |text: &str| {
        let rest = text.split("port ").nth(1)?;
        rest.rsplit(':').next().unwrap_or(rest).split(['.', ' ']).next()?.parse::<u16>().ok()
    };
    if let Some((reading, kept)) = now(Hop::Host, Class::AcceptQueueFull)
        && port(&kept.event.text).is_some_and(|port| doors.iter().any(|door| door.port == port))
    {
        return Some((vec![reading.id], false, "the kernel's log"));
    }
    let (reading, _) = host.listeners().filter(|(_, all)| grew(all) && !waits.is_empty())?;
    let because = [reading.id].into_iter().chain(waits).collect();
    Some((because, false, "the kernel's count of connections that it dropped"))
}

fn is_of_site(scene: &Scene<'_>, host: Option<&str>) -> bool {
    host.is_none_or(|host| host.eq_ignore_ascii_case(&scene.target.site.host))
}

/// Whether connections were dropped during the sitting.
fn grew(listeners: &Listeners) -> bool {
    listeners
        .overflows_before
        .zip(listeners.overflows_after)
        .is_some_and(|(before, after)| after > before)
}

/// For the app: that the web server is there. For a door: another that accepts, or the edge.
fn controls(scene: &Scene<'_>, of_app: bool) -> Vec<ReadingId> {
    let doors = scene.doors_used();
    let reached: Vec<ReadingId> = doors.iter().flat_map(DoorUsed::reached).collect();
    if of_app && !reached.is_empty() {
        return deduped(reached);
    }
    scene.trace().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::host::{Known, Listeners, LogSource, UpstreamAnswer};
    use crate::evidence::{HostAnswer, HostQuestion, HttpAnswer, TcpAnswer};
    use crate::hop::Hop;
    use crate::scene::host::nginx_sample::{BY_SOCKET, SHOP, line, replies};
    use crate::scene::sample::{NOON, Sitting, check, greeted, page, silent};
    use crate::target::SslMode;

    const APP: &str = "127.0.0.1:8000";
    const SOCKET: &str = "unix:/run/shop/shop.sock";

    fn waits() -> UpstreamAnswer {
        UpstreamAnswer::Unconnected { tcp: silent(), socket: None }
    }

    #[test]
    fn is_certain_when_the_door_s_queue_is_full_and_we_wait_too() {
        let sitting = Sitting::door_silent().nginx(SHOP).sockets(&["0.0.0.0:443 nginx full"]);
        check(&UNIT, sitting, "blames, certain");
    }

    #[test]
    fn is_certain_when_the_app_s_queue_is_full_and_it_leaves_us_waiting() {
        let app = Sitting::gateway_fails(504).nginx(SHOP);
        let app = app.sockets(&["0.0.0.0:443 nginx", "127.0.0.1:8000 gunicorn full"]);
        check(&UNIT, app.peer_answers(APP, waits()), "blames, certain");
        let again =
            UpstreamAnswer::Unconnected { tcp: TcpAnswer::Failed { errno: 11 }, socket: None };
        let unix = Sitting::gateway_fails(502).nginx(BY_SOCKET).sockets(&["0.0.0.0:443 nginx"]);
        check(&UNIT, unix.peer_answers(SOCKET, again), "blames, certain");
    }

    #[test]
    fn is_likely_from_logs_and_counts_of_this_sitting() {
        let message = "connect() to unix:/run/shop/shop.sock failed (11: Resource temporarily \
                       unavailable) while connecting to upstream";
        let unix = Sitting::gateway_fails(502).nginx(BY_SOCKET).sockets(&["0.0.0.0:443 nginx"]);
        let logged = unix.error_log(&[line(message, "http://unix:/run/shop/shop.sock:/")]);
        check(&UNIT, logged, "blames, likely");
        let flood = "TCP: request_sock_TCP: Possible SYN flooding on port 443. Sending cookies.";
        let line = format!("Nov 20 12:00:00 shop kernel: {flood}");
        let kernel = |at| {
            Sitting::door_silent().nginx(SHOP).wrote(
                LogSource::Kernel,
                Hop::Host,
                at,
                std::slice::from_ref(&line),
            )
        };
        check(&UNIT, kernel(NOON), "blames, likely");
        check(&UNIT, kernel("2026-11-20T11:40:00Z"), "cannot tell");
        let counted = Listeners {
            overflows_before: Some(3),
            overflows_after: Some(9),
            ..Listeners::default()
        };
        let counted = HostAnswer::Listeners(counted);
        let sitting = Sitting::door_silent().nginx(SHOP).within(HostQuestion::Listeners, counted);
        check(&UNIT, sitting, "blames, likely");
    }

    #[test]
    fn clears_queues_with_room() {
        let sitting = Sitting::door_silent().nginx(SHOP).sockets(&["0.0.0.0:443 nginx"]);
        check(&UNIT, sitting, "clears");
        let busy = Sitting::well_within().nginx(SHOP).sockets(&["0.0.0.0:443 nginx full"]);
        check(&UNIT, busy, "clears");
    }

    #[test]
    fn a_queue_that_is_full_for_a_moment_or_another_s_is_not_blamed() {
        let moment = Sitting::gateway_fails(502).nginx(SHOP);
        let moment = moment.sockets(&["0.0.0.0:443 nginx full", "127.0.0.1:8000 gunicorn full"]);
        check(&UNIT, moment.peer_answers(APP, replies(502)), "cannot tell");
        let other = Sitting::door_silent().nginx(SHOP);
        let other = other.sockets(&["0.0.0.0:443 nginx", "0.0.0.0:25 exim full"]);
        check(&UNIT, other, "cannot tell");
    }

    #[test]
    fn cannot_tell_from_outside() {
        let origin = Sitting::new().mode(SslMode::Strict).tcp(TcpAnswer::Accepted);
        let origin = origin.tls(greeted(vec![])).request(HttpAnswer::Silent { after_ms: 8000 });
        let says =
            "cannot tell: a look into the origin: run rayfix there, or add --ssh root@ORIGIN here";
        check(&UNIT, origin.clone().visits(524, page(524)), says);
        check(&UNIT, origin.visits(524, page(524)).on_origin(Known::Told), "cannot tell");
    }
}
