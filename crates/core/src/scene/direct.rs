//! The origin asked straight: does it serve, as far as an edge would care?
//!
//! `Fate::Works` looks at the plain request alone, which is right for telling how far a road goes.
//! To say that the origin is *not* at fault, more is asked: the request with the headers that the
//! edge adds must come out the same way, and a reply that asks for a client certificate is none.

use super::Scene;
use super::roads::{Fate, RoadSeen, is_serious};
use super::suspect::deduped;
use super::visits::asks_for_client_certificate;
use crate::evidence::{HttpAnswer, Reading, ReadingId, Reply};
use crate::target::SslMode;

/// The requests that show that every road the edge may take serves; `None` where one breaks, or
/// was not asked, or no origin is known. Never empty.
#[must_use]
pub fn every_road_serves(scene: &Scene<'_>) -> Option<Vec<ReadingId>> {
    let mut ids = Vec::new();
    for (road, modes) in scene.used_roads() {
        for mode in modes {
            ids.extend(serves(road, mode)?);
        }
    }
    (!ids.is_empty()).then(|| deduped(ids))
}

/// The requests that show that a road serves an edge of this mode. Never empty.
#[must_use]
pub fn serves(road: &RoadSeen<'_>, mode: SslMode) -> Option<Vec<ReadingId>> {
    if road.fate(mode) != Fate::Works {
        return None;
    }
    let plain = road.reply().filter(|reply| passes(reply))?;
    let mut ids = vec![road.asked()?.id];
    if let Some(reading) = road.dressed
        && let Some(answer) = reading.http()
    {
        let HttpAnswer::Replied(dressed) = answer else { return None };
        let alike = dressed.status == plain.status || (dressed.status < 400 && plain.status < 400);
        if !passes(dressed) || !alike {
            return None;
        }
        ids.push(reading.id);
    }
    Some(deduped(ids))
}

/// Requests that were answered later than every failed visit had ended, where visits get a 502 or
/// 504 and every road the edge may take is as slow: whoever gave up did so before the origin
/// answered. Answers within a second are not slow. Never empty.
#[must_use]
pub fn later_than_the_visits(scene: &Scene<'_>) -> Option<Vec<ReadingId>> {
    if scene.visits.direct || !matches!(scene.symptom.status, Some(502 | 504)) {
        return None;
    }
    let given_up = scene.visits.bad.iter().map(|visit| visit.reading.took_ms).max()?;
    let mut ids = Vec::new();
    for (road, _) in scene.used_roads() {
        let (reading, reply) = as_the_edge_asks(road)?;
        if reply.status >= 500 || reply.first_byte_ms < SLOW_MS || reply.first_byte_ms <= given_up {
            return None;
        }
        ids.push(reading.id);
    }
    (!ids.is_empty()).then(|| deduped(ids))
}

/// Failed visits that got a 502 or 504 of which nobody says whose it is, sooner than any edge gives
/// up on an origin that does not answer (Cloudflare waits 19 s for the connection): somebody
/// answered the edge. Never empty.
#[must_use]
pub fn answered_at_once(scene: &Scene<'_>) -> Option<Vec<ReadingId>> {
    let bad = &scene.visits.bad;
    let at_once = !scene.visits.direct
        && matches!(scene.symptom.status, Some(502 | 504))
        && bad.iter().all(|visit| visit.reading.took_ms < SLOW_MS);
    Some(scene.visits.bad_ids()).filter(|ids| at_once && !ids.is_empty())
}

/// A reply that lets its visitor wait this long is slow.
const SLOW_MS: u64 = 1000;

/// The answer to the request as the edge sends it; where that was not asked, to the plain one.
#[must_use]
pub fn as_the_edge_asks<'a>(road: &RoadSeen<'a>) -> Option<(&'a Reading, &'a Reply)> {
    let dressed = road.dressed.filter(|reading| reading.http().is_some());
    let reading = dressed.or_else(|| road.asked())?;
    match reading.http()? {
        HttpAnswer::Replied(reply) => Some((reading, reply)),
        _ => None,
    }
}

fn passes(reply: &Reply) -> bool {
    reply.status < 500
        && !reply.faults.iter().any(is_serious)
        && !asks_for_client_certificate(reply)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::ReplyFault;
    use crate::scene::sample::{Sitting, greeted, reply};

    #[test]
    fn a_road_serves_only_where_both_requests_come_out_the_same_way() {
        let accepted = || {
            let sitting = Sitting::new().mode(SslMode::Strict);
            sitting.tcp(crate::evidence::TcpAnswer::Accepted).tls(greeted(vec![]))
        };
        let replied = |status| HttpAnswer::Replied(reply(status));
        let mut no_certificate = reply(400);
        no_certificate.excerpt = "<center>No required SSL certificate was sent</center>".to_owned();
        for (sitting, served) in [
            (accepted().replies(200), true),
            (accepted().request(replied(200)), true),
            (accepted().request(replied(200)).dressed(replied(301)), true),
            (accepted().replies(404), true),
            (accepted().request(replied(200)).dressed(replied(403)), false),
            (accepted().request(replied(200)).dressed(replied(500)), false),
            (accepted().replies(502), false),
            (accepted().replies_with(ReplyFault::GzipBroken), false),
            (accepted().request(HttpAnswer::Replied(no_certificate)), false),
            (accepted(), false),
        ] {
            let evidence = sitting.evidence();
            assert_eq!(every_road_serves(&Scene::new(&evidence)).is_some(), served);
        }
    }
}
