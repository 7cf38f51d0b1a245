//! The origin answers visitors and denies Cloudflare.
//!
//! # What you see
//! Through Cloudflare: 403, seldom 429, 406 or 401, or error 520. Straight to the origin the same
//! page works.
//!
//! # What is wrong
//! Something on the origin treats requests from Cloudflare otherwise than others: a security
//! plugin, a WAF such as ModSecurity, a rate limit or a ban by address. To all of them a whole
//! site's visitors look like a few addresses, Cloudflare's; and some take the headers that
//! Cloudflare adds for a forgery.
//!
//! # How we know
//! The same request is asked straight, once bare and once with Cloudflare's headers. If the bare
//! one gets the page and the other one what visitors get, the headers make the difference: certain.
//! If both get the page and visitors a 403 that the edge marks as fetched, without a page of
//! Cloudflare's, it is Cloudflare's address: likely, unless the edge fetches from another origin than
//! the one that we asked. Without that mark a rule of the zone may have said it: possible. With 520
//! it is possible only: a fault that comes and goes, HTTP/2 and other things between edge and origin
//! look the same. Seen from within, nginx's own `allow` and `deny` are held against each of
//! Cloudflare's ranges: all of them denied, and we are served: certain. A site that is meant only
//! for some addresses, asked from one of them, looks like this as well.
//!
//! # What to do
//! Let the origin's protection trust Cloudflare's ranges (`https://www.cloudflare.com/ips/`) and read
//! the visitor's address from `CF-Connecting-IP`: in nginx `set_real_ip_from RANGE;` and
//! `real_ip_header CF-Connecting-IP;`.
//!
//! In Apache it is mod_remoteip: `RemoteIPHeader CF-Connecting-IP` and
//! `RemoteIPTrustedProxy RANGE`. Then look what denied the request: nginx's error log
//! (`access forbidden by rule`, `limiting requests`), the audit log of ModSecurity, the block list
//! of the plugin, `fail2ban-client status`. Trust the header only from Cloudflare's ranges; anybody
//! else can write it.
//!
//! # Sources
//! - Cloudflare docs, pages error-520, cloudflare-ip-addresses and restoring-visitor-ips, read
//!   2026-07
//! - nginx docs, ngx_http_realip_module
use super::{Cause, Confidence, Need, Verdict};
use crate::evidence::{HttpAnswer, PageForm, Reading, ReadingId, Reply};
use crate::hop::Hop;
use crate::proxy::nginx::{LeadsTo, PeerAddress, Ruling};
use crate::scene::Scene;
use crate::scene::direct::every_road_serves;
use crate::scene::families::{got_the_site, turned_away};
use crate::scene::host::proxy::served;
use crate::scene::roads::{RoadSeen, delivers};
use crate::scene::suspect::{Sign, Suspicion, deduped, open, suspect};
use crate::scene::visits::{EdgeState, asks_for_client_certificate};
use crate::target::SslMode;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C607",
    hop: Hop::Http,
    title: "the origin answers visitors and denies Cloudflare",
    fixes: &["proxy-allow-cloudflare"],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    match scene.visits.state() {
        EdgeState::NotVisited | EdgeState::Unvisitable => Verdict::needs([Need::Visit]),
        EdgeState::Works if scene.visits.direct => Verdict::clears(scene.visits.good_ids()),
        _ if scene.visits.direct => Verdict::needs([Need::Visit]),
        state => match (denied(scene), state) {
            (Some(denied), _) => {
                denied_by_rule(scene, &denied).unwrap_or_else(|| denied_by_reply(scene, &denied))
            }
            (None, EdgeState::Works) => Verdict::clears(scene.visits.good_ids()),
            (None, _) => denied_by_cut(scene),
        },
    }
}

/// Visits that the origin itself refused.
struct Denied {
    status: u16,
    visits: Vec<ReadingId>,
    /// Whether all visits were.
    always: bool,
    /// Whether the edge marks the refusal as fetched from an origin.
    fetched: bool,
}

/// Visits with a refusal that carries no page of Cloudflare's, and that no redirect led elsewhere.
/// A 503 is among them since rate limits say it.
fn denied(scene: &Scene<'_>) -> Option<Denied> {
    let all = || scene.visits.good.iter().chain(&scene.visits.bad);
    let refused = |reply: &Reply| {
        matches!(reply.status, 400..=499 | 503) && !asks_for_client_certificate(reply)
    };
    let mut seen = all().filter_map(|visit| {
        let reply = visit.reply.filter(|reply| refused(reply))?;
        let own = visit.legs.len() == 1 && visit.page.is_none();
        own.then_some((reply.status, visit.reading.id, visit.was_fetched()))
    });
    let (status, first, fetched) = seen.next()?;
    let rest = seen.filter(|(other, ..)| *other == status).map(|(_, id, _)| id);
    let visits: Vec<ReadingId> = std::iter::once(first).chain(rest).collect();
    let always = visits.len() == all().count();
    Some(Denied { status, visits, always, fetched })
}

