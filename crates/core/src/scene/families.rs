//! The five families of suspicions: connections, certificates, handshakes, replies, and what the
//! edge says outright. Each cause of a family is one predicate away.

use super::Scene;
use super::roads::{RoadSeen, delivers};
use super::suspect::{Sign, Suspicion, suspect};
use super::visits::{Came, EdgeState, Visit, is_redirect};
use crate::causes::{Confidence, Need, Verdict};
use crate::evidence::chain::ChainFault;
use crate::evidence::{
    HttpAnswer, Question, Reading, ReadingId, Seen, TcpAnswer, TlsAnswer, Trace, VisitAnswer,
};
use crate::hop::Hop;
use crate::target::{Site, SslMode};

/// A fault of the connection, which the edge names by `status`. Without an origin's address the
/// edge's word alone makes it likely. Where the other family of addresses works, the cause is that
/// one family is closed, not this.
#[must_use]
pub fn connection(scene: &Scene<'_>, status: u16, fault: fn(&TcpAnswer) -> bool) -> Verdict {
    let told = !scene.visits.direct && scene.symptom.status == Some(status);
    if scene.used_roads().is_empty() && told {
        // Some visits were served: then it is as near that some of the edge's addresses are kept
        // out.
        let flickers = scene.visits.state() == EdgeState::Flickers;
        let confidence = if flickers { Confidence::Possible } else { Confidence::Likely };
        return Verdict::blames(confidence, scene.visits.bad_ids());
    }
    if scene.visits.state() != EdgeState::Works && families_differ(scene) {
        return Verdict::needs([Need::Mend(Hop::Net)]);
    }
    let sign = |road: &RoadSeen<'_>, _: SslMode| {
        let reading = road.tcp?;
        let sign = fault(reading.tcp()?).then(|| Sign::new([reading.id], control(scene)));
        sign.map(
            |sign| if sign.contrast.is_empty() { sign.at_most(Confidence::Likely) } else { sign },
        )
    };
    suspect(scene, &Suspicion { hop: Hop::Net, named_by: &[status], sign: &sign, clean: &accepted })
}

/// The edge answering for itself: what differs is only that it need not ask the origin. Where no
/// edge is in between, another road that accepts.
fn control(scene: &Scene<'_>) -> Vec<ReadingId> {
    if !scene.visits.direct {
        return scene.trace().into_iter().collect();
    }
    scene.roads.iter().find_map(|road| accepted(road, SslMode::Full)).into_iter().collect()
}

/// The reading that shows that a road accepts connections.
#[must_use]
pub fn accepted(road: &RoadSeen<'_>, _: SslMode) -> Option<ReadingId> {
    road.tcp.filter(|reading| reading.tcp() == Some(&TcpAnswer::Accepted)).map(|reading| reading.id)
}

/// Whether one of IPv4 and IPv6 accepts on all used roads, and the other on none.
#[must_use]
pub fn families_differ(scene: &Scene<'_>) -> bool {
    family_split(scene).is_some()
}

/// The connections of the family that is closed, and of the one that accepts, where all used roads
/// of one family accept and none of the other does. That this machine has no way into a family
/// does not count: "unreachable" closes one only where something else of it answered us.
#[must_use]
pub fn family_split(scene: &Scene<'_>) -> Option<(Vec<ReadingId>, Vec<ReadingId>)> {
    let used = scene.used_roads();
    let all = |four: bool, fits: &dyn Fn(&TcpAnswer) -> bool| -> Option<Vec<ReadingId>> {
        let of_family: Vec<_> = used
            .iter()
            .filter(|(road, _)| road.road.to.is_ipv4() == four)
            .filter_map(|(road, _)| Some((road.tcp?, road.tcp_answer()?)))
            .collect();
        let fit = !of_family.is_empty() && of_family.iter().all(|(_, answer)| fits(answer));
        fit.then(|| of_family.iter().map(|(reading, _)| reading.id).collect())
    };
    [true, false].into_iter().find_map(|four| {
        let reached = answers_in_family(scene, four);
        let closed = all(four, &|answer| match answer {
            TcpAnswer::Refused | TcpAnswer::Silent { .. } => true,
            TcpAnswer::Unreachable { .. } => reached,
            TcpAnswer::Accepted | TcpAnswer::Failed { .. } => false,
        })?;
        Some((closed, all(!four, &|answer| *answer == TcpAnswer::Accepted)?))
    })
}

