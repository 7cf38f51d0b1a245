//! The origin's body does not match what its headers declare.
//!
//! # What you see
//! Error 502 with a bare page that says `cloudflare`, or 520; or pages that load halfway. Straight
//! to the origin a browser often shows the page all the same.
//!
//! # What is wrong
//! The body is shorter or longer than `Content-Length` says, two lengths contradict each other, a
//! length and chunks are both declared, or the body is not the gzip that `Content-Encoding`
//! promises. Mostly something changes the body after the length was counted (a compressing module,
//! a plugin that adds to the page, a filter), or compresses what is compressed already.
//!
//! # How we know
//! A direct request gets a whole head and a body that contradicts it: certain where the edge says
//! 520, sends its own bare 502, or passes the broken body on. A branded 502 means that the origin
//! itself answered 502 to the edge; then it is likely only.
//!
//! # What to do
//! Switch compression off on the origin and look whether the site works: in nginx `gzip off;` and
//! `proxy_set_header Accept-Encoding "";`, then `nginx -t` and `systemctl reload nginx`.
//!
//! The edge compresses for visitors by itself, so nothing is lost. If that does not help, let the
//! web server count: remove the line that sets `Content-Length` from the app, and switch off
//! plugins that change the page one by one. In Apache `SetEnv no-gzip 1` switches compression off.
//! In PHP, two places compress when `zlib.output_compression` is on and the web server does as
//! well.
//!
//! # Sources
//! - Cloudflare docs, pages error-502-504 and error-520, read 2026-07
//! - RFC 9112, section 6.3 (message body length)
//! - RFC 1952, section 2.3 (gzip members)
use super::{Cause, Verdict};
use crate::evidence::{HttpAnswer, PageForm, Reply, ReplyFault};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::families::reply;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C605",
    hop: Hop::Http,
    title: "the origin's body does not match what its headers declare",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    let page = scene.visits.commonest().and_then(|visit| visit.page);
    let bare = page.is_some_and(|page| page.form == PageForm::Unbranded);
    // A bare 502 is the edge's own word for a body that it could not read.
    let named_by: &[u16] = if bare { &[502, 520] } else { &[520] };
    reply(scene, named_by, &|answer| match answer {
        HttpAnswer::Replied(reply) => contradicts_itself(reply),
        _ => false,
    })
}

fn contradicts_itself(reply: &Reply) -> bool {
    // What was cut, or was not read to its end, is no whole gzip either.
    let unfinished = reply.faults.iter().any(|fault| {
        matches!(
            fault,
            ReplyFault::ShortBody { reset: true, .. }
                | ReplyFault::ChunksCut { .. }
                | ReplyFault::ChunksBroken
                | ReplyFault::BodyStalled { .. }
                | ReplyFault::BodyLeftUnread { .. }
        )
    });
    reply.faults.iter().any(|fault| match fault {
        ReplyFault::GzipBroken => !unfinished,
        ReplyFault::ShortBody { reset, .. } => !reset,
        ReplyFault::LongBody { .. } | ReplyFault::LengthUnclear | ReplyFault::LengthAndChunks => {
            true
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {

    use super::UNIT;
    use crate::evidence::{HttpAnswer, Reply, ReplyFault, TcpAnswer};
    use crate::hop::Hop;
    use crate::scene::sample::{Sitting, bare_page, check, greeted, page, reply};
    use crate::target::SslMode;

    fn origin() -> Sitting {
        Sitting::new().tcp(TcpAnswer::Accepted).tls(greeted(vec![]))
    }

    fn wrong() -> Vec<Sitting> {
        let short = ReplyFault::ShortBody { declared: 5000, came: 612, reset: false };
        let long = ReplyFault::LongBody { declared: 100 };
        [
            short,
            long,
            ReplyFault::LengthUnclear,
            ReplyFault::LengthAndChunks,
            ReplyFault::GzipBroken,
        ]
        .into_iter()
        .map(|fault| origin().replies_with(fault))
        .collect()
    }

    #[test]
    fn blames_the_length_when_the_edge_says_only_502() {
        for sitting in wrong() {
            check(&UNIT, sitting.visits(502, page(502)), "blames, likely");
        }
    }

    #[test]
    fn is_certain_when_the_edge_could_not_read_it_either() {
        for sitting in wrong() {
            check(&UNIT, sitting.clone().visits(520, page(520)), "blames, certain");
            let sitting = sitting.mode(SslMode::Strict);
            check(&UNIT, sitting.visits(502, bare_page(502)), "blames, certain");
        }
    }

    #[test]
    fn clears_the_length_when_it_is_right_or_visits_are_served() {
        let works = Sitting::new().mode(SslMode::Strict).origin_works();
        check(&UNIT, works.visits(502, bare_page(502)), "clears");
        for sitting in wrong() {
            check(&UNIT, sitting.served(), "clears");
        }
    }

    #[test]
    fn leaves_a_reply_that_was_cut_to_its_own_cause() {
        let cut = ReplyFault::ChunksCut { reset: true };
        let cut = Reply { faults: vec![cut, ReplyFault::GzipBroken], ..reply(200) };
        let cut = HttpAnswer::Replied(cut);
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
