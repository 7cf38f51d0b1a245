//! The web server's files were changed, and it runs with what it read before.
//!
//! # What you see
//! Error 502 with Cloudflare's branded page, since the app moved to another port or socket. The
//! file of the site names the new address, the app answers there, and nginx's error log goes on
//! about the old one.
//!
//! # What is wrong
//! A web server reads its configuration when it starts and when it is reloaded, not when a file
//! changes. Somebody edited the address, or a tool wrote it, and nobody reloaded; or a reload was
//! refused at the time, over a mistake that has been mended since.
//!
//! # How we know
//! nginx's error log of this very sitting names, for this page of this site, an address that its
//! files do not name anywhere; the address that they name for the site answers from this machine; a
//! file was changed after nginx had read them, and `nginx -t` passes: certain. Where one of these
//! could not be seen, or the file is dated earlier (tools that copy keep dates): likely. Without such
//! a line, where some other place of the files names the old address, or where nobody answers at the
//! new one either: possible at most. A configuration that does not pass its test is left alone,
//! since a reload would be refused.
//!
//! # What to do
//! `nginx -t`, then `systemctl reload nginx`. No visitor is cut off by that.
//!
//! So that it does not come back: let what writes the file do both right after, as with
//! `ExecStartPost=`, a handler of Ansible's, or the last line of a deploy script. `ps -o lstart,cmd
//! -C nginx` tells when the workers that serve were started, that is when the files were read.
//!
//! # Sources
//! - nginx docs, control (changing configuration), read 2026-11
//! - nginx source, release 1.22.1 (ngx_cycle.c, ngx_process_cycle.c)
//! - captured: nginx 1.22.1 whose site's file was edited and not loaded, Debian 12, 2026-11-23
use super::{Cause, Confidence, Verdict};
use crate::evidence::host::{Kept, ProxyKind, ProxySeen, Rehearsal};
use crate::evidence::{HttpAnswer, Reading, ReadingId};
use crate::hop::Hop;
use crate::logs::{Role, Upstream};
use crate::scene::Scene;
use crate::scene::host::OnHost;
use crate::scene::host::blame::weigh;
use crate::scene::host::broken::{UPSTREAM, is_at, is_this_path};
use crate::scene::host::proxy::{DoorUsed, Member};
use crate::scene::suspect::Sign;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C714",
    hop: Hop::Proxy,
    title: "the web server's files were changed, and it runs with what it read before",
    fixes: &["proxy-reload"],
    judge,
};

/// What visitors and logs show of it.
const EXPLAINS: [&str; 7] = [
    "proxy-upstream-refused",
    "proxy-upstream-socket-missing",
    "proxy-upstream-socket-forbidden",
    "proxy-upstream-timeout",
    "proxy-upstream-closed-early",
    "http-origin-answers-5xx",
    "http-reply-too-late",
];

fn judge(scene: &Scene<'_>) -> Verdict {
    let Some(host) = &scene.host else { return weigh(scene, None, &[]) };
    let front = scene.front();
    let front = front.filter(|(_, one)| one.kind == ProxyKind::Nginx && one.running.is_some());
    let Some((reading, proxy)) = front else { return weigh(scene, None, &[]) };
    let read = proxy.was_read_since(reading.at);
    let line = last_line(scene, host, proxy);
    let stale = line.filter(|line| line.is_of_another);
    let Some(sign) = sign(scene, host, (reading, proxy), stale.as_ref()) else {
        let clean = match line {
            // It asks where its files lead.
            Some(line) if !line.is_of_another => vec![line.reading.id],
            _ if read == Some(true) => vec![reading.id],
            _ => Vec::new(),
        };
        return weigh(scene, None, &clean);
    };
    let verdict = weigh(scene, Some(sign), &[]).explaining(&EXPLAINS);
    let verdict = verdict
        .with("proxy", proxy.kind.word())
        .with("unit", proxy.unit.clone())
        .with("file", proxy.changed.as_ref().map(|(file, _)| file.clone()))
        .with("file_changed", proxy.changed.as_ref().map(|(_, at)| at.to_string()))
        .with("loaded", proxy.loaded.map(|at| at.to_string()))
        .with("upstream", proxy.upstreams.first().map(ToString::to_string));
    match stale {
        Some(line) => verdict
            .with("asked_instead", line.whom.to_string())
            .with("log", line.kept.event.text.clone()),
        None => verdict,
    }
}

