//! The origin leaves the handshake without a word.
//!
//! # What you see
//! Error 525 behind a proxied record in SSL mode full or stricter, seldom 522. curl says
//! `Connection reset by peer` or `unexpected eof while reading` during the TLS handshake, or hangs
//! there.
//!
//! # What is wrong
//! The origin accepts the connection, and then closes it, resets it or falls silent before the
//! handshake is done, without the alert that would give the reason. Mostly the TLS software itself
//! is in trouble (its process dies at each hello, it cannot read its key, it runs out of files), a
//! firewall or protection box in front ends what it does not like, or a load balancer accepts for a
//! machine behind it that is gone.
//!
//! # How we know
//! Connections are accepted; the hello with the site's name ends without a word, and so do one
//! without a name and one with the edge's older suites: certain where the edge says 525. An alert
//! that gives no reason (80, internal_error) or silence is blamed less surely.
//!
//! # What to do
//! Look into the origin's error log at the time of a hello:
//! `journalctl -u nginx --since "5 min ago"` and `tail -f /var/log/nginx/error.log`, while you run
//! `openssl s_client -connect ORIGIN:443`.
//!
//! If the log stays empty, the hello does not reach the web server: ask `ss -ltnp` who listens on
//! the port, and look at firewalls, protection boxes and load balancers before it. If a process
//! dies, restart it and read why: `systemctl status nginx`, `dmesg | tail`.
//!
//! # Sources
//! - Cloudflare docs, page error-525, read 2026-07
//! - RFC 8446, sections 6.1 (closing) and 6.2 (alert 80)
use super::{Cause, Confidence, Need, Verdict};
use crate::evidence::{Reading, ReadingId, TlsAnswer};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::families::{before_the_handshake, handshake};
use crate::scene::roads::{RoadSeen, goes_along};
use crate::scene::suspect::Sign;
use crate::scene::visits::EdgeState;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C511",
    hop: Hop::Tls,
    title: "the origin leaves the handshake without a word",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    let verdict = handshake(scene, &[525, 522], &|road| left(road, scene.symptom.status));
    // The edge says that its handshake failed, and ours went well: that may be chance, or it is
    // Cloudflare's address that the origin minds. It clears nothing.
    let edge_fails = scene.symptom.status == Some(525) && scene.visits.state() != EdgeState::Works;
    match verdict {
        Verdict::Clears { .. } if edge_fails => {
            Verdict::needs([Need::WhileItFails, Need::OnOrigin])
        }
        verdict => verdict,
    }
}

/// RFC 8446, section 6: alerts that name no reason a person could act on (close_notify,
/// unexpected_message, bad_record_mac, decode_error, decrypt_error, internal_error, user_canceled).
const NO_REASON: [u8; 7] = [0, 10, 20, 50, 51, 80, 90];

fn left(road: &RoadSeen<'_>, status: Option<u16>) -> Option<Sign> {
    let greet = road.greet?;
    let greeted = matches!(road.nameless.and_then(Reading::tls), Some(TlsAnswer::Greeted(_)));
    if greeted || road.anything.is_some_and(goes_along) {
        return None;
    }
    let at_most = match greet.tls()? {
        // Behind 522 there was no acknowledgement; a connection that was ended is another matter.
        TlsAnswer::Cut { .. } if status == Some(522) => return None,
        TlsAnswer::Cut { .. } => Confidence::Certain,
        TlsAnswer::Silent { .. } => Confidence::Likely,
        TlsAnswer::Alert { code, client_certificate_asked: false } if NO_REASON.contains(code) => {
            Confidence::Likely
        }
        _ => return None,
    };
    let others = [road.nameless, road.legacy];
    let all_asked = others.iter().all(|reading| reading.is_some_and(|r| r.tls().is_some()));
    let at_most = if all_asked { at_most } else { at_most.min(Confidence::Likely) };
    let cut = |reading: &&Reading| matches!(reading.tls(), Some(TlsAnswer::Cut { .. }));
    let also = others.into_iter().flatten().filter(cut).map(|reading| reading.id);
    let because: Vec<ReadingId> = std::iter::once(greet.id).chain(also).collect();
    Some(Sign::new(because, before_the_handshake(road)).at_most(at_most))
}