/// Whether anything answered us over IPv4, or over IPv6.
#[must_use]
pub fn answers_in_family(scene: &Scene<'_>, four: bool) -> bool {
    scene.evidence.readings.iter().any(|reading| match (&reading.question, reading.seen()) {
        (Question::Visit { to, .. }, Some(Seen::Visit(answer))) => {
            to.is_ipv4() == four && !matches!(answer, VisitAnswer::Nothing { .. })
        }
        (Question::Trace { to }, Some(Seen::Trace(answer))) => {
            to.is_ipv4() == four && matches!(answer, Trace::Answered { .. })
        }
        (Question::Connect { to }, Some(Seen::Tcp(answer))) => {
            to.is_ipv4() == four && matches!(answer, TcpAnswer::Accepted | TcpAnswer::Refused)
        }
        _ => false,
    })
}

/// A fault of the certificate, which counts only for an edge that validates. `fault` is given all
/// faults of a chain.
#[must_use]
pub fn certificate(scene: &Scene<'_>, fault: fn(&[ChainFault]) -> bool) -> Verdict {
    let found = |road: &RoadSeen<'_>| -> Option<(ReadingId, bool)> {
        let reading = road.greet?;
        match reading.tls()? {
            TlsAnswer::Greeted(greeting) => Some((reading.id, fault(&road.faults(greeting)))),
            _ => None,
        }
    };
    let sign = |road: &RoadSeen<'_>, mode: SslMode| {
        let (id, true) = found(road)? else { return None };
        if !mode.validates() {
            return None;
        }
        // The control: the same origin, asked with the certificate left aside.
        let answers = road.asked().filter(|_| road.reply().is_some()).map(|reading| reading.id);
        let sign = Sign::new([id], answers.into_iter().collect::<Vec<_>>());
        Some(if answers.is_some() { sign } else { sign.at_most(Confidence::Likely) })
    };
    let clean = |road: &RoadSeen<'_>, mode: SslMode| {
        if road.road.scheme == crate::target::Scheme::Http {
            return accepted(road, mode);
        }
        let (id, faulty) = found(road)?;
        (!faulty || !mode.validates()).then_some(id)
    };
    let mut verdict =
        suspect(scene, &Suspicion { hop: Hop::Tls, named_by: &[526], sign: &sign, clean: &clean });
    if scene.visits.direct && lacks_only_trust(scene) {
        verdict = verdict.at_most(Confidence::Possible);
    }
    let used = scene.used_roads();
    let faulty = used.iter().find(|(road, _)| found(road).is_some_and(|(_, faulty)| faulty));
    let Some((road, _)) = faulty else { return verdict };
    let Some(TlsAnswer::Greeted(greeting)) = road.tls_answer() else { return verdict };
    verdict
        .with("address", road.road.to.to_string())
        .with("subject", greeting.chain.subject.clone())
        .with("issuer", greeting.chain.issuer.clone())
        .with("names", greeting.chain.names.clone())
        .with("not_before", greeting.chain.not_before.to_string())
        .with("not_after", greeting.chain.not_after.to_string())
}

/// The verdict on who vouches for a certificate, where the zone has roots of its own: the edge goes by
/// those instead of the public ones. Where the chain was not judged by them, they may vouch for it.
#[must_use]
pub fn by_own_roots(scene: &Scene<'_>, verdict: Verdict) -> Verdict {
    let Some((_, roots)) = scene.account.own_roots() else { return verdict };
    let most = match scene.target.by_own_roots {
        true => Confidence::Certain,
        false => Confidence::Likely,
    };
    verdict.at_most(most).with("own_roots", roots.len())
}

