//! The origin itself answers with an error.
//!
//! # What you see
//! Error 502 or 504 with Cloudflare's branded page, or 500 and 503 with a page of the app or of
//! nginx.
//!
//! # What is wrong
//! The way to the origin is in order and somebody there answers with an error. For 502 and 504 that
//! is mostly the proxy on the origin (nginx, Apache, a load balancer), which cannot get a reply
//! from the app behind it; for 500 and 503 the app itself. Over a 502 or 504 of the origin the edge
//! lays its own branded page, so that page, other than it looks, speaks of the origin.
//!
//! # How we know
//! A direct request gets the same status as visitors, behind a handshake that goes well: certain.
//! Another 5xx, or none because the origin is not known: likely; but possible for a 500 or 503 that
//! the edge does not mark as fetched, since a Worker may have answered. Where the origin answers only
//! Cloudflare, so that we are refused, it is possible, since the page says that somebody answered
//! the edge. The account's counts settle it: where Cloudflare counted the same status at the origin, it
//! is certain; where it counted no answer of the origin's, it is possible at most. Where the site comes
//! through a tunnel, cloudflared answers 502 as well, for a service that gives no reply: possible.
//!
//! # What to do
//! Read the proxy's error log on the origin, `tail /var/log/nginx/error.log`: the line of that
//! moment names the app it asked and what came of it. Then look at that app:
//! `systemctl status APP`.
//!
//! `connect() failed (111: Connection refused)` means that the app does not listen: start it
//! (`systemctl start APP`). `upstream timed out` means that it is slow,
//! `upstream prematurely closed connection` that it died. In Apache look for `AH01114` and
//! `proxy_http` in the error log. For a 500 the app's own log has the reason:
//! `journalctl -u APP --since "10 min ago"`.
//!
//! rayfix tells more when it runs on the origin itself.
//!
//! # Sources
//! - Cloudflare docs, pages error-502-504, error-500 and error-503, read 2026-07
//! - RFC 9110, section 15.6 (server errors)
use super::{Cause, Confidence, Need, Verdict};
use crate::evidence::{HttpAnswer, PageForm, Reading, ReadingId, Reply, TcpAnswer};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::counted::{Made, made};
use crate::scene::direct::answered_at_once;
use crate::scene::families::before_the_reply;
use crate::scene::host::service::answering_tunnel;
use crate::scene::roads::{RoadSeen, delivers};
use crate::scene::suspect::{Sign, Suspicion, hidden_by, suspect};
use crate::scene::visits::{EdgeState, Visit};
use crate::scene::witness::unvisited;
use crate::target::SslMode;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C608",
    hop: Hop::Http,
    title: "the origin itself answers with an error",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    let verdict = by_what_was_seen(scene);
    let tunnelled = scene.account.tunnel().is_some();
    let fails = scene.visits.state() == EdgeState::Fails && !scene.visits.direct;
    match (made(scene), verdict) {
        (Some((id, Made::ByTheOrigin)), verdict)
            if fails && !tunnelled && scene.symptom.error_code.is_none_or(|code| code < 1000) =>
        {
            by_the_counts(scene, id, verdict)
        }
        (Some((_, Made::WithoutTheOrigin)), Verdict::Blames(blame))
            if blame.confidence < Confidence::Certain =>
        {
            Verdict::Blames(blame).at_most(Confidence::Possible)
        }
        // What answers for a service that gives no reply is cloudflared, and looks the same.
        (_, verdict) if answering_tunnel(scene).is_some() && scene.used_roads().is_empty() => {
            verdict.at_most(Confidence::Possible)
        }
        (_, verdict) => verdict,
    }
}

