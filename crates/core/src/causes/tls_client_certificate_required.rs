//! The origin asks for a client certificate that the edge does not show.
//!
//! # What you see
//! Behind a proxied record: 400 with `No required SSL certificate was sent` where the origin is
//! nginx; 520 or 525 where it ends the connection itself. A direct request ends with
//! `certificate required` or with the same 400.
//!
//! # What is wrong
//! The origin is set up for authenticated origin pulls: it answers only who shows a certificate of
//! Cloudflare's. In the zone they are switched off, or the edge shows a certificate that the origin
//! does not know: its authority's file is missing, old, or the one of another way to set it up
//! (zone-level certificates of one's own against Cloudflare's shared one).
//!
//! # How we know
//! A visit that gets nginx's own words for it, while the handshake itself goes well, leaves nothing
//! else: certain. So does 525 where the origin asks us for a certificate and ends the handshake.
//! With 520 or 502 it is likely only: we have no certificate to show, so the app behind is out of
//! our sight. Where visits are served, all is set up rightly.
//!
//! # What to do
//! Switch authenticated origin pulls on for the zone (SSL/TLS, Origin Server), and let the origin
//! check against Cloudflare's file: `ssl_client_certificate authenticated_origin_pull_ca.pem;` in
//! nginx.
//!
//! If visitors have to get in now, `ssl_verify_client optional;` in nginx, or
//! `SSLVerifyClient optional_no_ca` in Apache, asks without insisting; then `nginx -t` and
//! `systemctl reload nginx`. The origin then answers anybody who knows its address, until it
//! insists again.
//!
//! For certificates of one's own, uploaded for the zone or a host name, the file on the origin must
//! be their authority's, and they must not have expired.
//!
//! # Sources
//! - Cloudflare docs, ssl/origin-configuration/authenticated-origin-pull and error-520, read
//!   2026-07
//! - RFC 8446, sections 4.4.2.4 and 6.2 (alert 116)
//! - captured: nginx 1.22.1 with `ssl_verify_client on`
use super::{Blame, Cause, Confidence, Need, Verdict};
use crate::evidence::{HttpAnswer, Reading, ReadingId, TlsAnswer};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::families::{accepted, before_the_handshake};
use crate::scene::roads::{RoadSeen, goes_along};
use crate::scene::suspect::{Sign, Suspicion, deduped, suspect};
use crate::scene::visits::{EdgeState, asks_for_client_certificate};
use crate::target::{Scheme, SslMode};

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C510",
    hop: Hop::Tls,
    title: "the origin asks for a client certificate that the edge does not show",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    let verdict = by_what_was_seen(scene);
    let (Verdict::Blames(blame), Some((id, pulls))) = (&verdict, scene.account.pulls()) else {
        return verdict;
    };
    let mut because = blame.because.clone();
    because.push(id);
    let pulls = if pulls.enabled == Some(true) { "on" } else { "off" };
    Verdict::Blames(Blame { because, ..blame.clone() }).with("origin_pulls", pulls)
}

/// Whether the account says that the edge shows no certificate.
fn shows_none(scene: &Scene<'_>) -> bool {
    scene.account.pulls().is_some_and(|(_, pulls)| pulls.enabled == Some(false))
}

fn by_what_was_seen(scene: &Scene<'_>) -> Verdict {
    if let Some(verdict) = told_to_visitors(scene) {
        return verdict;
    }
    let status = scene.symptom.status;
    let sign = |road: &RoadSeen<'_>, _: SslMode| {
        let refusals = road.wants_certificate();
        // nginx would have told visitors the same; they got something else.
        let ended = refusals.iter().any(|reading| !is_nginxs(reading));
        if !ended {
            return None;
        }
        let in_handshake = refusals.iter().any(|reading| reading.tls().is_some());
        let ids: Vec<ReadingId> = refusals.iter().map(|reading| reading.id).collect();
        let hello = road.legacy.filter(|reading| goes_along(reading)).or(greeted(road));
        let control = hello.map_or_else(|| before_the_handshake(road), |reading| vec![reading.id]);
        let sign = Sign::new(ids, control);
        // Whoever shows the right certificate may meet another fault behind it.
        let outright = (status == Some(525) && in_handshake) || shows_none(scene);
        Some(if outright { sign } else { sign.at_most(Confidence::Likely) })
    };
    let named_by = [520, 525];
    let suspicion = Suspicion { hop: Hop::Tls, named_by: &named_by, sign: &sign, clean: &clean };
    match suspect(scene, &suspicion) {
        Verdict::CannotTell { .. } if only_nginxs(scene) => Verdict::needs([Need::OnOrigin]),
        verdict => verdict,
    }
}

/// The verdict where the origin's words came through the edge: it said them to the edge.
fn told_to_visitors(scene: &Scene<'_>) -> Option<Verdict> {
    let told = |visit: &&crate::scene::visits::Visit<'_>| {
        visit.reply.is_some_and(asks_for_client_certificate)
    };
    let visits: Vec<ReadingId> =
        scene.visits.bad.iter().filter(told).map(|visit| visit.reading.id).collect();
    let first = *visits.first()?;
    let mut because = vec![first];
    let mut contrast = Vec::new();
    for (road, _) in scene.used_roads() {
        let same = road.wants_certificate().into_iter().filter(|reading| is_nginxs(reading));
        let same: Vec<ReadingId> = same.map(|reading| reading.id).collect();
        if let (Some(greet), false) = (greeted(road), same.is_empty()) {
            because.extend(same);
            contrast.push(greet.id);
        }
    }
    let always = visits.len() == scene.visits.bad.len();
    let sure = !contrast.is_empty() && always && scene.visits.state() == EdgeState::Fails;
    let confidence = if sure { Confidence::Certain } else { Confidence::Likely };
    Some(Verdict::blames(confidence, deduped(because)).contrasting(deduped(contrast)))
}