fn replied(reading: Option<&Reading>) -> Option<(&Reading, &Reply)> {
    match reading?.http()? {
        HttpAnswer::Replied(reply) => Some((reading?, reply)),
        _ => None,
    }
}

fn denied_by_reply(scene: &Scene<'_>, denied: &Denied) -> Verdict {
    let used = scene.used_roads();
    if used.is_empty() {
        return Verdict::needs([Need::OriginAddress]);
    }
    let bare = || used.iter().filter_map(|(road, _)| Some((road, replied(road.request)?)));
    // What is refused to everybody is the app's business.
    let alike: Vec<ReadingId> =
        bare().filter(|(_, (_, reply))| reply.status >= 400).map(|(_, (r, _))| r.id).collect();
    if !alike.is_empty() {
        return Verdict::clears(alike);
    }
    let because = |more: Option<ReadingId>| -> Vec<ReadingId> {
        denied.visits.first().copied().into_iter().chain(more).collect()
    };
    let served = || bare().filter(|(_, (reading, _))| got_the_site(reading));
    let by_headers = served().find_map(|(road, (reading, reply))| {
        let (dressed, refused) = replied(road.dressed)?;
        // What is not there is refused to nobody.
        let same = refused.status == denied.status && !matches!(denied.status, 404 | 410);
        same.then_some((dressed.id, reading.id, reply.status))
    });
    if let Some((dressed, control, status)) = by_headers {
        // A redirect may be answered before anything looks at the headers; a rate limit may be met
        // by whoever comes second.
        let chance = matches!(denied.status, 429 | 503);
        let sure = denied.always && (200..300).contains(&status) && !chance;
        let confidence = if sure { Confidence::Certain } else { Confidence::Likely };
        return Verdict::blames(confidence, because(Some(dressed))).contrasting([control]);
    }
    let controls: Vec<ReadingId> = served().map(|(_, (reading, _))| reading.id).collect();
    let confidence = match denied.status {
        _ if controls.is_empty() => return open(scene, Hop::Http, Need::OtherVantage),
        // Without the mark of what was fetched it may be a rule of the zone with a page of its own.
        403 if denied.always && denied.fetched => Confidence::Likely,
        403 | 406 | 429 | 503 => Confidence::Possible,
        // Rather another origin behind the edge than a denial.
        _ => return Verdict::needs([Need::OnOrigin]),
    };
    Verdict::blames(confidence, because(None)).contrasting(controls)
}

/// nginx's own `allow` and `deny`, where its files can be seen: they are held against each of
/// Cloudflare's ranges, unless the address that counts is read from a header.
fn denied_by_rule(scene: &Scene<'_>, denied: &Denied) -> Option<Verdict> {
    let host = scene.host.as_ref()?;
    let (files, proxy) = scene.front()?;
    if denied.status != 403 || !denied.fetched {
        return None;
    }
    let doors = scene.doors_used();
    let mut ranges: Vec<String> = Vec::new();
    let mut rule = None;
    let mut all = true;
    for door in &doors {
        let served = served(proxy, door).filter(|served| served.is_certain())?;
        let route = served.route()?;
        let access = &route.access;
        let asks_app = matches!(route.leads_to, LeadsTo::Pass(_) | LeadsTo::Files { .. });
        let by_others = access.any_is_enough.as_ref().is_some_and(|any| any.value);
        // What is closed to everybody is closed on purpose.
        let some_allowed = access.rules.iter().any(|rule| rule.allows);
        if !asks_app || by_others || !some_allowed || !access.believes.is_empty() {
            return None;
        }
        let four = matches!(door.to(), PeerAddress::Ip(to) if to.is_ipv4());
        for range in scene.target.ranges.prefixes().iter().filter(|r| r.addr().is_ipv4() == four) {
            match (access.rules_on(range.addr()), access.rules_on(range.broadcast())) {
                (Ruling::Denied(first), Ruling::Denied(_)) => {
                    rule = rule.or(Some(first));
                    ranges.push(range.to_string());
                }
                _ => all = false,
            }
        }
    }
    let rule = rule?;
    let served = scene.used_roads().into_iter().filter_map(|(road, _)| road.request);
    let controls: Vec<ReadingId> =
        served.filter(|reading| got_the_site(reading)).map(|reading| reading.id).collect();
    let sure = all && denied.always && host.is_sure() && !controls.is_empty();
    let confidence = if sure { Confidence::Certain } else { Confidence::Likely };
    let because: Vec<ReadingId> =
        denied.visits.first().copied().into_iter().chain([files.id]).collect();
    let verdict = Verdict::blames(confidence, because)
        .contrasting(deduped(controls))
        .with("at", rule.at.to_string())
        .with("rule", format!("deny {}", rule.who));
    Some(if all { verdict } else { verdict.with("ranges", ranges) })
}

