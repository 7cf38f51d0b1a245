//! The origin's certificate is self-signed.
//!
//! # What you see
//! Error 526 behind a proxied record in SSL mode strict (502 from a tunnel that verifies). In mode
//! full and weaker the site works: the edge takes any certificate there.
//!
//! # What is wrong
//! The certificate that the origin shows was signed with its own key, so nobody vouches for it. It
//! is often the one that the distribution made at installation (`ssl-cert-snakeoil.pem`), the one
//! of a panel or container, or what the proxy falls back to for names that it has no certificate
//! for. A change of the SSL mode from full to strict, also an automatic one, brings it to light.
//!
//! # How we know
//! The leaf of the chain is signed with its own key and is none of the roots that the edge trusts.
//! That the same origin answers a request once the certificate is left aside shows that nothing
//! else is in the way.
//!
//! # What to do
//! Give the origin a certificate that the edge trusts: a free Cloudflare Origin CA certificate
//! (SSL/TLS, Origin Server, Create Certificate) or one of `certbot --nginx -d NAME`; then
//! `nginx -t` and `systemctl reload nginx`.
//!
//! In nginx `ssl_certificate` and `ssl_certificate_key` name the files, in Apache
//! `SSLCertificateFile` and `SSLCertificateKeyFile`. If they name the right ones already, another
//! site of the same server answers for this name: look at `server_name`.
//!
//! As a stop-gap only, the SSL mode full lets visitors in at once, for the whole zone, and without
//! any check of who answers for the origin.
//!
//! # Sources
//! - Cloudflare docs, pages error-526, ssl-modes/full-strict and origin-ca, read 2026-07
//! - RFC 5280, section 3.2 (certification paths)
use super::{Cause, Verdict};
use crate::evidence::chain::ChainFault;
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::families::{by_own_roots, certificate};

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C504",
    hop: Hop::Tls,
    title: "the origin's certificate is self-signed",
    fixes: &["tls-renew-certificate", "tls-install-origin-ca-certificate", "edge-set-ssl-mode"],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    by_own_roots(scene, certificate(scene, |faults| faults.contains(&ChainFault::SelfSigned)))
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::chain::ChainFault;
    use crate::scene::certificates::{
        cannot_tell_unseen, certain_at_526, cleared_under_full, leaves_others, likely_at_502,
    };
    use crate::scene::sample::expired;

    #[test]
    fn blames_the_signature_when_the_edge_says_only_502() {
        likely_at_502(&UNIT, ChainFault::SelfSigned);
    }

    #[test]
    fn is_certain_when_the_edge_says_526_and_a_request_is_answered() {
        certain_at_526(&UNIT, ChainFault::SelfSigned);
    }

    #[test]
    fn clears_the_signature_where_the_edge_does_not_look_at_it() {
        cleared_under_full(&UNIT, ChainFault::SelfSigned);
    }

    #[test]
    fn leaves_other_faults_of_the_chain_to_their_own_causes() {
        leaves_others(&UNIT, [expired(), ChainFault::IssuerUntrusted, ChainFault::Incomplete]);
    }

    #[test]
    fn cannot_tell_when_the_road_is_cut_or_unknown() {
        cannot_tell_unseen(&UNIT);
    }
}
