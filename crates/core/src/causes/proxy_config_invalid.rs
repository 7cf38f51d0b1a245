//! The web server cannot start with its configuration.
//!
//! # What you see
//! Error 521, behind a tunnel 502, often since a restart of the web server or of the machine.
//! `nginx -t` says `[emerg]` and `test failed`; `systemctl status nginx` says `failed`.
//!
//! # What is wrong
//! The web server was stopped and refuses to start: its files hold a directive that it does not
//! know, a file that is not there (`cannot load certificate "…": BIO_new_file() failed`), a key that
//! does not fit its certificate, or the name of an upstream that did not resolve
//! (`host not found in upstream`). While it runs, a faulty file does no harm: it keeps the old
//! configuration until it is started anew.
//!
//! # How we know
//! It does not run, nobody listens on the port that the edge needs, a connection is refused, and
//! its own rehearsal of a start fails: certain. Where no rehearsal was possible and its journal has
//! an `[emerg]` line since it ended: likely. While it still runs with the old configuration it is
//! only noted.
//!
//! # What to do
//! Read what it says, with file and line: `nginx -t` (Apache `apachectl configtest`, Caddy
//! `caddy validate --config /etc/caddy/Caddyfile`, HAProxy `haproxy -c -f FILE`). Mend that line,
//! then `systemctl start nginx`.
//!
//! Where you cannot mend it now, take the site's file out of `sites-enabled`, so that the others are
//! served. Test before each reload: `nginx -t && systemctl reload nginx`.
//!
//! # Sources
//! - nginx docs, Command-line parameters (`-t`) and Controlling nginx
//! - captured: nginx 1.22.1 with eleven kinds of `[emerg]`, 2026-11
use super::{Cause, Confidence, Verdict};
use crate::evidence::host::{Kept, Rehearsal, UnitSeen};
use crate::evidence::{Reading, ReadingId};
use crate::hop::Hop;
use crate::logs::Class;
use crate::scene::Scene;
use crate::scene::host::OnHost;
use crate::scene::host::blame::weigh;
use crate::scene::host::doors::{Stopped, stopped};
use crate::scene::suspect::Sign;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C702",
    hop: Hop::Proxy,
    title: "the web server cannot start with its configuration",
    fixes: &[],
    judge,
};

const EXPLAINS: [&str; 4] =
    ["proxy-stopped", "net-port-closed", "net-origin-silent", "tunnel-service-refused"];

fn judge(scene: &Scene<'_>) -> Verdict {
    let Some(host) = &scene.host else { return weigh(scene, None, &[]) };
    let front = scene.front().or_else(|| host.front());
    let rehearsed = front.and_then(|(_, proxy)| host.rehearsal(proxy.kind));
    let down = stopped(scene).filter(|stopped| stopped.taken_by.is_none());
    let Some(down) = down else {
        let runs = front.filter(|(_, proxy)| proxy.running.is_some());
        let clean: Vec<ReadingId> = runs.map(|(reading, _)| reading.id).into_iter().collect();
        return weigh(scene, None, &clean);
    };
    match rehearsed {
        Some((reading, Rehearsal::Fails { says, at })) if is_its_own(host, says) => {
            let because = [&[reading.id], down.sign.because.as_slice()].concat();
            let sign = Sign { because, ..down.sign };
            let verdict = weigh(scene, Some(sign), &[]).explaining(&EXPLAINS);
            let verdict = verdict.with("proxy", down.proxy.kind.word()).with("says", says.clone());
            match at {
                Some(at) => verdict.with("at", at.to_string()),
                None => verdict,
            }
        }
        Some((reading, Rehearsal::Passes { .. })) => weigh(scene, None, &[reading.id]),
        _ => match said(host, &down) {
            Some((reading, kept)) => {
                let because = [&[reading.id], down.sign.because.as_slice()].concat();
                let sign = Sign { because, ..down.sign }.at_most(Confidence::Likely);
                let verdict = weigh(scene, Some(sign), &[]).explaining(&EXPLAINS);
                let verdict = verdict.with("proxy", down.proxy.kind.word());
                verdict.with("says", kept.event.text.clone())
            }
            None => weigh(scene, None, &[]),
        },
    }
}

/// Whether a rehearsal failed by itself, and not since we may not read what the web server may.
fn is_its_own(host: &OnHost<'_>, says: &str) -> bool {
    host.place.root || !(says.contains("(13:") || says.contains("ermission denied"))
}