/// The edge got no reply. Whether we get one, bare and with the edge's headers, tells.
fn denied_by_cut(scene: &Scene<'_>) -> Verdict {
    let status = scene.symptom.status;
    let fails = scene.visits.state() == EdgeState::Fails;
    let page = scene.visits.commonest().and_then(|visit| visit.page);
    let bare_page = page.is_some_and(|page| page.form == PageForm::Unbranded);
    let sign = |road: &RoadSeen<'_>, _: SslMode| {
        let (dressed, bare) = turned_away(road)?;
        let (_, reply) = replied(Some(bare))?;
        let slow = matches!(dressed.http(), Some(HttpAnswer::Silent { .. }));
        let sure = fails && (200..300).contains(&reply.status) && slow == (status == Some(524));
        let sign = Sign::new([dressed.id], [bare.id]);
        Some(if sure { sign } else { sign.at_most(Confidence::Likely) })
    };
    let clean = |_: &RoadSeen<'_>, _: SslMode| None;
    let named_by: &[u16] = if bare_page { &[502, 520, 524] } else { &[520, 524] };
    let suspicion = Suspicion { hop: Hop::Http, named_by, sign: &sign, clean: &clean };
    let verdict = suspect(scene, &suspicion);
    let used = scene.used_roads();
    if matches!(verdict, Verdict::Blames(_)) || used.is_empty() {
        return verdict;
    }
    if let Some(serving) = every_road_serves(scene) {
        return match status {
            Some(520) if fails => {
                let first = scene.visits.bad_ids().into_iter().take(1).collect::<Vec<_>>();
                Verdict::blames(Confidence::Possible, first).contrasting(deduped(serving))
            }
            _ if fails => Verdict::needs([Need::OnOrigin]),
            _ => Verdict::needs([Need::WhileItFails, Need::OnOrigin]),
        };
    }
    let alike: Option<Vec<ReadingId>> = used
        .iter()
        .map(|(road, _)| {
            let bare = road.request.filter(|reading| reading.http().is_some())?;
            let broken = bare.http().is_some_and(|answer| !delivers(answer));
            (broken && road.wants_certificate().is_empty()).then_some(bare.id)
        })
        .collect();
    match alike {
        Some(because) => Verdict::clears(deduped(because)),
        None => verdict,
    }
}

#[cfg(test)]
mod tests {

    use super::UNIT;
    use crate::evidence::host::Known;
    use crate::evidence::{HttpAnswer, TcpAnswer};
    use crate::hop::Hop;
    use crate::scene::host::nginx_sample::SHOP;
    use crate::scene::sample::{Sitting, bare_page, check, greeted, page, reply};
    use crate::target::SslMode;

    /// The origin's answers to the bare request and to the one with the edge's headers.
    fn origin(bare: HttpAnswer, dressed: HttpAnswer) -> Sitting {
        let sitting = Sitting::new().mode(SslMode::Strict).tcp(TcpAnswer::Accepted);
        sitting.tls(greeted(vec![])).request(bare).dressed(dressed)
    }

    fn says(status: u16) -> HttpAnswer {
        HttpAnswer::Replied(reply(status))
    }

    fn cuts() -> HttpAnswer {
        HttpAnswer::Empty { reset: true, after_ms: 3 }
    }

    fn redirects(to: &str) -> HttpAnswer {
        let mut reply = reply(301);
        reply.headers.push(("location".to_owned(), to.to_owned()));
        HttpAnswer::Replied(reply)
    }

    #[test]
    fn blames_the_denial_when_only_visitors_get_it() {
        check(&UNIT, origin(says(200), says(200)).visits(403, None), "blames, likely");
        check(&UNIT, origin(says(200), says(200)).visits(429, None), "blames, possible");
        // The zone's own rules turn visits away with a page of the owner's, too.
        let unfetched = crate::evidence::VisitAnswer::Http {
            greeting: None,
            http: HttpAnswer::Replied(reply(403)),
            page: None,
            ray: Some("8f3c0de5ca1ab1e0-FRA".to_owned()),
        };
        check(&UNIT, origin(says(200), says(200)).visit(unfetched), "blames, possible");
        check(&UNIT, origin(says(200), says(200)).visits(520, page(520)), "blames, possible");
        check(&UNIT, origin(says(200), cuts()).visits(502, page(502)), "blames, likely");
        let elsewhere = redirects("https://shop.example.test/welcome");
        check(&UNIT, origin(elsewhere, says(403)).visits(403, None), "blames, likely");
    }

