//! The origin closes the connection without a reply.
//!
//! # What you see
//! Error 520 behind a proxied record, 502 behind a tunnel. curl straight to the origin says
//! `Empty reply from server` or `Connection reset by peer`.
//!
//! # What is wrong
//! The origin takes the request and ends the connection before a single byte of a reply. Mostly the
//! process that answers dies at it (a crash, a worker that is killed after its time, too little
//! memory), or something drops requests on purpose: `return 444;` in nginx, a protection plugin, a
//! firewall that ends connections after it has read them.
//!
//! # How we know
//! The handshake (on plain HTTP, the connection) goes well, and a direct request gets nothing:
//! certain where the edge says 520. Where the bare request is served and only the one with the
//! edge's headers gets nothing, the origin denies Cloudflare; that is a cause of its own.
//!
//! # What to do
//! Ask once more with `curl -skv --connect-to ::ORIGIN https://NAME/` and see in the logs what
//! happens to the process: `journalctl -u nginx -u APP -f`, `tail -f /var/log/nginx/error.log`.
//!
//! If the app's process dies, `dmesg | grep -i -e killed -e segfault` tells of memory and crashes.
//! If the log shows status 444, look for the rule: `nginx -T | grep -n 444`. In Apache a child that
//! dies shows as `exit signal` in the error log.
//!
//! # Sources
//! - Cloudflare docs, page error-520, read 2026-07
//! - RFC 9112, section 9.6 (closing a connection)
//! - nginx docs, `return` directive (status 444)
use super::{Cause, Verdict};
use crate::evidence::HttpAnswer;
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::families::reply;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C601",
    hop: Hop::Http,
    title: "the origin closes the connection without a reply",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    reply(scene, &[520], &|answer| matches!(answer, HttpAnswer::Empty { .. }))
}

#[cfg(test)]
mod tests {

    use super::UNIT;
    use crate::evidence::{HttpAnswer, TcpAnswer};
    use crate::hop::Hop;
    use crate::scene::sample::{Sitting, check, greeted, page, reply};
    use crate::target::SslMode;

    fn answering(answer: HttpAnswer) -> Sitting {
        let sitting = Sitting::new().tcp(TcpAnswer::Accepted).tls(greeted(vec![]));
        sitting.request(answer.clone()).dressed(answer)
    }

    fn empty() -> HttpAnswer {
        HttpAnswer::Empty { reset: true, after_ms: 4 }
    }

    #[test]
    fn blames_the_missing_reply_when_the_edge_says_only_502() {
        check(&UNIT, answering(empty()).visits(502, page(502)), "blames, likely");
    }

    #[test]
    fn is_certain_when_edge_and_we_get_nothing() {
        check(&UNIT, answering(empty()).visits(520, page(520)), "blames, certain");
    }

    #[test]
    fn clears_the_reply_when_one_comes_or_visits_are_served() {
        let works = Sitting::new().mode(SslMode::Strict).origin_works();
        check(&UNIT, works.visits(520, page(520)), "clears");
        check(&UNIT, answering(empty()).served(), "clears");
    }

    #[test]
    fn leaves_silence_and_a_denied_edge_to_their_own_causes() {
        let late = HttpAnswer::Silent { after_ms: 20_000 };
        let late = answering(late).mode(SslMode::Strict).visits(524, page(524));
        check(&UNIT, late, "clears");
        let denied = Sitting::new().tcp(TcpAnswer::Accepted).tls(greeted(vec![]));
        let denied = denied.request(HttpAnswer::Replied(reply(200))).dressed(empty());
        let says = "cannot tell: mend what breaks at http first";
        check(&UNIT, denied.visits(520, page(520)), says);
    }

    #[test]
    fn cannot_tell_when_the_road_is_cut_or_unknown() {
        let cut = Sitting::new().mode(SslMode::Strict).tcp(TcpAnswer::Refused).unreached(Hop::Net);
        check(&UNIT, cut.visits(502, page(502)), "cannot tell: mend what breaks at net first");
        let unknown = Sitting::new().no_origin().visits(520, page(520));
        check(&UNIT, unknown, "cannot tell: the origin's address: --origin ADDR");
    }
}
