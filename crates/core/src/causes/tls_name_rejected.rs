//! The origin has no site for the name that it was greeted with.
//!
//! # What you see
//! Behind a proxied record: 525. Behind a tunnel: 502, and in cloudflared's log
//! `remote error: tls: unrecognized name`. nginx logs the refusal only at level `info`, so by
//! default its log is empty.
//!
//! # What is wrong
//! TLS carries the wanted name in the hello (SNI). The origin looks for a site of that name, finds
//! none, and ends the handshake. The edge greets with the name in the Host header, so either the
//! site is not configured on this origin, its name is spelt otherwise there, or an Origin Rule
//! changes the Host header to a name that the origin does not know.
//!
//! # How we know
//! Alert 112 (unrecognized_name) says it outright: likely. If the same address, greeted without a
//! name, goes on with the handshake, nothing but the name can be at fault: certain. An origin that
//! ends the named hello in another way, and greets the nameless one, is blamed alike, once it has
//! refused the name together with every suite in use.
//!
//! # What to do
//! Add the name to the site on the origin, in nginx to the `server_name` line of its block, with a
//! certificate for it; then `nginx -t` and `systemctl reload nginx`.
//!
//! Which names it knows: `nginx -T | grep -n server_name`. A block with `ssl_reject_handshake on;`
//! is what refuses all others; it may stay. In HAProxy it is the line `bind … strict-sni` and the
//! list of certificates, in Caddy the site's address. Behind a tunnel, set `originServerName` of
//! the ingress rule to a name that the origin knows.
//!
//! # Sources
//! - RFC 6066, section 3 (server_name, alert 112)
//! - Cloudflare docs, pages error-525 and rules/origin-rules, read 2026-07
//! - captured: nginx 1.22.1 with `ssl_reject_handshake on`
use super::{Cause, Confidence, Verdict};
use crate::evidence::{Reading, TlsAnswer};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::families::handshake;
use crate::scene::roads::{RoadSeen, goes_along};
use crate::scene::suspect::Sign;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C512",
    hop: Hop::Tls,
    title: "the origin has no site for the name that it was greeted with",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    handshake(scene, &[525], &rejected)
}

/// RFC 6066, section 3: unrecognized_name.
const UNRECOGNIZED_NAME: u8 = 112;
/// Says that the version is at fault, whatever the name.
const PROTOCOL_VERSION: u8 = 70;

fn rejected(road: &RoadSeen<'_>) -> Option<Sign> {
    let named = road.greet?;
    let greeted =
        road.nameless.filter(|reading| matches!(reading.tls(), Some(TlsAnswer::Greeted(_))));
    let outright = match named.tls()? {
        TlsAnswer::Alert { code: UNRECOGNIZED_NAME, .. } => true,
        TlsAnswer::Alert { code: PROTOCOL_VERSION, .. }
        | TlsAnswer::Alert { client_certificate_asked: true, .. } => return None,
        TlsAnswer::Alert { .. } | TlsAnswer::Cut { .. } => false,
        _ => return None,
    };
    let control = greeted.map(|reading| reading.id);
    let sign = Sign::new([named.id], control.into_iter().collect::<Vec<_>>());
    if outright {
        return Some(if control.is_some() { sign } else { sign.at_most(Confidence::Likely) });
    }
    if control.is_none() || road.anything.is_some_and(goes_along) {
        return None;
    }
    // Before the suites of this one site are ruled out, the name is not alone under suspicion.
    let refused = |reading: Option<&Reading>| {
        matches!(
            reading.and_then(Reading::tls),
            Some(TlsAnswer::Alert { .. } | TlsAnswer::Cut { .. })
        )
    };
    let always = refused(road.legacy) && refused(road.anything);
    Some(if always { sign } else { sign.at_most(Confidence::Likely) })
}

#[cfg(test)]
mod tests {

    use super::UNIT;
    use crate::evidence::{TcpAnswer, TlsAnswer};
    use crate::hop::Hop;
    use crate::scene::sample::{Sitting, alert, check, greeted, page};
    use crate::target::SslMode;

    fn refusing(answer: TlsAnswer) -> Sitting {
        Sitting::new().tcp(TcpAnswer::Accepted).tls(answer).unreached(Hop::Tls)
    }

    fn cut() -> TlsAnswer {
        TlsAnswer::Cut { reset: true, after_bytes: false }
    }

    #[test]
    fn blames_the_name_when_the_origin_sends_alert_112() {
        check(&UNIT, refusing(alert(112)).visits(525, page(525)), "blames, likely");
        let all = refusing(alert(112)).nameless(alert(112)).visits(525, page(525));
        check(&UNIT, all, "blames, likely");
        let sitting = refusing(alert(112)).nameless(greeted(vec![])).visits(502, page(502));
        check(&UNIT, sitting, "blames, likely");
    }

    #[test]
    fn is_certain_once_a_hello_without_a_name_is_greeted() {
        let sitting = refusing(alert(112)).nameless(greeted(vec![]));
        check(&UNIT, sitting.visits(525, page(525)), "blames, certain");
        for answer in [alert(40), alert(80), cut()] {
            let sitting = refusing(answer.clone()).nameless(greeted(vec![]));
            check(&UNIT, sitting.clone().visits(525, page(525)), "blames, likely");
            let sitting = sitting.legacy(answer.clone()).anything(answer);
            check(&UNIT, sitting.visits(525, page(525)), "blames, certain");
        }
    }

    #[test]
    fn clears_the_name_when_it_is_greeted() {
        check(&UNIT, Sitting::new().origin_works().visits(525, page(525)), "clears");
        check(&UNIT, refusing(alert(112)).served(), "clears");
    }

    #[test]
    fn leaves_other_alerts_to_their_own_causes() {
        let says = "cannot tell: mend what breaks at tls first";
        for code in [40, 70, 80, 116] {
            let sitting = refusing(alert(code)).nameless(alert(code)).legacy(alert(code));
            check(&UNIT, sitting.visits(525, page(525)), says);
        }
        let suites = TlsAnswer::HelloAccepted { version: 0x0303, cipher: 0xcca8 };
        let sitting = refusing(alert(40)).nameless(greeted(vec![])).legacy(alert(40));
        check(&UNIT, sitting.anything(suites).visits(525, page(525)), says);
    }

    #[test]
    fn cannot_tell_when_the_road_is_cut_or_unknown() {
        let cut = Sitting::new().mode(SslMode::Strict).tcp(TcpAnswer::Refused).unreached(Hop::Net);
        check(&UNIT, cut.visits(521, page(521)), "cannot tell: mend what breaks at net first");
        let unknown = Sitting::new().no_origin().visits(525, page(525));
        check(&UNIT, unknown, "cannot tell: the origin's address: --origin ADDR");
    }
}