/// Whether nginx was seen to ask, for this very site, whom its files do not name any more, whatever else is wrong: what
/// is mended behind it does not reach visitors until it has read them. Not where its files would be refused.
pub(crate) fn asks_whom_its_files_forgot(scene: &Scene<'_>) -> bool {
    let Some(host) = &scene.host else { return false };
    let front = scene.front();
    let front = front.filter(|(_, one)| one.kind == ProxyKind::Nginx && one.running.is_some());
    let Some((reading, proxy)) = front else { return false };
    let refused = matches!(host.rehearsal(proxy.kind), Some((_, Rehearsal::Fails { .. })));
    let asks_another = last_line(scene, host, proxy).is_some_and(|line| {
        let named = proxy.addresses.as_ref().is_some_and(|all| may_be_among(line.whom, all));
        line.is_of_another && !named
    });
    asks_another && !refused && proxy.was_read_since(reading.at) == Some(false)
}

/// The newest line of this sitting about the page that was visited, and whom nginx asked.
#[derive(Clone, Copy)]
struct Line<'a> {
    reading: &'a Reading,
    kept: &'a Kept,
    whom: &'a Upstream,
    /// The files lead the site to nobody of that address.
    is_of_another: bool,
}

fn last_line<'a>(scene: &Scene<'a>, host: &OnHost<'a>, proxy: &ProxySeen) -> Option<Line<'a>> {
    let tells = |(reading, kept): (&'a Reading, &'a Kept)| {
        let event = &kept.event;
        let counts = host.is_of_now(kept)
            && event.role == Role::Cause
            && UPSTREAM.contains(&event.class)
            && is_this_path(scene, kept);
        let whom = event.upstream.as_ref().filter(|_| counts)?;
        Some(Line { reading, kept, whom, is_of_another: !leads_to(scene, proxy, whom) })
    };
    let lines: Vec<Line<'a>> = host.events(Hop::Proxy).filter_map(tells).collect();
    // A page for errors may be fetched from elsewhere: the files' own address was asked before that.
    let own = lines.iter().filter(|line| !line.is_of_another).max_by_key(|line| line.kept.at);
    own.or_else(|| lines.iter().max_by_key(|line| line.kept.at)).copied()
}

/// Whether the files lead the site to this address, by whatever door.
fn leads_to(scene: &Scene<'_>, proxy: &ProxySeen, whom: &Upstream) -> bool {
    let handed = scene.handed();
    let members = || handed.iter().flat_map(|door| &door.members);
    let passes = || {
        let served = proxy.doors.iter().filter_map(|door| door.served.as_deref());
        served.flat_map(|served| served.passes().map(|(_, pass)| pass))
    };
    let nobody_known = members().next().is_none() && proxy.upstreams.is_empty();
    nobody_known
        || members().any(|member| is_at(whom, member.to, member.pass))
        || passes().any(|pass| {
            let told = pass.peers.addresses();
            told.is_empty() || told.into_iter().any(|to| is_at(whom, to, Some(pass)))
        })
        || proxy.upstreams.iter().any(|to| is_at(whom, to, None))
}

fn sign(
    scene: &Scene<'_>,
    host: &OnHost<'_>,
    (reading, proxy): (&Reading, &ProxySeen),
    stale: Option<&Line<'_>>,
) -> Option<Sign> {
    let read = proxy.was_read_since(reading.at);
    // A reload would be refused; and without a line only the dates speak for it.
    let rehearsed = host.rehearsal(proxy.kind);
    let passes = match rehearsed {
        Some((_, Rehearsal::Fails { .. })) => return None,
        Some((id, Rehearsal::Passes { .. })) => Some(id.id),
        _ => None,
    };
    if stale.is_none() && (read != Some(false) || last_line(scene, host, proxy).is_some()) {
        return None;
    }
    let doors = scene.doors_used();
    if !doors.is_empty() && doors.iter().all(DoorUsed::serves) {
        return None;
    }
    let errors: Vec<ReadingId> = doors
        .iter()
        .filter_map(DoorUsed::http)
        .filter(|(_, answer)| is_an_error(answer))
        .map(|(reading, _)| reading.id)
        .collect();
    if errors.is_empty() && !matches!(scene.symptom.status, Some(500 | 502..=504 | 524)) {
        return None;
    }
    let handed = scene.handed();
    let asked: Vec<&Member<'_>> =
        handed.iter().flat_map(|door| &door.members).filter(|one| !one.is_spare).collect();
    let working: Vec<ReadingId> = asked
        .iter()
        .filter_map(|member| member.seen.filter(|seen| seen.answer.works()))
        .map(|seen| seen.reading.id)
        .collect();
    let all_work = !asked.is_empty() && working.len() == asked.len();
    if stale.is_none() && !all_work {
        return None;
    }
    let Some(line) = stale else {
        let because = [&[reading.id], errors.as_slice()].concat();
        return Some(Sign::new(because, working).at_most(Confidence::Possible));
    };
    let named_elsewhere = proxy.addresses.as_ref().map(|all| may_be_among(line.whom, all));
    let contained = proxy.running.as_ref().is_some_and(|program| program.container.is_some());
    let sure = read == Some(false)
        && named_elsewhere == Some(false)
        && passes.is_some()
        && proxy.is_whole
        && !contained
        && !errors.is_empty()
        && handed.iter().all(|door| door.is_sure);
    let at_most = match () {
        () if !all_work || named_elsewhere == Some(true) => Confidence::Possible,
        () if sure => Confidence::Certain,
        () => Confidence::Likely,
    };
    let because = [&[line.reading.id, reading.id], errors.as_slice()].concat();
    let contrast: Vec<ReadingId> = working.into_iter().chain(passes).collect();
    Some(Sign::new(because, contrast).at_most(at_most))
}

