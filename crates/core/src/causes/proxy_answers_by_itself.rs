//! The web server is told to answer with this error itself.
//!
//! # What you see
//! Error 502 or 504 with Cloudflare's branded page, a 500 or 503 with a page of the web server, or
//! error 520, while the app runs and no error log says anything.
//!
//! # What is wrong
//! No app is asked. The server or location of the web server that answers for the site's name holds
//! a `return 503;` (a maintenance page that was left on), a `return 502;`, or a `return 444;`, which
//! closes the connection without a word, so that the edge says 520. Often it is the default server,
//! which is meant for names that nobody knows, since the site's own server has another `server_name`
//! or is not enabled.
//!
//! # How we know
//! The files of the web server that listens at the door lead every request for the site to such a
//! line, and a direct request is answered just so: certain. Where the line counts only under a
//! condition that the files do not decide, or the direct request was not answered: likely.
//!
//! # What to do
//! Take the line out, or give the site its own server: the finding names file and line. Compare
//! `server_name` with the site's name, letter by letter, and see what is enabled:
//! `nginx -T | grep -n server_name`. Then `nginx -t && systemctl reload nginx`.
//!
//! End a maintenance by the switch that began it (mostly a file that an `if (-f …)` looks for).
//!
//! # Sources
//! - nginx docs, ngx_http_rewrite_module (return) and Server names
//! - Cloudflare docs, page error-520, read 2026-07
use super::{Cause, Confidence, Verdict};
use crate::evidence::{HttpAnswer, ReadingId};
use crate::hop::Hop;
use crate::proxy::At;
use crate::proxy::nginx::{LeadsTo, Served};
use crate::scene::Scene;
use crate::scene::host::blame::weigh;
use crate::scene::host::proxy::{DoorUsed, served};
use crate::scene::suspect::{Sign, deduped};

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C713",
    hop: Hop::Proxy,
    title: "the web server is told to answer with this error itself",
    fixes: &[],
    judge,
};

/// What a line makes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Status(u16),
    Closes,
}

fn judge(scene: &Scene<'_>) -> Verdict {
    let Some((files, proxy)) = scene.front() else { return weigh(scene, None, &[]) };
    let doors = scene.doors_used();
    let lines: Vec<_> =
        doors.iter().map(|door| Some((door, line(served(proxy, door)?, door)?))).collect();
    let Some((door, (told, at, by_name, certain))) = lines.iter().flatten().next().cloned() else {
        let elsewhere =
            doors.iter().all(|door| served(proxy, door).is_some_and(Served::is_certain));
        let clean: &[ReadingId] = if elsewhere && !doors.is_empty() { &[files.id] } else { &[] };
        return weigh(scene, None, clean);
    };
    let everywhere = lines.iter().all(Option::is_some);
    let heard = door.http().filter(|(_, answer)| fits(told, answer));
    let because = [files.id].into_iter().chain(heard.map(|(reading, _)| reading.id));
    let controls: Vec<ReadingId> = doors.iter().flat_map(DoorUsed::reached).collect();
    let sign = Sign::new(because.collect::<Vec<_>>(), deduped(controls));
    let sure = certain && everywhere && heard.is_some();
    let sign = if sure { sign } else { sign.at_most(Confidence::Likely) };
    let verdict = weigh(scene, Some(sign), &[])
        .explaining(&[
            "http-origin-answers-5xx",
            "http-reply-empty",
            "http-origin-denies-cloudflare",
        ])
        .with("proxy", proxy.kind.word())
        .with("at", at.to_string())
        .with("server_has_the_name", by_name);
    match told {
        Told::Status(status) => verdict.with("status", status),
        Told::Closes => verdict.with("closes", true),
    }
}

/// The line that answers an error at a door, whether its server bears the site's name, and whether
/// that is certain. A line under a condition counts only where just that was answered.
fn line(served: &Served, door: &DoorUsed<'_, '_>) -> Option<(Told, At, bool, bool)> {
    let certain = served.is_certain();
    let lines = served.routes.iter().filter_map(|route| match &route.leads_to {
        LeadsTo::Returns { status, at, .. } if *status >= 500 => Some((Told::Status(*status), at)),
        LeadsTo::Closes { at } => Some((Told::Closes, at)),
        _ => None,
    });
    let asked = door.http();
    let found = lines.into_iter().find(|(told, _)| match asked {
        Some((_, answer)) => fits(*told, answer),
        None => certain,
    });
    // The app may answer the same.
    let passes = served.passes().next().is_some();
    found
        .filter(|_| !passes || asked.is_some())
        .map(|(told, at)| (told, at.clone(), served.name_at.is_some(), certain))
}