/// Whether nginx's 400 is all that shows that the origin wants a certificate. Visitors got
/// something else, so the edge shows the right one, and what is wrong lies behind.
fn only_nginxs(scene: &Scene<'_>) -> bool {
    let used = scene.used_roads();
    let mut wants = used.iter().flat_map(|(road, _)| road.wants_certificate()).peekable();
    wants.peek().is_some() && wants.all(is_nginxs)
}

fn is_nginxs(reading: &Reading) -> bool {
    matches!(reading.http(), Some(HttpAnswer::Replied(_)))
}

fn greeted<'a>(road: &RoadSeen<'a>) -> Option<&'a Reading> {
    road.greet.filter(|reading| matches!(reading.tls(), Some(TlsAnswer::Greeted(_))))
}

/// The origin asked for no certificate, or served us without one.
fn clean(road: &RoadSeen<'_>, mode: SslMode) -> Option<ReadingId> {
    if road.road.scheme == Scheme::Http {
        return accepted(road, mode);
    }
    let greet = greeted(road)?;
    match greet.tls()? {
        TlsAnswer::Greeted(greeting) if !greeting.client_certificate_asked => Some(greet.id),
        _ if road.wants_certificate().is_empty() => {
            road.reply().and(road.asked()).map(|reading| reading.id)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {

    use super::UNIT;
    use crate::evidence::{HttpAnswer, Reply, TcpAnswer, TlsAnswer};
    use crate::hop::Hop;
    use crate::scene::sample::{Sitting, alert, check, greeted, page, reply, visited};
    use crate::target::SslMode;

    /// TLS 1.2: the origin ends the handshake.
    fn ends_the_handshake() -> Sitting {
        let asked = TlsAnswer::Alert { code: 40, client_certificate_asked: true };
        let hello = TlsAnswer::HelloAccepted { version: 0x0303, cipher: 0xc02f };
        let sitting = Sitting::new().tcp(TcpAnswer::Accepted).tls(asked.clone());
        sitting.nameless(asked).legacy(hello).unreached(Hop::Tls)
    }

    fn asking() -> Sitting {
        let TlsAnswer::Greeted(mut greeting) = greeted(vec![]) else { unreachable!() };
        greeting.client_certificate_asked = true;
        Sitting::new().tcp(TcpAnswer::Accepted).tls(TlsAnswer::Greeted(greeting))
    }

    /// TLS 1.3: the origin ends the connection once the request is sent.
    fn ends_the_request() -> Sitting {
        let alert = HttpAnswer::Alert { code: 116 };
        asking().request(alert.clone()).dressed(alert)
    }

    fn nginxs() -> Reply {
        let excerpt = "<center>No required SSL certificate was sent</center>".to_owned();
        Reply { excerpt, ..reply(400) }
    }

    /// nginx: the handshake goes well, and a page says what is missing.
    fn answers_400() -> Sitting {
        let answer = HttpAnswer::Replied(nginxs());
        asking().request(answer.clone()).dressed(answer)
    }

    #[test]
    fn blames_the_missing_certificate_when_the_origin_ends_our_connection_for_it() {
        for sitting in [ends_the_handshake(), ends_the_request()] {
            check(&UNIT, sitting.clone().visits(520, page(520)), "blames, likely");
            check(&UNIT, sitting.visits(502, page(502)), "blames, likely");
        }
        let unknown = Sitting::new().no_origin().visit(visited(nginxs(), None));
        check(&UNIT, unknown, "blames, likely");
    }

    #[test]
    fn is_certain_when_visitors_are_told_or_the_edge_s_handshake_fails() {
        let sitting = answers_400().visit(visited(nginxs(), None));
        check(&UNIT, sitting, "blames, certain");
        check(&UNIT, ends_the_handshake().visits(525, page(525)), "blames, certain");
    }

    #[test]
    fn clears_it_when_visits_are_served_or_nothing_was_asked_for() {
        for sitting in [ends_the_handshake(), ends_the_request(), answers_400()] {
            check(&UNIT, sitting.served(), "clears");
        }
        let works = Sitting::new().mode(SslMode::Strict).origin_works();
        check(&UNIT, works.visits(520, page(520)), "clears");
        let optional = asking().mode(SslMode::Strict).replies(200);
        check(&UNIT, optional.visits(520, page(520)), "clears");
    }

    #[test]
    fn leaves_other_alerts_to_their_own_causes() {
        let sitting = Sitting::new().tcp(TcpAnswer::Accepted).tls(alert(40)).unreached(Hop::Tls);
        let says = "cannot tell: mend what breaks at tls first";
        check(&UNIT, sitting.visits(525, page(525)), says);
    }

    #[test]
    fn cannot_tell_what_lies_behind_a_certificate_that_only_the_edge_has() {
        let says =
            "cannot tell: a look into the origin: run rayfix there, or add --ssh root@ORIGIN here";
        check(&UNIT, answers_400().visits(502, page(502)), says);
        let cut = Sitting::new().mode(SslMode::Strict).tcp(TcpAnswer::Refused).unreached(Hop::Net);
        check(&UNIT, cut.visits(521, page(521)), "cannot tell: mend what breaks at net first");
    }
}
