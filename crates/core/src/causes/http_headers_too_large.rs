//! The origin's reply headers are larger than the edge takes.
//!
//! # What you see
//! Error 520 behind a proxied record, often only for some visitors or some pages. Straight to the
//! origin the page works.
//!
//! # What is wrong
//! The head of the reply has more than 128 KB, the most that the edge takes for all headers
//! together. Mostly it is cookies that the app sets again and again, a policy or list that grows
//! with each entry (`Content-Security-Policy`, `Link`, cache tags), or debugging headers left on.
//!
//! # How we know
//! A direct request gets a head of more than 128 KB, or one that does not end: certain where the
//! edge says 520.
//!
//! # What to do
//! Find the longest header with `curl -sko /dev/null -D - --connect-to ::ORIGIN https://NAME/` and
//! shorten it in the app that sets it.
//!
//! Until then a proxy can take it away: in nginx `proxy_hide_header HEADER;`, in Apache
//! `Header unset HEADER`. Raising buffers on the origin does not help here; the limit is the edge's.
//!
//! # Sources
//! - Cloudflare docs, page error-520 and changelog of 2025-10-16 (header limits), read 2026-07
//! - RFC 9110, section 5.4 (field limits)
use super::{Cause, Verdict};
use crate::evidence::{HttpAnswer, ReplyFault};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::families::reply;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C604",
    hop: Hop::Http,
    title: "the origin's reply headers are larger than the edge takes",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    let too_large = |fault: &ReplyFault| matches!(fault, ReplyFault::HeadTooLarge { .. });
    reply(scene, &[520], &|answer| match answer {
        HttpAnswer::HeadEndless { .. } => true,
        HttpAnswer::Replied(reply) => reply.faults.iter().any(too_large),
        _ => false,
    })
}

#[cfg(test)]
mod tests {

    use super::UNIT;
    use crate::evidence::{HttpAnswer, ReplyFault, TcpAnswer};
    use crate::hop::Hop;
    use crate::scene::sample::{Sitting, check, greeted, page};
    use crate::target::SslMode;

    fn origin() -> Sitting {
        Sitting::new().tcp(TcpAnswer::Accepted).tls(greeted(vec![]))
    }

    fn large() -> Sitting {
        origin().replies_with(ReplyFault::HeadTooLarge { bytes: 140_000 })
    }

    #[test]
    fn blames_the_headers_when_the_edge_says_only_502() {
        check(&UNIT, large().visits(502, page(502)), "blames, likely");
    }

    #[test]
    fn is_certain_when_the_edge_did_not_take_them() {
        check(&UNIT, large().visits(520, page(520)), "blames, certain");
        let endless = HttpAnswer::HeadEndless { bytes: 262_144 };
        let sitting = origin().request(endless.clone()).dressed(endless);
        check(&UNIT, sitting.visits(520, page(520)), "blames, certain");
    }

    #[test]
    fn clears_the_headers_when_they_are_small_or_visits_are_served() {
        let works = Sitting::new().mode(SslMode::Strict).origin_works();
        check(&UNIT, works.visits(520, page(520)), "clears");
        check(&UNIT, large().served(), "clears");
    }

    #[test]
    fn leaves_a_reply_that_was_cut_in_its_head_to_its_own_cause() {
        let cut = HttpAnswer::CutInHead { reset: true, bytes: 9000 };
        let sitting = origin().mode(SslMode::Strict).request(cut.clone()).dressed(cut);
        check(&UNIT, sitting.visits(520, page(520)), "clears");
    }

    #[test]
    fn cannot_tell_when_the_road_is_cut_or_unknown() {
        let cut = Sitting::new().mode(SslMode::Strict).tcp(TcpAnswer::Refused).unreached(Hop::Net);
        check(&UNIT, cut.visits(502, page(502)), "cannot tell: mend what breaks at net first");
        let unknown = Sitting::new().no_origin().visits(520, page(520));
        check(&UNIT, unknown, "cannot tell: the origin's address: --origin ADDR");
    }
}