/// What its journal says of the configuration since it ended. A port that is taken is another
/// matter.
fn said<'a>(host: &OnHost<'a>, down: &Stopped<'a>) -> Option<(&'a Reading, &'a Kept)> {
    let ended = down.unit.and_then(end_of)?;
    let tells = |(_, kept): &(&Reading, &Kept)| {
        let taken = kept.event.text.contains("(98:") || kept.event.text.contains("in use");
        kept.event.class == Class::ProxyConfigInvalid
            && !taken
            && kept.at.is_some_and(|at| at.as_second() >= ended - SECONDS_BEFORE)
    };
    host.events(Hop::Proxy).filter(tells).max_by_key(|(_, kept)| kept.at)
}

/// A failing start takes this long at most between its words and its end.
const SECONDS_BEFORE: i64 = 30;

fn end_of(unit: &UnitSeen) -> Option<i64> {
    (!unit.is_active()).then_some(unit.since?.as_second())
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::host::{Known, LogSource, Rehearsal};
    use crate::hop::Hop;
    use crate::proxy::At;
    use crate::scene::host::nginx_sample::{SHOP, refuses};
    use crate::scene::sample::{Sitting, check, page};

    fn down() -> Sitting {
        let sitting = Sitting::door_closed().nginx_down(SHOP).sockets(&["0.0.0.0:22 sshd"]);
        sitting.unit_is("nginx.service", Hop::Proxy, "failed")
    }

    fn refused() -> Rehearsal {
        Rehearsal::Fails {
            says: "unknown directive \"proxy_pas\"".to_owned(),
            at: Some(At { file: "/etc/nginx/sites-enabled/shop".to_owned(), line: 12 }),
        }
    }

    fn emerg(sitting: Sitting, at: &str, text: &str) -> Sitting {
        let source = LogSource::Journal { unit: "nginx.service".to_owned() };
        sitting.wrote(source, Hop::Proxy, at, &[format!("nginx: [emerg] {text}")])
    }

    const UNKNOWN: &str = "unknown directive \"proxy_pas\" in /etc/nginx/sites-enabled/shop:12";

    #[test]
    fn is_certain_when_it_is_down_and_its_rehearsal_fails() {
        check(&UNIT, down().rehearsed(refused()), "blames, certain");
        let tunnel = Sitting::new().no_origin().visits(502, page(502)).on_origin(Known::Told);
        let tunnel = tunnel.nginx_down(SHOP).unit_is("nginx.service", Hop::Proxy, "failed");
        let tunnel = tunnel.service("127.0.0.1:443", refuses()).sockets(&[]);
        check(&UNIT, tunnel.rehearsed(refused()), "blames, certain");
    }

    #[test]
    fn is_likely_from_its_last_words_alone() {
        check(&UNIT, emerg(down(), "2026-11-20T11:47:59Z", UNKNOWN), "blames, likely");
        let untried = Rehearsal::Untried { why: "only root may".to_owned() };
        let sitting = emerg(down().rehearsed(untried), "2026-11-20T11:47:59Z", UNKNOWN);
        check(&UNIT, sitting, "blames, likely");
    }

    #[test]
    fn clears_files_that_would_load_and_a_web_server_that_runs() {
        let passes = Rehearsal::Passes { warnings: vec![] };
        let since_mended = emerg(down().rehearsed(passes), "2026-11-20T11:47:59Z", UNKNOWN);
        check(&UNIT, since_mended, "clears");
        let old = Sitting::gateway_fails(502).nginx(SHOP).sockets(&["0.0.0.0:443 nginx"]);
        check(&UNIT, old.rehearsed(refused()), "clears");
        check(&UNIT, Sitting::well_within().nginx(SHOP).rehearsed(refused()), "clears");
    }

    #[test]
    fn leaves_a_taken_port_and_words_of_before_to_others() {
        let taken = "bind() to 0.0.0.0:443 failed (98: Address already in use)";
        check(&UNIT, emerg(down(), "2026-11-20T11:47:59Z", taken), "cannot tell");
        check(&UNIT, emerg(down(), "2026-11-20T11:31:00Z", UNKNOWN), "cannot tell");
    }

    #[test]
    fn cannot_tell_without_a_rehearsal_or_from_outside() {
        check(&UNIT, down(), "cannot tell");
        let outside = Sitting::new().visits(521, page(521));
        let says =
            "cannot tell: a look into the origin: run rayfix there, or add --ssh root@ORIGIN here";
        check(&UNIT, outside, says);
    }
}