/// What nginx answers over an upstream that gives no reply, or while it waits for one.
fn is_an_error(answer: &HttpAnswer) -> bool {
    match answer {
        HttpAnswer::Replied(reply) => reply.status >= 500,
        HttpAnswer::Silent { .. } => true,
        _ => false,
    }
}

/// Whether some directive of the files may lead to an address: by its text, by a variable, or by a
/// name that is resolved.
fn may_be_among(whom: &Upstream, all: &[Upstream]) -> bool {
    let bare = |address: &Upstream| address.to_string().replacen("/var/run/", "/run/", 1);
    let port = |address: &Upstream| match address {
        Upstream::Tcp(name) => name.rsplit_once(':').map(|(_, port)| port.to_owned()),
        _ => None,
    };
    let is_number =
        |address: &Upstream| address.to_string().parse::<std::net::SocketAddr>().is_ok();
    let usual = matches!(port(whom).as_deref(), Some("80" | "443"));
    all.iter().any(|one| {
        let text = bare(one);
        let by_name = match one {
            Upstream::Tcp(_) => !is_number(one) && port(one) == port(whom),
            Upstream::Name(_) => usual,
            Upstream::Unix(_) => false,
        };
        text == bare(whom) || text.contains('$') || by_name
    })
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::diagnose::diagnose;
    use crate::evidence::host::{ProxySeen, Rehearsal, UpstreamAnswer};
    use crate::proxy::At;
    use crate::scene::host::nginx_sample::{SHOP, config, line, proxy_seen, refuses, replies};
    use crate::scene::host::told::before;
    use crate::scene::sample::{Sitting, check};

    const APP: &str = "127.0.0.1:8000";
    const OLD: &str = "http://unix:/run/shop/shop.sock:/";
    const SPARE: &str = "
        server { listen 443 ssl; server_name shop.example.test; ssl_certificate c;
          ssl_certificate_key k; error_page 502 = @old;
          location / { proxy_pass http://127.0.0.1:8000; }
          location @old { proxy_pass http://unix:/run/shop/shop.sock; } }";
    const OPEN: &str = "cannot tell: a longer look into the origin, such as --timeout 60: this one did not show it";

    /// nginx whose files were changed and read so many minutes ago.
    fn nginx(http: &str, changed: i64, loaded: i64) -> ProxySeen {
        let mut seen = proxy_seen(http, true);
        seen.changed = Some(("/etc/nginx/sites-available/shop".to_owned(), before(changed)));
        seen.loaded = Some(before(loaded));
        seen.addresses = config(http).addresses();
        seen
    }

    fn missing(upstream: &str) -> String {
        let message = "connect() to unix:/run/shop/shop.sock failed (2: No such file or directory) \
                       while connecting to upstream";
        line(message, upstream)
    }

    fn passes() -> Rehearsal {
        Rehearsal::Passes { warnings: vec![] }
    }

    fn sitting(proxy: ProxySeen, app: UpstreamAnswer, lines: &[String]) -> Sitting {
        let doors = &["0.0.0.0:443 nginx", "0.0.0.0:80 nginx"];
        let sitting = Sitting::gateway_fails(502).with_proxy(proxy).sockets(doors);
        sitting.rehearsed(passes()).peer_answers(APP, app).error_log(lines)
    }

    fn edited() -> ProxySeen {
        nginx(SHOP, 5, 9000)
    }

    #[test]
    fn is_certain_where_it_asks_what_its_files_do_not_name_any_more() {
        let found = sitting(edited(), replies(200), &[missing(OLD)]);
        check(&UNIT, found.clone(), "blames, certain");
        let evidence = found.evidence();
        let diagnosis = diagnose(&evidence);
        let first = &diagnosis.findings[0];
        assert_eq!(first.cause, "proxy-config-not-reloaded");
        assert_eq!(first.detail["asked_instead"], "unix:/run/shop/shop.sock");
        assert_eq!(first.detail["upstream"], APP);
        let moved = line(
            "connect() failed (111: Connection refused) while connecting to upstream",
            "http://127.0.0.1:9000/",
        );
        check(&UNIT, sitting(edited(), replies(200), &[moved]), "blames, certain");
    }

    #[test]
    fn is_likely_where_a_date_a_trial_or_a_file_was_not_seen() {
        let lines = [missing(OLD)];
        // A tool that copies may keep the date of what it copies.
        let kept_date = nginx(SHOP, 50, 5);
        check(&UNIT, sitting(kept_date, replies(200), &lines), "blames, likely");
        let at_once = nginx(SHOP, 5, 5);
        check(&UNIT, sitting(at_once, replies(200), &lines), "blames, likely");
        let undated = ProxySeen { changed: None, ..edited() };
        check(&UNIT, sitting(undated, replies(200), &lines), "blames, likely");
        let later = ProxySeen { changed: Some(("x".to_owned(), before(-60))), ..edited() };
        check(&UNIT, sitting(later, replies(200), &lines), "blames, likely");
        let many = ProxySeen { addresses: None, ..edited() };
        check(&UNIT, sitting(many, replies(200), &lines), "blames, likely");
        let torn = ProxySeen { is_whole: false, ..edited() };
        check(&UNIT, sitting(torn, replies(200), &lines), "blames, likely");
        let untried = Sitting::gateway_fails(502).with_proxy(edited());
        let untried = untried.peer_answers(APP, replies(200)).error_log(&lines);
        check(&UNIT, untried, "blames, likely");
    }

    #[test]
    fn is_no_more_than_possible_where_something_else_would_do_as_well() {
        let lines = [missing(OLD)];
        check(&UNIT, sitting(edited(), replies(200), &[]), "blames, possible");
        check(&UNIT, sitting(edited(), refuses(), &lines), "blames, possible");
        // Another place of the files names that address: a page for errors is fetched there.
        check(&UNIT, sitting(nginx(SPARE, 5, 9000), replies(200), &lines), "blames, possible");
    }

    #[test]
    fn a_line_about_the_files_own_address_clears_it() {
        let own = line(
            "connect() failed (111: Connection refused) while connecting to upstream",
            "http://127.0.0.1:8000/",
        );
        check(&UNIT, sitting(edited(), refuses(), std::slice::from_ref(&own)), "clears");
        check(&UNIT, sitting(edited(), replies(200), &[own, missing(OLD)]), "clears");
    }

    #[test]
    fn lines_of_other_pages_other_sites_and_other_days_say_nothing() {
        let other_page = missing(OLD).replace("GET / HTTP", "GET /api HTTP");
        let other_site = missing(OLD).replace("host: \"shop.", "host: \"blog.");
        for line in [other_page, other_site] {
            check(&UNIT, sitting(nginx(SHOP, 5, 5), replies(200), &[line]), OPEN);
        }
        let old = sitting(nginx(SHOP, 5, 5), replies(200), &[]);
        let old = old.error_log_at("2026-11-20T11:40:00Z", &[missing(OLD)]);
        check(&UNIT, old, OPEN);
    }

    #[test]
    fn a_broken_edit_is_not_for_a_reload() {
        let fails = Rehearsal::Fails {
            says: "unexpected \"}\"".to_owned(),
            at: Some(At { file: "/etc/nginx/sites-enabled/shop".to_owned(), line: 12 }),
        };
        let broken = Sitting::gateway_fails(502).with_proxy(edited()).rehearsed(fails);
        let broken = broken.peer_answers(APP, replies(200)).error_log(&[missing(OLD)]);
        check(&UNIT, broken, OPEN);
    }

    #[test]
    fn clears_a_site_that_is_served_and_files_that_were_read() {
        let served = Sitting::well_within().with_proxy(edited()).peer_answers(APP, replies(200));
        check(&UNIT, served, "clears");
        check(&UNIT, sitting(nginx(SHOP, 50, 5), replies(200), &[]), "clears");
    }

    #[test]
    fn leaves_an_app_that_is_down_at_both_places_to_its_own_cause() {
        let found = sitting(edited(), refuses(), &[missing(OLD)]);
        let evidence = found.evidence();
        let diagnosis = diagnose(&evidence);
        assert_eq!(diagnosis.findings[0].cause, "proxy-upstream-refused");
    }
}