/// Whether visitors went past Cloudflare and met a certificate that only wants for somebody who
/// vouches for it: right for an origin behind a proxied record in a mode that does not validate. So
/// it is not the certificate that is out of place, but the way; unless the mode was told and does.
#[must_use]
pub fn lacks_only_trust(scene: &Scene<'_>) -> bool {
    let validates = scene.target.ssl_mode.is_some_and(SslMode::validates);
    let trust = |fault: &ChainFault| {
        matches!(
            fault,
            ChainFault::SelfSigned | ChainFault::Incomplete | ChainFault::IssuerUntrusted
        )
    };
    let met = |visit: &Visit<'_>| match visit.reading.visit() {
        Some(VisitAnswer::Http { greeting: Some(greeting), .. }) => {
            let faults = &greeting.chain.faults;
            !faults.is_empty() && faults.iter().all(trust)
        }
        _ => false,
    };
    let untrusted: Vec<&Visit<'_>> =
        scene.visits.bad.iter().filter(|visit| visit.came == Came::Untrusted).collect();
    !validates && !untrusted.is_empty() && untrusted.iter().all(|visit| met(visit))
}

/// A fault of the handshake. `fault` sees roads whose handshake did not succeed, to whose hellos, the
/// edge's whole list included, the origin did not go along, and not for want of a certificate of
/// ours.
#[must_use]
pub fn handshake(
    scene: &Scene<'_>,
    named_by: &[u16],
    fault: &dyn Fn(&RoadSeen<'_>) -> Option<Sign>,
) -> Verdict {
    let sign = |road: &RoadSeen<'_>, _: SslMode| {
        let failed = !matches!(road.tls_answer()?, TlsAnswer::Greeted(_))
            && !road.speaks_legacy()
            && road.wants_certificate().is_empty();
        failed.then(|| fault(road)).flatten()
    };
    let clean = |road: &RoadSeen<'_>, mode: SslMode| {
        if road.road.scheme == crate::target::Scheme::Http {
            return accepted(road, mode);
        }
        match road.tls_answer()? {
            TlsAnswer::Greeted(_) => road.greet.map(|reading| reading.id),
            _ if road.speaks_legacy() => road.legacy.map(|reading| reading.id),
            _ => None,
        }
    };
    suspect(scene, &Suspicion { hop: Hop::Tls, named_by, sign: &sign, clean: &clean })
}

/// The accepted connection before a handshake that failed: the origin is there and answers.
#[must_use]
pub fn before_the_handshake(road: &RoadSeen<'_>) -> Vec<ReadingId> {
    accepted(road, SslMode::Full).into_iter().collect()
}

/// A fault of the reply. The control is what works just before it: the handshake, or on a plain
/// road the connection. An origin that falls silent only at the edge's headers is another cause.
#[must_use]
pub fn reply(scene: &Scene<'_>, named_by: &[u16], fault: &dyn Fn(&HttpAnswer) -> bool) -> Verdict {
    let faulty = |reading: Option<&Reading>| {
        reading.filter(|reading| reading.http().is_some_and(fault)).map(|reading| reading.id)
    };
    let sign = |road: &RoadSeen<'_>, _: SslMode| {
        if turned_away(road).is_some() {
            return None;
        }
        let because: Vec<ReadingId> =
            [faulty(road.request), faulty(road.dressed)].into_iter().flatten().collect();
        if because.is_empty() {
            return None;
        }
        let sign = Sign::new(because, before_the_reply(road));
        // The edge sends its headers; where the origin answers otherwise to those, we see another
        // fault.
        let otherwise = road.dressed.and_then(Reading::http).is_some_and(|answer| !fault(answer));
        Some(if otherwise { sign.at_most(Confidence::Likely) } else { sign })
    };
    let clean = |road: &RoadSeen<'_>, _: SslMode| {
        let reading = road.asked()?;
        let seen = faulty(road.request).or(faulty(road.dressed));
        (seen.is_none() && road.wants_certificate().is_empty()).then_some(reading.id)
    };
    suspect(scene, &Suspicion { hop: Hop::Http, named_by, sign: &sign, clean: &clean })
}

/// An origin that serves the bare request and leaves the one with the edge's headers without a
/// reply: the latter, then the former.
#[must_use]
pub fn turned_away<'a>(road: &RoadSeen<'a>) -> Option<(&'a Reading, &'a Reading)> {
    let (bare, dressed) = (road.request?, road.dressed?);
    let left = matches!(
        dressed.http()?,
        HttpAnswer::Empty { .. } | HttpAnswer::CutInHead { .. } | HttpAnswer::Silent { .. }
    );
    (left && got_the_site(bare)).then_some((dressed, bare))
}

