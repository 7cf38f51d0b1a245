//! The origin breaks off its reply.
//!
//! # What you see
//! Error 520 behind a proxied record, 502 behind a tunnel; or a page that stops in the middle,
//! since the edge had already passed on its beginning. curl says
//! `transfer closed with outstanding read data remaining` or `Connection reset by peer`.
//!
//! # What is wrong
//! The reply begins and the connection ends before it is complete: within the head, before the last
//! chunk, or by a reset within the body. The process that writes it dies or is killed, its own
//! timeout ends it, its disk is full where the proxy buffers, or a box in between resets long
//! transfers.
//!
//! # How we know
//! A direct request gets the beginning of a reply and no end: certain where the edge says 520, or
//! passes the same broken reply on.
//!
//! # What to do
//! Look into the error logs at the time of the request, `tail -f /var/log/nginx/error.log` and
//! `journalctl -u APP -f`; the process that wrote the reply says why it stopped.
//!
//! In nginx, `upstream prematurely closed connection` means that the app died or timed out; look
//! into the app's log. `(28: No space left on device)` and `df -h` tell of a full disk. In Apache,
//! look for `exit signal` and for timeouts of proxied requests.
//!
//! # Sources
//! - Cloudflare docs, page error-520, read 2026-07
//! - RFC 9112, section 8 (incomplete messages)
use super::{Cause, Verdict};
use crate::evidence::{HttpAnswer, ReplyFault};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::families::reply;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C602",
    hop: Hop::Http,
    title: "the origin breaks off its reply",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    reply(scene, &[520], &|answer| match answer {
        HttpAnswer::CutInHead { .. } => true,
        HttpAnswer::Replied(reply) => reply.faults.iter().any(is_cut),
        _ => false,
    })
}

/// A body that is short without a reset has the wrong length; its connection was closed in order.
fn is_cut(fault: &ReplyFault) -> bool {
    matches!(fault, ReplyFault::ShortBody { reset: true, .. } | ReplyFault::ChunksCut { .. })
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

    fn cuts() -> [Sitting; 3] {
        let in_head = HttpAnswer::CutInHead { reset: false, bytes: 60 };
        let short = ReplyFault::ShortBody { declared: 5000, came: 612, reset: true };
        [
            origin().request(in_head.clone()).dressed(in_head),
            origin().replies_with(short),
            origin().replies_with(ReplyFault::ChunksCut { reset: false }),
        ]
    }

    #[test]
    fn blames_the_cut_when_the_edge_says_only_502() {
        for sitting in cuts() {
            check(&UNIT, sitting.visits(502, page(502)), "blames, likely");
        }
    }

    #[test]
    fn is_certain_when_the_edge_gets_no_whole_reply_or_passes_the_cut_on() {
        for sitting in cuts() {
            check(&UNIT, sitting.visits(520, page(520)), "blames, certain");
        }
        let fault = ReplyFault::ChunksCut { reset: false };
        let broken = Reply { faults: vec![fault.clone()], ..reply(200) };
        let visit = crate::scene::sample::visited(broken, None);
        check(&UNIT, origin().replies_with(fault).visit(visit), "blames, certain");
    }

    #[test]
    fn clears_the_reply_when_it_is_whole_or_visits_are_served() {
        let works = Sitting::new().mode(SslMode::Strict).origin_works();
        check(&UNIT, works.visits(520, page(520)), "clears");
        for sitting in cuts() {
            check(&UNIT, sitting.served(), "clears");
        }
    }

    #[test]
    fn leaves_a_wrong_length_to_its_own_cause() {
        let short = ReplyFault::ShortBody { declared: 5000, came: 612, reset: false };
        for fault in [short, ReplyFault::GzipBroken, ReplyFault::BodyLeftUnread { came: 9 }] {
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