/// The verdict where Cloudflare counted visitors' very status at the origin. The control is that the
/// edge answers for itself; a break that is seen from here keeps it from being certain.
fn by_the_counts(scene: &Scene<'_>, counts: ReadingId, verdict: Verdict) -> Verdict {
    let trace: Vec<ReadingId> = scene.trace().into_iter().collect();
    let made_here = scene.symptom.made_by == crate::diagnosis::Maker::Tunnel;
    let sure = !trace.is_empty() && hidden_by(scene, Hop::Http).is_none();
    let confidence = if sure { Confidence::Certain } else { Confidence::Likely };
    match verdict {
        _ if made_here => Verdict::needs([Need::Mend(Hop::Tunnel)]),
        Verdict::Blames(mut blame) => {
            blame.because.push(counts);
            if blame.contrast.is_empty() {
                blame.contrast = trace;
            }
            blame.confidence = blame.confidence.max(confidence);
            Verdict::Blames(blame)
        }
        Verdict::Clears { .. } | Verdict::CannotTell { .. } => {
            let first = scene.visits.bad_ids().first().copied();
            let because: Vec<ReadingId> = [counts].into_iter().chain(first).collect();
            Verdict::blames(confidence, because).contrasting(trace)
        }
    }
}

fn by_what_was_seen(scene: &Scene<'_>) -> Verdict {
    if let (Some(need), true) = (unvisited(scene), scene.visits.state() != EdgeState::Works) {
        return Verdict::needs([need]);
    }
    // cloudflared answers for a service that gives no reply; the origin then says nothing.
    if scene.symptom.made_by == crate::diagnosis::Maker::Tunnel {
        return Verdict::needs([Need::Mend(Hop::Tunnel)]);
    }
    let status = scene.symptom.status;
    let says = PageSays::of(scene);
    let sign = |road: &RoadSeen<'_>, _: SslMode| {
        let failed: Vec<(&Reading, &Reply)> =
            [road.request, road.dressed].into_iter().filter_map(failing).collect();
        let same = failed.iter().any(|(_, reply)| Some(reply.status) == status);
        // What the edge would send is the one with its headers.
        let edge_served = road.dressed.and_then(Reading::http).is_some_and(delivers);
        let at_most = match (edge_served, same) {
            (true, _) => Confidence::Possible,
            (false, true) => Confidence::Certain,
            (false, false) => Confidence::Likely,
        };
        let ids: Vec<ReadingId> = failed.iter().map(|(reading, _)| reading.id).collect();
        (!ids.is_empty()).then(|| Sign::new(ids, before_the_reply(road)).at_most(at_most))
    };
    let clean = |road: &RoadSeen<'_>, _: SslMode| {
        let as_the_edge = road.dressed.filter(|reading| reading.http().is_some());
        let reading = as_the_edge.or(road.asked())?;
        let served = delivers(reading.http()?) && road.wants_certificate().is_empty();
        served.then_some(reading.id)
    };
    let named_by: Vec<u16> = status.filter(|_| says != PageSays::TheEdge).into_iter().collect();
    let suspicion = Suspicion { hop: Hop::Http, named_by: &named_by, sign: &sign, clean: &clean };
    let verdict = suspect(scene, &suspicion);
    if scene.visits.state() == EdgeState::Works || matches!(verdict, Verdict::Blames(_)) {
        return verdict;
    }
    by_the_page(scene, says).unwrap_or(verdict)
}

fn failing(reading: Option<&Reading>) -> Option<(&Reading, &Reply)> {
    match reading?.http()? {
        HttpAnswer::Replied(reply) if reply.status >= 500 => Some((reading?, reply)),
        _ => None,
    }
}

/// Who chose the status, as far as the page tells (Cloudflare docs, page error-502-504).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PageSays {
    /// The origin's own page came through.
    TheOrigin,
    /// A page that the edge lays over an origin's 502 or 504.
    Covered,
    /// The edge's own word, or no reply at all.
    TheEdge,
}