#[cfg(test)]
mod tests {

    use super::UNIT;
    use crate::evidence::{TcpAnswer, TlsAnswer};
    use crate::hop::Hop;
    use crate::scene::sample::{Sitting, alert, check, greeted, page};
    use crate::target::SslMode;

    fn ending(answer: TlsAnswer) -> Sitting {
        let sitting = Sitting::new().tcp(TcpAnswer::Accepted).unreached(Hop::Tls);
        let sitting = sitting.tls(answer.clone()).nameless(answer.clone());
        sitting.legacy(answer.clone()).anything(answer)
    }

    fn cut() -> TlsAnswer {
        TlsAnswer::Cut { reset: true, after_bytes: false }
    }

    #[test]
    fn blames_silence_and_alerts_without_a_reason() {
        let silent = || Sitting::new().tcp(TcpAnswer::Accepted).unreached(Hop::Tls);
        let silent = || silent().tls(TlsAnswer::Silent { after_ms: 16000 });
        check(&UNIT, silent().visits(525, page(525)), "blames, likely");
        check(&UNIT, silent().visits(522, page(522)), "blames, likely");
        check(&UNIT, silent().visits(502, page(502)), "blames, likely");
        check(&UNIT, ending(alert(80)).visits(525, page(525)), "blames, likely");
        check(&UNIT, ending(cut()).visits(502, page(502)), "blames, likely");
    }

    #[test]
    fn is_certain_when_every_hello_is_cut_and_the_edge_s_too() {
        check(&UNIT, ending(cut()).visits(525, page(525)), "blames, certain");
        let late = TlsAnswer::Cut { reset: false, after_bytes: true };
        let accepted = TlsAnswer::HelloAccepted { version: 0x0303, cipher: 0xc02f };
        let sitting = Sitting::new().tcp(TcpAnswer::Accepted).tls(late.clone()).nameless(late);
        let sitting = sitting.legacy(accepted).unreached(Hop::Tls);
        check(&UNIT, sitting.visits(525, page(525)), "blames, certain");
    }

    #[test]
    fn clears_the_handshake_when_it_is_completed() {
        let works = Sitting::new().mode(SslMode::Strict).origin_works();
        check(&UNIT, works.visits(502, page(502)), "clears");
        check(&UNIT, ending(cut()).served(), "clears");
    }

    #[test]
    fn leaves_a_refused_name_and_alerts_with_a_reason_to_their_own_causes() {
        let says = "cannot tell: mend what breaks at tls first";
        let name = Sitting::new().tcp(TcpAnswer::Accepted).tls(cut()).unreached(Hop::Tls);
        check(&UNIT, name.nameless(greeted(vec![])).visits(525, page(525)), says);
        check(&UNIT, ending(alert(40)).visits(525, page(525)), says);
    }

    #[test]
    fn cannot_tell_when_only_the_edge_s_handshake_fails() {
        let sitting = Sitting::new().origin_works().visits(525, page(525));
        let says = "cannot tell: the same questions while the site fails: now it does not";
        check(&UNIT, sitting, says);
    }

    #[test]
    fn cannot_tell_when_the_road_is_cut_or_unknown() {
        let cut = Sitting::new().mode(SslMode::Strict).tcp(TcpAnswer::Refused).unreached(Hop::Net);
        check(&UNIT, cut.visits(521, page(521)), "cannot tell: mend what breaks at net first");
        let unknown = Sitting::new().no_origin().visits(525, page(525));
        check(&UNIT, unknown, "cannot tell: the origin's address: --origin ADDR");
    }
}
