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
//! No root of the public list and none of Cloudflare's Origin CA signed what the origin sent; where the
//! account tells of a custom origin trust store, none of its roots, which then count alone. This
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
use crate::scene::families::{by_own_roots, certificate};

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C507",
    hop: Hop::Tls,
    title: "nobody that the edge trusts vouches for the origin's certificate",
    fixes: &["tls-renew-certificate", "edge-set-ssl-mode"],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    let verdict = match certificate(scene, ends_nowhere) {
        // Somebody may vouch for a certificate that is of no use, so that is less than certain.
        Verdict::Clears { .. } => match certificate(scene, is_of_no_use) {
            Verdict::Blames(mut blame) => {
                blame.confidence = blame.confidence.min(Confidence::Likely);
                Verdict::Blames(blame)
            }
            other => other,
        },
        other => other,
    };
    by_own_roots(scene, verdict)
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
    use crate::evidence::chain::ChainFault;
    use crate::scene::certificates::{
        cannot_tell_unseen, certain_at_526, cleared_under_full, leaves_others, likely_at_502,
        origin_with,
    };
    use crate::scene::sample::{check, expired, page};

    #[test]
    fn blames_the_issuer_when_the_edge_says_only_502() {
        likely_at_502(&UNIT, ChainFault::IssuerUntrusted);
    }

    #[test]
    fn is_certain_when_the_edge_says_526_and_a_request_is_answered() {
        certain_at_526(&UNIT, ChainFault::IssuerUntrusted);
    }

    #[test]
    fn clears_the_issuer_where_the_edge_does_not_look_at_it() {
        cleared_under_full(&UNIT, ChainFault::IssuerUntrusted);
    }

    #[test]
    fn leaves_other_faults_of_the_chain_to_their_own_causes() {
        leaves_others(&UNIT, [expired(), ChainFault::SelfSigned, ChainFault::Incomplete]);
    }

    #[test]
    fn leaves_a_certificate_that_signed_itself_to_its_own_cause() {
        let both = vec![ChainFault::SelfSigned, ChainFault::IssuerUntrusted];
        check(&UNIT, origin_with(both).visits(526, page(526)), "clears");
    }

    #[test]
    fn with_a_root_of_the_zone_s_own_it_is_certain_only_where_that_was_looked_at() {
        let sitting = || origin_with(vec![ChainFault::IssuerUntrusted]).visits(526, page(526));
        check(&UNIT, sitting().own_root(true), "blames, certain");
        check(&UNIT, sitting().own_root(false), "blames, likely");
    }

    #[test]
    fn is_likely_when_the_certificate_is_of_no_use() {
        let sitting = origin_with(vec![ChainFault::Unusable]).visits(526, page(526));
        check(&UNIT, sitting, "blames, likely");
    }

    #[test]
    fn cannot_tell_when_the_road_is_cut_or_unknown() {
        cannot_tell_unseen(&UNIT);
    }
}