impl PageSays {
    fn of(scene: &Scene<'_>) -> PageSays {
        let Some(visit) = scene.visits.commonest() else { return PageSays::TheEdge };
        let form = visit.page.map(|page| page.form);
        match (visit.told().0, form) {
            _ if visit.numbered().is_some() => PageSays::TheEdge,
            (Some(502 | 504), Some(PageForm::Unbranded)) => PageSays::TheEdge,
            // Without a page of Cloudflare's it may still be the zone's own error page.
            (Some(502 | 504), _) => PageSays::Covered,
            (Some(500..=519), None) => PageSays::TheOrigin,
            _ => PageSays::TheEdge,
        }
    }
}

/// The verdict where no direct request was answered with an error.
fn by_the_page(scene: &Scene<'_>, says: PageSays) -> Option<Verdict> {
    let blames = |confidence| Some(Verdict::blames(confidence, scene.visits.bad_ids()));
    let used = scene.used_roads();
    let certified =
        !used.is_empty() && used.iter().all(|(road, _)| !road.wants_certificate().is_empty());
    let out_of_sight = hidden_by(scene, Hop::Http) == Some(Hop::Net) || certified;
    // An origin that admits only Cloudflare drops us; its own 502 comes at once.
    let silent = |road: &RoadSeen<'_>| matches!(road.tcp_answer(), Some(TcpAnswer::Silent { .. }));
    let silent_to_us = !used.is_empty() && used.iter().all(|(road, _)| silent(road));
    // A request that is answered well may be another than the one that fails.
    let open = match scene.visits.state() {
        EdgeState::Flickers => Verdict::needs([Need::WhileItFails, Need::OnOrigin]),
        _ => Verdict::needs([Need::OnOrigin]),
    };
    let served =
        used.iter().any(|(road, _)| road.asked().and_then(Reading::http).is_some_and(delivers));
    // Without the mark of what was fetched, a Worker may have answered in the origin's place.
    let fetched = scene.visits.direct || scene.visits.commonest().is_some_and(Visit::was_fetched);
    match says {
        PageSays::TheEdge => None,
        PageSays::TheOrigin if served || !fetched => blames(Confidence::Possible),
        PageSays::TheOrigin => blames(Confidence::Likely),
        PageSays::Covered if used.is_empty() => blames(Confidence::Likely),
        PageSays::Covered if silent_to_us && answered_at_once(scene).is_some() => {
            blames(Confidence::Likely)
        }
        PageSays::Covered if out_of_sight => blames(Confidence::Possible),
        PageSays::Covered if served => Some(open),
        PageSays::Covered => None,
    }
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::account::{AccountAnswer, AccountQuestion, Count, Counts};
    use crate::evidence::{HttpAnswer, PageForm, TcpAnswer};
    use crate::hop::Hop;
    use crate::scene::sample::{Sitting, bare_page, check, greeted, page, reply, silent};
    use crate::target::SslMode;

    fn origin() -> Sitting {
        Sitting::new().tcp(TcpAnswer::Accepted).tls(greeted(vec![]))
    }

    #[test]
    fn is_likely_when_a_502_comes_at_once_though_the_origin_drops_us() {
        let hushed = Sitting::new().mode(SslMode::Strict).visits(502, page(502));
        let hushed = hushed.tcp(silent()).unreached(Hop::Net);
        check(&UNIT, hushed.clone().quickly(), "blames, likely");
        check(&UNIT, hushed, "blames, possible");
    }

    #[test]
    fn the_counts_of_the_edge_settle_who_answered() {
        let counted = |sitting: Sitting, origin_status| {
            let error =
                Count { edge_status: 502, origin_status, colo: "FRA".to_owned(), count: 900 };
            let counts = Counts { errors: vec![error], ..Counts::default() };
            let question = AccountQuestion::Counts { host: "shop.example.test".to_owned() };
            sitting.account(question, AccountAnswer::Counts { counts })
        };
        let unknown = || Sitting::new().no_origin().visits(502, page(502));
        check(&UNIT, counted(unknown(), 502), "blames, certain");
        check(&UNIT, counted(unknown(), 0), "blames, possible");
        check(&UNIT, counted(origin().replies(502).visits(502, page(502)), 0), "blames, certain");
        check(&UNIT, counted(Sitting::healthy(), 502), "clears");
        let dropped = Sitting::new().mode(SslMode::Strict).tcp(silent()).unreached(Hop::Net);
        check(&UNIT, counted(dropped.visits(502, page(502)), 502), "blames, likely");
    }

    #[test]
    fn blames_the_origin_for_another_error_or_on_the_page_s_word() {
        check(&UNIT, origin().replies(500).visits(502, page(502)), "blames, likely");
        check(&UNIT, Sitting::new().no_origin().visits(502, page(502)), "blames, likely");
        check(&UNIT, Sitting::new().no_origin().visits(503, None), "blames, likely");
        let refused = Sitting::new().mode(SslMode::Strict).tcp(TcpAnswer::Refused);
        let refused = refused.unreached(Hop::Net).visits(502, page(502));
        check(&UNIT, refused, "blames, possible");
    }

    #[test]
    fn is_certain_when_edge_and_we_get_the_same_error() {
        check(&UNIT, origin().replies(502).visits(502, page(502)), "blames, certain");
        check(&UNIT, origin().replies(504).visits(504, page(504)), "blames, certain");
        check(&UNIT, origin().replies(503).visits(503, None), "blames, certain");
    }

    #[test]
    fn clears_the_origin_when_it_serves_or_the_edge_speaks_for_itself() {
        check(&UNIT, origin().replies(500).served(), "clears");
        let works = || Sitting::new().mode(SslMode::Strict).origin_works();
        check(&UNIT, works().visits(502, bare_page(502)), "clears");
        check(&UNIT, works().visits(520, page(520)), "clears");
    }

    #[test]
    fn leaves_what_no_origin_says_to_other_causes() {
        let works = || Sitting::new().mode(SslMode::Strict).origin_works();
        let numbered = works().visits(530, page(1033));
        check(&UNIT, numbered, "clears");
        let says = "cannot tell: the origin's address: --origin ADDR";
        check(&UNIT, Sitting::new().no_origin().visits(502, bare_page(502)), says);
        check(&UNIT, Sitting::new().no_origin().visits(520, page(520)), says);
        let empty = HttpAnswer::Empty { reset: false, after_ms: 2 };
        let sitting = origin().request(empty.clone()).dressed(empty).visits(502, page(502));
        check(&UNIT, sitting, "cannot tell: mend what breaks at http first");
    }

    #[test]
    fn cannot_tell_when_the_page_speaks_of_an_error_that_we_do_not_get() {
        let works = || Sitting::new().mode(SslMode::Strict).origin_works();
        let says =
            "cannot tell: a look into the origin: run rayfix there, or add --ssh root@ORIGIN here";
        check(&UNIT, works().visits(502, page(502)), says);
        let says = "cannot tell: the same questions while the site fails: now it does not";
        check(&UNIT, works().served().visits(502, page(502)), says);
    }

    #[test]
    fn is_no_more_than_possible_behind_a_tunnel_for_cloudflared_answers_502_as_well() {
        let covered = || Sitting::new().no_origin().visits(502, page(502));
        check(&UNIT, covered(), "blames, likely");
        check(&UNIT, covered().tunnelled("healthy"), "blames, possible");
    }

    #[test]
    fn is_no_more_than_possible_when_only_the_bare_request_fails() {
        let sitting = origin().request(HttpAnswer::Replied(reply(500)));
        let sitting = sitting.dressed(HttpAnswer::Replied(reply(200)));
        check(&UNIT, sitting.visits(502, page(502)), "blames, possible");
        let problem =
            page(502).map(|page| crate::evidence::EdgePage { form: PageForm::Problem, ..page });
        check(&UNIT, Sitting::new().no_origin().visits(502, problem), "blames, likely");
    }
}