/// Whether a request got the site: 2xx, or a redirect to another path. A redirect to the same path,
/// under another scheme or name, is what a request without the edge's headers may get before the
/// app is asked at all.
#[must_use]
pub fn got_the_site(reading: &Reading) -> bool {
    let Some(answer @ HttpAnswer::Replied(reply)) = reading.http() else { return false };
    let Question::Request { path, .. } = &reading.question else { return false };
    let elsewhere = || {
        let location = reply.header("location").unwrap_or_default();
        let bare = |path: &str| path.split(['?', '#']).next().unwrap_or_default().to_owned();
        let to = match Site::parse(location) {
            Ok(site) if location.contains("://") => site.path,
            _ => location.to_owned(),
        };
        is_redirect(reply) && bare(&to) != bare(path)
    };
    delivers(answer) && ((200..300).contains(&reply.status) || elsewhere())
}

/// What works on a road just before the reply.
#[must_use]
pub fn before_the_reply(road: &RoadSeen<'_>) -> Vec<ReadingId> {
    let greeted = road.greet.filter(|r| matches!(r.tls(), Some(TlsAnswer::Greeted(_))));
    let before = greeted.map(|reading| reading.id).or_else(|| accepted(road, SslMode::Full));
    before.into_iter().collect()
}

/// A cause that the edge states outright by a 1xxx code. The control is that the edge answers
/// `/cdn-cgi/trace` for the same name; without it the finding is likely. Where most failed visits
/// say something else, it is merely possible: a visit more or less may have met a limit of its own.
#[must_use]
pub fn edge_says(scene: &Scene<'_>, codes: &[u16]) -> Verdict {
    let told: Vec<(ReadingId, u16)> = scene
        .visits
        .bad
        .iter()
        .chain(&scene.visits.good)
        .filter_map(|visit| Some((visit.reading.id, visit.numbered()?)))
        .filter(|(_, code)| codes.contains(code))
        .collect();
    let Some((_, code)) = told.first().copied() else { return never_said(scene) };
    let because: Vec<ReadingId> = told.iter().map(|(id, _)| *id).collect();
    let stands_for_all = scene.symptom.error_code.is_some_and(|code| codes.contains(&code));
    let verdict = match scene.trace() {
        Some(trace) => Verdict::blames(Confidence::Certain, because).contrasting([trace]),
        None => Verdict::blames(Confidence::Likely, because),
    };
    let verdict = if stands_for_all { verdict } else { verdict.at_most(Confidence::Possible) };
    verdict.with("error_code", scene.symptom.error_code.filter(|_| stands_for_all).unwrap_or(code))
}

/// As [`edge_says`]; besides, a 530 that carries no code that we can read makes it possible. An
/// owner's error page may have covered the code.
#[must_use]
pub fn edge_says_or_bare_530(scene: &Scene<'_>, codes: &[u16]) -> Verdict {
    let bare = scene.symptom.status == Some(530) && scene.symptom.error_code.is_none();
    let coded = scene.visits.bad.iter().any(|visit| visit.numbered().is_some());
    if bare && !coded && !scene.visits.direct {
        return Verdict::blames(Confidence::Possible, scene.visits.bad_ids());
    }
    edge_says(scene, codes)
}

/// The verdict on what only the edge can say, where it did not: cleared by what it said instead. A
/// failed visit whose page says nothing that we can read (an owner's error page) clears nothing.
#[must_use]
pub fn never_said(scene: &Scene<'_>) -> Verdict {
    let names_another = |visit: &&Visit<'_>| {
        visit.reply.is_some_and(|reply| {
            matches!(reply.status, 520..=526)
                || visit.page.is_some_and(|page| page.code.is_some())
                || visit.came == Came::Loop
                || scene.visits.direct
        })
    };
    let said: Vec<ReadingId> = scene
        .visits
        .good
        .iter()
        .filter(|visit| visit.reply.is_some())
        .chain(scene.visits.bad.iter().filter(names_another))
        .map(|visit| visit.reading.id)
        .collect();
    let asked = scene.visits.bad.iter().chain(&scene.visits.good);
    match (said.is_empty(), asked.into_iter().any(|visit| visit.reply.is_some())) {
        (false, _) => Verdict::clears(said),
        (true, true) => Verdict::needs([Need::Account]),
        (true, false) => Verdict::needs([Need::Visit]),
    }
}
