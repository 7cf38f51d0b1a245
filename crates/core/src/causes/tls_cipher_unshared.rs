//! The origin accepts none of the edge's cipher suites.
//!
//! # What you see
//! Error 525 behind a proxied record in SSL mode full or stricter. curl and openssl say
//! `handshake failure`; the origin's log says `no shared cipher`. Browsers that are sent straight
//! to the origin may get in: they offer other suites than the edge.
//!
//! # What is wrong
//! Edge and origin have no cipher suite in common. The origin's list is too narrow (only CHACHA20
//! or only DHE under TLS 1.2) or too old (RC4), or it names suites that its certificate cannot be
//! used with: an ECDSA certificate and only RSA suites. An origin without any certificate answers
//! in the same way.
//!
//! # How we know
//! The origin ends a hello with the edge's suites with alert 40 or 71, also one with the edge's
//! whole list for TLS 1.0 to 1.2, and goes along with the same hello once every suite in use is in
//! it: certain. Where it refuses all of them, its own log must tell: likely.
//!
//! # What to do
//! Widen the origin's list, in nginx `ssl_ciphers HIGH:!aNULL:!MD5;`, and reload it: `nginx -t`,
//! then `systemctl reload nginx`.
//!
//! In Apache it is `SSLCipherSuite HIGH:!aNULL:!MD5`. Of TLS 1.2 the edge takes, among others,
//! `ECDHE-ECDSA-AES128-GCM-SHA256` and `ECDHE-RSA-AES128-GCM-SHA256`; it has no CHACHA20 there.
//! What the certificate's key is:
//! `openssl x509 -in FILE -noout -text | grep "Public Key Algorithm"`.
//!
//! # Sources
//! - Cloudflare docs, pages error-525 and ssl/origin-configuration/cipher-suites, read 2026-07
//! - RFC 8446, section 6.2 (alerts 40 and 71)
use super::{Cause, Confidence, Verdict};
use crate::evidence::{Reading, TlsAnswer};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::families::handshake;
use crate::scene::roads::{RoadSeen, goes_along};
use crate::scene::suspect::Sign;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C509",
    hop: Hop::Tls,
    title: "the origin accepts none of the edge's cipher suites",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    handshake(scene, &[525], &unshared)
}

/// RFC 8446, section 6.2: handshake_failure and insufficient_security.
const NO_SUITE: [u8; 2] = [40, 71];
/// Older stacks say protocol_version when they have no suite for the newest version.
const OLD_VERSION: u8 = 70;

fn unshared(road: &RoadSeen<'_>) -> Option<Sign> {
    let greet = road.greet?;
    let legacy = road.legacy.filter(|reading| reading.tls().is_some());
    let refused = |reading: &Reading| {
        NO_SUITE.iter().any(|code| alerts(reading, *code)) || alerts(reading, OLD_VERSION)
    };
    if let (Some(legacy), Some(anything)) = (legacy, road.anything.filter(|r| goes_along(r))) {
        let sign = Sign::new([greet.id, legacy.id], [anything.id]);
        // A cut is no reason given; it may have been chance.
        let said = refused(greet) && refused(legacy);
        return Some(if said { sign } else { sign.at_most(Confidence::Likely) });
    }
    let nameless = road.nameless.and_then(Reading::tls);
    if !NO_SUITE.iter().any(|code| alerts(greet, *code))
        || matches!(nameless, Some(TlsAnswer::Greeted(_)))
        || !legacy.is_none_or(refused)
    {
        return None;
    }
    let all_asked = nameless.is_some() && legacy.is_some() && road.anything.is_some();
    let at_most = if all_asked { Confidence::Likely } else { Confidence::Possible };
    Some(
        Sign::new(
            [Some(greet.id), legacy.map(|r| r.id)].into_iter().flatten().collect::<Vec<_>>(),
            [],
        )
        .at_most(at_most),
    )
}

fn alerts(reading: &Reading, wanted: u8) -> bool {
    matches!(reading.tls(), Some(TlsAnswer::Alert { code, client_certificate_asked: false })
        if *code == wanted)
}

#[cfg(test)]
mod tests {

    use super::UNIT;
    use crate::evidence::{TcpAnswer, TlsAnswer};
    use crate::hop::Hop;
    use crate::scene::sample::{Sitting, alert, check, greeted, page};
    use crate::target::SslMode;

    fn says_40() -> Sitting {
        let sitting = Sitting::new().tcp(TcpAnswer::Accepted).tls(alert(40)).unreached(Hop::Tls);
        sitting.nameless(alert(40)).legacy(alert(40))
    }

    fn accepted() -> TlsAnswer {
        TlsAnswer::HelloAccepted { version: 0x0303, cipher: 0xcca8 }
    }

    #[test]
    fn blames_the_suites_where_all_of_them_are_refused() {
        check(&UNIT, says_40().anything(alert(40)).visits(525, page(525)), "blames, likely");
        check(&UNIT, says_40().anything(alert(40)).visits(502, page(502)), "blames, likely");
        check(&UNIT, says_40().visits(525, page(525)), "blames, possible");
    }

    #[test]
    fn is_certain_when_other_suites_are_accepted() {
        check(&UNIT, says_40().anything(accepted()).visits(525, page(525)), "blames, certain");
        check(&UNIT, says_40().anything(accepted()).visits(502, page(502)), "blames, likely");
    }

    #[test]
    fn clears_the_suites_when_the_edge_s_own_are_accepted() {
        let sitting = Sitting::new().tcp(TcpAnswer::Accepted).tls(alert(40)).unreached(Hop::Tls);
        check(&UNIT, sitting.legacy(accepted()).visits(525, page(525)), "clears");
        check(&UNIT, Sitting::new().origin_works().visits(525, page(525)), "clears");
    }

    #[test]
    fn leaves_a_refused_name_and_a_wanted_certificate_to_their_own_causes() {
        let says = "cannot tell: mend what breaks at tls first";
        let origin = || Sitting::new().tcp(TcpAnswer::Accepted).unreached(Hop::Tls);
        let name = origin().tls(alert(40)).nameless(greeted(vec![])).legacy(alert(40));
        check(&UNIT, name.anything(alert(40)).visits(525, page(525)), says);
        let asked = TlsAnswer::Alert { code: 40, client_certificate_asked: true };
        check(&UNIT, origin().tls(asked).legacy(accepted()).visits(525, page(525)), says);
    }

    #[test]
    fn cannot_tell_when_the_road_is_cut_or_unknown() {
        let cut = Sitting::new().mode(SslMode::Strict).tcp(TcpAnswer::Refused).unreached(Hop::Net);
        check(&UNIT, cut.visits(521, page(521)), "cannot tell: mend what breaks at net first");
        let unknown = Sitting::new().no_origin().visits(525, page(525));
        check(&UNIT, unknown, "cannot tell: the origin's address: --origin ADDR");
    }
}
