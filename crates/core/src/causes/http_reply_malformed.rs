//! What the origin sends is not an HTTP reply.
//!
//! # What you see
//! Error 520 behind a proxied record, 502 behind a tunnel. curl says
//! `Received HTTP/0.9 when not allowed` or `Weird server reply`; a browser sent straight to the
//! origin may be lenient and show the page.
//!
//! # What is wrong
//! The first line is no status line, a header has no colon or characters that no header has, or the
//! chunks of the body are not written as they must be. Mostly a script prints before its headers (a
//! warning, a blank line, a byte-order mark), an app writes a line break into a header, another
//! protocol answers on the port (TLS on the plain port, HTTP/2 unasked, a database), or a home-made
//! server does not end its chunks.
//!
//! # How we know
//! The answer to a direct request is read as strictly as the edge reads: certain where the edge
//! says 520. HTTP/2 on a TLS port is likely at most, since the edge may have agreed to it.
//!
//! # What to do
//! Look at the first bytes, `curl -ski --raw --http0.9 --connect-to ::ORIGIN https://NAME/`, and
//! mend what writes them: the script, the app's header, or the port that the edge is sent to.
//!
//! If the bytes are TLS on port 80, let the web server speak plain HTTP there (in nginx
//! `listen 80;` without `ssl`), or set the SSL mode to full, so that the edge uses port 443. A line
//! break in a header mostly comes from text that users may write: strip it before it becomes a
//! header.
//!
//! # Sources
//! - Cloudflare docs, page error-520, read 2026-07
//! - RFC 9112, sections 4 (status line), 5 (field syntax) and 7.1 (chunks)
use super::{Cause, Confidence, Verdict};
use crate::evidence::http::Malformation;
use crate::evidence::{HttpAnswer, Reading, ReplyFault};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::families::reply;
use crate::scene::roads::RoadSeen;
use crate::target::Scheme;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C603",
    hop: Hop::Http,
    title: "what the origin sends is not an HTTP reply",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    let verdict = reply(scene, &[520], &|answer| match answer {
        HttpAnswer::Malformed { .. } => true,
        HttpAnswer::Replied(reply) => reply.faults.contains(&ReplyFault::ChunksBroken),
        _ => false,
    });
    // The edge may agree with the origin on HTTP/2 within the handshake, which we do not offer.
    let speaks_http2 = |road: &RoadSeen<'_>| {
        road.road.scheme == Scheme::Https
            && [road.request, road.dressed].into_iter().flatten().any(is_http2)
    };
    match scene.used_roads().iter().any(|(road, _)| speaks_http2(road)) {
        true => verdict.at_most(Confidence::Likely),
        false => verdict,
    }
}

fn is_http2(reading: &Reading) -> bool {
    matches!(reading.http(), Some(HttpAnswer::Malformed { what: Malformation::Http2, .. }))
}

#[cfg(test)]
mod tests {

    use super::UNIT;
    use crate::evidence::http::Malformation;
    use crate::evidence::{HttpAnswer, ReplyFault, TcpAnswer};
    use crate::hop::Hop;
    use crate::scene::sample::{Sitting, check, greeted, page};
    use crate::target::SslMode;

    fn origin() -> Sitting {
        Sitting::new().tcp(TcpAnswer::Accepted).tls(greeted(vec![]))
    }

    fn garbled(what: Malformation) -> Sitting {
        let answer = HttpAnswer::Malformed { what, first: "Warning: foo() in …".to_owned() };
        origin().request(answer.clone()).dressed(answer)
    }

    #[test]
    fn blames_the_reply_when_the_edge_says_only_502() {
        check(&UNIT, garbled(Malformation::StatusLine).visits(502, page(502)), "blames, likely");
    }

    #[test]
    fn is_certain_when_the_edge_can_make_nothing_of_it_either() {
        for what in [Malformation::StatusLine, Malformation::HeaderName] {
            check(&UNIT, garbled(what).visits(520, page(520)), "blames, certain");
        }
        // The edge may have agreed on HTTP/2 with it.
        let http2 = garbled(Malformation::Http2).visits(520, page(520));
        check(&UNIT, http2, "blames, likely");
        let chunks = origin().replies_with(ReplyFault::ChunksBroken);
        check(&UNIT, chunks.visits(520, page(520)), "blames, certain");
    }

    #[test]
    fn clears_the_reply_when_it_is_one_or_visits_are_served() {
        let works = Sitting::new().mode(SslMode::Strict).origin_works();
        check(&UNIT, works.visits(520, page(520)), "clears");
        check(&UNIT, garbled(Malformation::HeaderValue).served(), "clears");
    }

    #[test]
    fn leaves_lengths_and_cuts_to_their_own_causes() {
        for fault in [ReplyFault::LengthUnclear, ReplyFault::ChunksCut { reset: true }] {
            let sitting = origin().mode(SslMode::Strict).replies_with(fault);
            check(&UNIT, sitting.visits(520, page(520)), "clears");
        }
    }

    #[test]
    fn cannot_tell_when_the_road_is_cut_or_unknown() {
        let cut = Sitting::new().mode(SslMode::Strict).tcp(TcpAnswer::Refused).unreached(Hop::Net);
        check(&UNIT, cut.visits(502, page(502)), "cannot tell: mend what breaks at net first");
        let unknown = Sitting::new().no_origin().visits(520, page(520));
        check(&UNIT, unknown, "cannot tell: the origin's address: --origin ADDR");
    }
}
