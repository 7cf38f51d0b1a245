//! The origin accepts the request and does not answer in time.
//!
//! # What you see
//! Error 524 behind a proxied record, after about two minutes. curl straight to the origin hangs as
//! well.
//!
//! # What is wrong
//! The origin takes the connection and the request and sends no reply within the edge's time: 125
//! seconds by default (100 in older texts; an Enterprise zone can have more). The app is slow at
//! this page (a query without index, a report made on the spot, an external service that hangs), or
//! all its workers are busy and requests wait in line.
//!
//! # How we know
//! 524 says it outright: likely. A 502 or 504 that came sooner than the origin answered us, where
//! it took seconds to do so, says that somebody on the way gave up before: likely. That a direct request hangs too, behind a handshake that goes
//! well, makes it certain. We wait less long than the edge, so a request that we gave up alone,
//! without 524, is no more than likely.
//!
//! # What to do
//! Find what the request waits for: time it with
//! `time curl -sko /dev/null --connect-to ::ORIGIN https://NAME/PATH` and read the app's slow log at
//! that moment.
//!
//! If every page hangs, the workers are all busy or stuck: restart the app
//! (`systemctl restart APP`) to get going, then see what held them (`SHOW FULL PROCESSLIST` in
//! MySQL, `pg_stat_activity` in PostgreSQL, the slow log of PHP-FPM). If only one page is slow by
//! nature, answer at once and let the visitor ask again, or serve it under a name that is not
//! proxied.
//!
//! # Sources
//! - Cloudflare docs, pages error-524 and connection-limits, read 2026-07
//! - RFC 9112, section 9.5 (timeouts)
use super::{Cause, Confidence, Verdict};
use crate::evidence::{HttpAnswer, ReplyFault};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::direct::later_than_the_visits;
use crate::scene::families::reply;
use crate::scene::visits::EdgeState;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C606",
    hop: Hop::Http,
    title: "the origin accepts the request and does not answer in time",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    let stalled = |fault: &ReplyFault| matches!(fault, ReplyFault::BodyStalled { .. });
    let verdict = reply(scene, &[524], &|answer| match answer {
        HttpAnswer::Silent { .. } => true,
        HttpAnswer::Replied(reply) => reply.faults.iter().any(stalled),
        _ => false,
    });
    let told = scene.symptom.status == Some(524) && !scene.visits.direct;
    match verdict {
        Verdict::Blames(_) => verdict,
        // The edge's word stands, whatever we see: it waited longer, and from elsewhere.
        _ if told && scene.visits.state() != EdgeState::Works && !turns_cloudflare_away(scene) => {
            Verdict::blames(Confidence::Likely, scene.visits.bad_ids())
        }
        verdict => match later_than_the_visits(scene) {
            Some(late) => {
                Verdict::blames(Confidence::Likely, late).contrasting(scene.visits.bad_ids())
            }
            None => verdict,
        },
    }
}

/// Whether only the request with the edge's headers is left without a reply; a cause of its own.
fn turns_cloudflare_away(scene: &Scene<'_>) -> bool {
    scene.used_roads().iter().any(|(road, _)| crate::scene::families::turned_away(road).is_some())
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::{HttpAnswer, Reply, ReplyFault, TcpAnswer};
    use crate::hop::Hop;
    use crate::scene::sample::{Sitting, check, greeted, page, reply};
    use crate::target::SslMode;

    fn origin() -> Sitting {
        Sitting::new().tcp(TcpAnswer::Accepted).tls(greeted(vec![]))
    }

    fn silent() -> HttpAnswer {
        HttpAnswer::Silent { after_ms: 20_000 }
    }

    fn late() -> Sitting {
        origin().request(silent()).dressed(silent())
    }

    #[test]
    fn blames_the_delay_on_the_edge_s_word_or_on_ours() {
        check(&UNIT, Sitting::new().no_origin().visits(524, page(524)), "blames, likely");
        check(&UNIT, Sitting::new().origin_works().visits(524, page(524)), "blames, likely");
        check(&UNIT, late().visits(502, page(502)), "blames, likely");
        let visit = crate::evidence::VisitAnswer::Http {
            greeting: None,
            http: silent(),
            page: None,
            ray: None,
        };
        check(&UNIT, late().visit(visit), "blames, likely");
    }

    #[test]
    fn is_likely_when_a_502_came_sooner_than_the_origin_answered_us() {
        let after = |first_byte_ms| {
            let answer = HttpAnswer::Replied(Reply { first_byte_ms, ..reply(200) });
            let sitting = origin().mode(SslMode::Strict).visits(502, page(502)).quickly();
            sitting.request(answer.clone()).dressed(answer)
        };
        check(&UNIT, after(2400), "blames, likely");
        check(&UNIT, after(400), "clears");
    }

    #[test]
    fn is_certain_when_edge_and_we_wait_in_vain() {
        check(&UNIT, late().visits(524, page(524)), "blames, certain");
        let stalled = origin().replies_with(ReplyFault::BodyStalled { came: 100 });
        check(&UNIT, stalled.visits(524, page(524)), "blames, certain");
    }

    #[test]
    fn clears_the_app_of_delay_when_it_answers_or_visits_are_served() {
        let works = Sitting::new().mode(SslMode::Strict).origin_works();
        check(&UNIT, works.visits(502, page(502)), "clears");
        check(&UNIT, late().served(), "clears");
    }

    #[test]
    fn leaves_an_origin_that_keeps_only_cloudflare_waiting_to_its_own_cause() {
        let only = origin().request(HttpAnswer::Replied(reply(200))).dressed(silent());
        let says = "cannot tell: mend what breaks at http first";
        check(&UNIT, only.visits(524, page(524)), says);
    }

    #[test]
    fn cannot_tell_when_the_road_is_cut_or_unknown() {
        let cut = Sitting::new().mode(SslMode::Strict).tcp(TcpAnswer::Refused).unreached(Hop::Net);
        check(&UNIT, cut.visits(502, page(502)), "cannot tell: mend what breaks at net first");
        let unknown = Sitting::new().no_origin().visits(520, page(520));
        check(&UNIT, unknown, "cannot tell: the origin's address: --origin ADDR");
    }
}
