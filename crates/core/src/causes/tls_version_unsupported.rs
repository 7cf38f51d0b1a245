//! The origin accepts none of the edge's TLS versions.
//!
//! # What you see
//! Error 525 behind a proxied record in SSL mode full or stricter. curl and openssl say
//! `tlsv1 alert protocol version`.
//!
//! # What is wrong
//! The edge offers TLS 1.0 to 1.3, and the origin ends the handshake because it wants none of them.
//! It speaks only SSL 3.0 or older (old appliances, remote consoles of servers, long unmaintained
//! stacks), or its configuration leaves no version at all.
//!
//! # How we know
//! The origin answers both a hello for TLS 1.2 and 1.3 and one for TLS 1.0 to 1.2 with alert 70
//! (protocol_version), or with a hello of SSL 3.0. With 525 the edge says the same: certain.
//!
//! # What to do
//! Allow TLS 1.2 and 1.3 on the origin, in nginx `ssl_protocols TLSv1.2 TLSv1.3;`, and reload it:
//! `nginx -t`, then `systemctl reload nginx`.
//!
//! In Apache it is `SSLProtocol -all +TLSv1.2 +TLSv1.3`. In nginx the first block of an address and
//! port decides for all sites on it. If the software knows no TLS 1.2, update it, or put a proxy
//! that does in front of it.
//!
//! # Sources
//! - Cloudflare docs, pages error-525 and ssl/origin-configuration/cipher-suites, read 2026-07
//! - RFC 8446, section 6.2 (alert 70)
use super::{Cause, Confidence, Verdict};
use crate::evidence::{Reading, TlsAnswer};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::families::handshake;
use crate::scene::roads::{RoadSeen, goes_along};
use crate::scene::suspect::Sign;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C508",
    hop: Hop::Tls,
    title: "the origin accepts none of the edge's TLS versions",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    handshake(scene, &[525], &unsupported)
}

/// RFC 8446, section 6.2: protocol_version.
const PROTOCOL_VERSION: u8 = 70;

fn unsupported(road: &RoadSeen<'_>) -> Option<Sign> {
    let greet = road.greet?;
    let older = [road.legacy, road.anything].into_iter().flatten();
    if let Some(reading) = older.into_iter().find(|reading| speaks_ssl(reading)) {
        return Some(Sign::new([greet.id], [reading.id]));
    }
    if !alerts(greet) || road.anything.is_some_and(goes_along) {
        return None;
    }
    let by_name = matches!(road.nameless.and_then(Reading::tls), Some(TlsAnswer::Greeted(_)));
    match road.legacy.filter(|reading| reading.tls().is_some()) {
        Some(legacy) if alerts(legacy) && !by_name => {
            let accepted = crate::scene::families::before_the_handshake(road);
            Some(Sign::new([greet.id, legacy.id], accepted))
        }
        Some(legacy) => Some(Sign::new([greet.id, legacy.id], []).at_most(Confidence::Likely)),
        // The edge also speaks TLS 1.0 and 1.1, which were not tried.
        None => Some(Sign::new([greet.id], []).at_most(Confidence::Possible)),
    }
}

fn alerts(reading: &Reading) -> bool {
    matches!(reading.tls(), Some(TlsAnswer::Alert { code: PROTOCOL_VERSION, .. }))
}

fn speaks_ssl(reading: &Reading) -> bool {
    matches!(reading.tls(), Some(TlsAnswer::HelloAccepted { version: ..0x0301, .. }))
}

#[cfg(test)]
mod tests {

    use super::UNIT;
    use crate::evidence::{TcpAnswer, TlsAnswer};
    use crate::hop::Hop;
    use crate::scene::sample::{Sitting, alert, check, greeted, page};
    use crate::target::SslMode;

    fn says_70() -> Sitting {
        let sitting = Sitting::new().tcp(TcpAnswer::Accepted).tls(alert(70)).unreached(Hop::Tls);
        sitting.nameless(alert(70))
    }

    #[test]
    fn blames_the_version_when_the_edge_says_only_502() {
        let sitting = says_70().legacy(alert(70)).anything(alert(70));
        check(&UNIT, sitting.visits(502, page(502)), "blames, likely");
        check(&UNIT, says_70().visits(525, page(525)), "blames, possible");
    }

    #[test]
    fn is_certain_when_no_version_of_the_edge_will_do() {
        let sitting = says_70().legacy(alert(70)).anything(alert(70));
        check(&UNIT, sitting.visits(525, page(525)), "blames, certain");
        let ssl = TlsAnswer::HelloAccepted { version: 0x0300, cipher: 0x000a };
        check(&UNIT, says_70().legacy(ssl).visits(525, page(525)), "blames, certain");
    }

    #[test]
    fn clears_the_version_when_an_older_one_of_the_edge_will_do() {
        let older = TlsAnswer::HelloAccepted { version: 0x0301, cipher: 0x002f };
        check(&UNIT, says_70().legacy(older).visits(525, page(525)), "clears");
        check(&UNIT, Sitting::new().origin_works().visits(525, page(525)), "clears");
    }

    #[test]
    fn leaves_other_alerts_to_their_own_causes() {
        let sitting = Sitting::new().tcp(TcpAnswer::Accepted).tls(alert(40)).unreached(Hop::Tls);
        let sitting = sitting.nameless(greeted(vec![])).legacy(alert(40)).anything(alert(40));
        let says = "cannot tell: mend what breaks at tls first";
        check(&UNIT, sitting.visits(525, page(525)), says);
    }

    #[test]
    fn cannot_tell_when_the_road_is_cut_or_unknown() {
        let cut = Sitting::new().mode(SslMode::Strict).tcp(TcpAnswer::Refused).unreached(Hop::Net);
        check(&UNIT, cut.visits(521, page(521)), "cannot tell: mend what breaks at net first");
        let unknown = Sitting::new().no_origin().visits(525, page(525));
        check(&UNIT, unknown, "cannot tell: the origin's address: --origin ADDR");
    }
}
