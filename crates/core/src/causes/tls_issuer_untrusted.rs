//! Nobody that the edge trusts vouches for the origin's certificate.
//!
//! # What you see
//! Error 526 behind a proxied record in SSL mode strict (502 from a tunnel that verifies). In mode
//! full and weaker the site works: the edge takes any certificate there. On machines of your own
//! company the same certificate may look fine, since they know your company's root.
//!
//! # What is wrong
//! The chain ends at an authority that is neither on the public list nor Cloudflare's Origin CA: a
//! company's own, an appliance's, the staging authority of Let's Encrypt (`(STAGING)` in the
//! issuer), or the local one of mkcert or Caddy. Seldom the certificate is not meant for servers at
//! all, or cannot be read.
//!
//! # How we know
//! No root of the public list and none of Cloudflare's Origin CA signed what the origin sent. This
//! machine's own list has no say. That the same origin answers a request once the certificate is
//! left aside shows that nothing else is in the way.
//!
//! # What to do
//! Give the origin a certificate of a public authority or of Cloudflare's Origin CA:
//! `certbot --nginx -d NAME` (without `--staging`), then `systemctl reload nginx`.
//!
//! On an Enterprise zone your own root can be uploaded to the custom origin trust store. It
//! replaces the public list: certificates of public authorities are refused from then on.
//!
//! As a stop-gap only, the SSL mode full lets visitors in at once, for the whole zone, and without
//! any check of who answers for the origin.
//!
//! # Sources
//! - Cloudflare docs, pages error-526, ssl-modes/full-strict and custom-origin-trust-store, read
//!   2026-07
//! - RFC 5280, section 6 (path validation)
use super::{Cause, Confidence, Verdict};
use crate::evidence::chain::ChainFault;
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::families::certificate;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C507",
    hop: Hop::Tls,
    title: "nobody that the edge trusts vouches for the origin's certificate",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    match certificate(scene, ends_nowhere) {
        // Somebody may vouch for a certificate that is of no use, so that is less than certain.
        Verdict::Clears { .. } => match certificate(scene, is_of_no_use) {
            Verdict::Blames(mut blame) => {
                blame.confidence = blame.confidence.min(Confidence::Likely);
                Verdict::Blames(blame)
            }
            other => other,
        },
        other => other,
    }
}

fn ends_nowhere(faults: &[ChainFault]) -> bool {
    let nearer = [ChainFault::SelfSigned, ChainFault::Incomplete];
    faults.contains(&ChainFault::IssuerUntrusted) && !nearer.iter().any(|f| faults.contains(f))
}

fn is_of_no_use(faults: &[ChainFault]) -> bool {
    faults.contains(&ChainFault::Unusable)
}

#[cfg(test)]
mod tests {

    use super::UNIT;
    use crate::evidence::TcpAnswer;
    use crate::evidence::chain::ChainFault;
    use crate::hop::Hop;
    use crate::scene::sample::{Sitting, check, expired, greeted, page};
    use crate::target::SslMode;

    fn origin_with(faults: Vec<ChainFault>) -> Sitting {
        Sitting::new().tcp(TcpAnswer::Accepted).tls(greeted(faults)).replies(200)
    }

    #[test]
    fn blames_the_issuer_when_the_edge_says_only_502() {
        let sitting = origin_with(vec![ChainFault::IssuerUntrusted]).visits(502, page(502));
        check(&UNIT, sitting.mode(SslMode::Strict), "blames, likely");
        check(
            &UNIT,
            origin_with(vec![ChainFault::IssuerUntrusted]).visits(502, page(502)),
            "blames, likely",
        );
    }

    #[test]
    fn is_certain_when_the_edge_says_526_and_a_request_is_answered() {
        let sitting = origin_with(vec![ChainFault::IssuerUntrusted]).visits(526, page(526));
        check(&UNIT, sitting.clone(), "blames, certain");
        check(&UNIT, sitting.mode(SslMode::Strict), "blames, certain");
    }

    #[test]
    fn clears_the_issuer_where_the_edge_does_not_look_at_it() {
        let sitting = origin_with(vec![ChainFault::IssuerUntrusted]).mode(SslMode::Full);
        check(&UNIT, sitting.clone().served(), "clears");
        check(&UNIT, sitting.visits(502, page(502)), "clears");
    }

    #[test]
    fn leaves_other_faults_of_the_chain_to_their_own_causes() {
        for fault in [expired(), ChainFault::SelfSigned, ChainFault::Incomplete] {
            let sitting = origin_with(vec![fault]).mode(SslMode::Strict);
            check(&UNIT, sitting.visits(526, page(526)), "clears");
        }
    }

    #[test]
    fn leaves_a_certificate_that_signed_itself_to_its_own_cause() {
        let both = vec![ChainFault::SelfSigned, ChainFault::IssuerUntrusted];
        check(&UNIT, origin_with(both).visits(526, page(526)), "clears");
    }

    #[test]
    fn is_likely_when_the_certificate_is_of_no_use() {
        let sitting = origin_with(vec![ChainFault::Unusable]).visits(526, page(526));
        check(&UNIT, sitting, "blames, likely");
    }

    #[test]
    fn cannot_tell_when_the_road_is_cut_or_unknown() {
        let cut = Sitting::new().mode(SslMode::Strict).tcp(TcpAnswer::Refused).unreached(Hop::Net);
        check(&UNIT, cut.visits(521, page(521)), "cannot tell: mend what breaks at net first");
        let unknown = Sitting::new().no_origin().visits(526, page(526));
        check(&UNIT, unknown, "cannot tell: the origin's address: --origin ADDR");
    }
}