fn fits(told: Told, answer: &HttpAnswer) -> bool {
    match (told, answer) {
        (Told::Status(status), HttpAnswer::Replied(reply)) => reply.status == status,
        (Told::Closes, HttpAnswer::Empty { .. }) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::host::Known;
    use crate::evidence::{HttpAnswer, TcpAnswer};
    use crate::scene::host::nginx_sample::{SHOP, refuses};
    use crate::scene::sample::{Sitting, check, greeted, page};
    use crate::target::SslMode;

    const DOORS: &[&str] = &["0.0.0.0:443 nginx", "0.0.0.0:80 nginx"];

    fn told(line: &str) -> String {
        SHOP.replace("proxy_pass http://127.0.0.1:8000;", line)
    }

    fn closes() -> Sitting {
        let empty = HttpAnswer::Empty { reset: false, after_ms: 2 };
        let sitting = Sitting::new().mode(SslMode::Strict).tcp(TcpAnswer::Accepted);
        let sitting = sitting.tls(greeted(vec![])).request(empty.clone()).dressed(empty);
        sitting.visits(520, page(520)).on_origin(Known::Told)
    }

    #[test]
    fn is_certain_when_the_files_say_what_a_direct_request_gets() {
        for status in [502, 503] {
            let sitting = Sitting::gateway_fails(status).nginx(&told(&format!("return {status};")));
            check(&UNIT, sitting.sockets(DOORS), "blames, certain");
        }
        check(&UNIT, closes().nginx(&told("return 444;")).sockets(DOORS), "blames, certain");
    }

    #[test]
    fn is_certain_of_a_default_server_that_closes() {
        let other = "server { listen 443 ssl default_server; ssl_certificate c;
            ssl_certificate_key k; server_name _; return 444; }
            server { listen 443 ssl; server_name shopp.example.test; ssl_certificate c;
            ssl_certificate_key k; location / { proxy_pass http://127.0.0.1:8000; } }";
        check(&UNIT, closes().nginx(other).sockets(DOORS), "blames, certain");
    }

    #[test]
    fn is_likely_under_a_condition_or_without_a_direct_answer() {
        let switch =
            "if (-f /var/www/maintenance) { return 503; } proxy_pass http://127.0.0.1:8000;";
        let sitting = Sitting::gateway_fails(503).nginx(&told(switch)).sockets(DOORS);
        check(&UNIT, sitting, "blames, likely");
        let unheard = Sitting::new().mode(SslMode::Strict).visits(502, page(502));
        let unheard = unheard.tcp(TcpAnswer::Accepted).on_origin(Known::Told);
        check(&UNIT, unheard.nginx(&told("return 502;")).sockets(DOORS), "blames, likely");
    }

    #[test]
    fn clears_files_that_ask_an_app() {
        let sitting = Sitting::gateway_fails(502).nginx(SHOP).sockets(DOORS);
        check(&UNIT, sitting.peer_answers("127.0.0.1:8000", refuses()), "clears");
        check(&UNIT, Sitting::well_within().nginx(&told("return 502;")), "clears");
    }

    #[test]
    fn leaves_another_status_than_the_line_s_to_others() {
        let switch =
            "if (-f /var/www/maintenance) { return 503; } proxy_pass http://127.0.0.1:8000;";
        let sitting = Sitting::gateway_fails(502).nginx(&told(switch)).sockets(DOORS);
        check(&UNIT, sitting, "cannot tell");
        let stale = Sitting::gateway_fails(502).nginx(&told("return 503;")).sockets(DOORS);
        check(&UNIT, stale, "clears");
    }

    #[test]
    fn cannot_tell_without_its_files() {
        check(&UNIT, Sitting::gateway_fails(502).sockets(DOORS), "cannot tell");
        let says =
            "cannot tell: a look into the origin: run rayfix there, or add --ssh root@ORIGIN here";
        check(&UNIT, Sitting::new().visits(503, None), says);
    }
}