    #[test]
    fn is_certain_when_nginx_is_told_to_deny_all_of_cloudflare_s_ranges() {
        let within = |rules: &str| {
            let files = SHOP.replace("location / {", &format!("location / {{ {rules}"));
            let sitting = origin(says(200), says(200)).visits(403, None).on_origin(Known::Told);
            sitting.nginx(&files).sockets(&["0.0.0.0:443 nginx"])
        };
        check(&UNIT, within("allow 203.0.113.0/24; deny all;"), "blames, certain");
        // An old list of ranges.
        let old = "allow 104.16.0.0/13; allow 203.0.113.0/24; deny all;";
        check(&UNIT, within(old), "blames, likely");
        let sitting = origin(says(403), says(403)).visits(403, None).on_origin(Known::Told);
        let files = SHOP.replace("location / {", "location / { deny all;");
        let closed = sitting.nginx(&files).sockets(&["0.0.0.0:443 nginx"]);
        check(&UNIT, closed, "clears");
        let sitting = origin(says(403), says(403)).visits(403, None).on_origin(Known::Told);
        let files = SHOP.replace("location / {", "location / { allow 198.51.100.0/24; deny all;");
        let office = sitting.nginx(&files).sockets(&["0.0.0.0:443 nginx"]);
        check(&UNIT, office, "blames, likely");
        // The address that counts is the visitor's.
        let real = "set_real_ip_from 0.0.0.0/0; real_ip_header CF-Connecting-IP; \
                    allow 203.0.113.0/24; deny all;";
        let app = origin(says(403), says(403)).visits(403, None).on_origin(Known::Told);
        let files = SHOP.replace("location / {", &format!("location / {{ {real}"));
        check(&UNIT, app.nginx(&files).sockets(&["0.0.0.0:443 nginx"]), "clears");
    }

    #[test]
    fn is_certain_when_the_edge_s_headers_make_the_difference() {
        for status in [401, 403, 406] {
            let sitting = origin(says(200), says(status)).visits(status, None);
            check(&UNIT, sitting, "blames, certain");
        }
        // A rate limit may be met by whoever comes second.
        check(&UNIT, origin(says(200), says(429)).visits(429, None), "blames, likely");
        check(&UNIT, origin(says(200), cuts()).visits(520, page(520)), "blames, certain");
        check(&UNIT, origin(says(200), cuts()).visits(502, bare_page(502)), "blames, certain");
        let some = origin(says(200), says(403)).visits(403, None).served();
        check(&UNIT, some, "blames, likely");
    }

    #[test]
    fn clears_the_origin_when_visits_are_served_or_all_are_refused_alike() {
        check(&UNIT, origin(says(403), says(200)).served(), "clears");
        for status in [401, 403, 404] {
            check(&UNIT, origin(says(status), says(status)).visits(status, None), "clears");
        }
        check(&UNIT, origin(cuts(), cuts()).visits(520, page(520)), "clears");
    }

    #[test]
    fn leaves_redirects_to_https_and_errors_of_the_app_to_others() {
        let to_https = || redirects("https://shop.example.test/");
        let sitting =
            || Sitting::new().mode(SslMode::Flexible).on_port_80().tcp(TcpAnswer::Accepted);
        let app = sitting().request(to_https()).dressed(says(403)).visits(403, None);
        check(&UNIT, app, "cannot tell");
        let crash = sitting().request(to_https()).dressed(cuts()).visits(520, page(520));
        check(&UNIT, crash, "cannot tell");
        check(&UNIT, origin(says(500), says(500)).visits(500, None), "clears");
    }

    #[test]
    fn cannot_tell_when_nobody_was_served() {
        let says = "cannot tell: the origin's address: --origin ADDR";
        check(&UNIT, Sitting::new().no_origin().visits(403, None), says);
        let only_us = Sitting::new().mode(SslMode::Strict).tcp(TcpAnswer::Refused);
        let only_us = only_us.unreached(Hop::Net).visits(403, None);
        check(&UNIT, only_us, "cannot tell: mend what breaks at net first");
        let works = Sitting::new().mode(SslMode::Strict).origin_works().visits(404, None);
        check(
            &UNIT,
            works,
            "cannot tell: a look into the origin: run rayfix there, or add --ssh root@ORIGIN here",
        );
    }
}
