//! The origin does not send its intermediate certificate.
//!
//! # What you see
//! Error 526 behind a proxied record in SSL mode strict (502 from a tunnel that verifies), while
//! browsers that are sent straight to the origin may show no warning: they fetch or remember the
//! missing certificate, the edge does not.
//!
//! # What is wrong
//! The certificate was signed by an intermediate authority, and the origin sends the leaf alone.
//! Mostly the web server was given `cert.pem` where `fullchain.pem` belongs, or a bought
//! certificate was installed without the bundle that came with it.
//!
//! # How we know
//! The chain that was sent ends at the leaf, and no root that the edge trusts signed that. That the
//! same origin answers a request once the certificate is left aside shows that nothing else is in
//! the way.
//!
//! # What to do
//! Point the web server to the whole chain, `ssl_certificate …/fullchain.pem;` in nginx, and reload
//! it: `nginx -t`, then `systemctl reload nginx`.
//!
//! For a bought certificate, put the leaf and then the intermediate into one file:
//! `cat site.crt intermediate.crt > fullchain.pem`. In Apache 2.4 `SSLCertificateFile` takes that
//! file. What is sent:
//! `openssl s_client -connect ORIGIN:443 -servername NAME -showcerts </dev/null`.
//!
//! As a stop-gap only, the SSL mode full lets visitors in at once, for the whole zone, and without
//! any check of who answers for the origin.
//!
//! # Sources
//! - Cloudflare docs, pages error-526 and ssl-modes/full-strict, read 2026-07
//! - RFC 8446, section 4.4.2 (certificate list)
use super::{Cause, Verdict};
use crate::evidence::chain::ChainFault;
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::families::{by_own_roots, certificate};

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C506",
    hop: Hop::Tls,
    title: "the origin does not send its intermediate certificate",
    fixes: &["tls-send-full-chain", "edge-set-ssl-mode"],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    let verdict = certificate(scene, |faults| {
        faults.contains(&ChainFault::Incomplete) && !faults.contains(&ChainFault::SelfSigned)
    });
    by_own_roots(scene, verdict)
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
    fn blames_the_chain_when_the_edge_says_only_502() {
        likely_at_502(&UNIT, ChainFault::Incomplete);
    }

    #[test]
    fn is_certain_when_the_edge_says_526_and_a_request_is_answered() {
        certain_at_526(&UNIT, ChainFault::Incomplete);
    }

    #[test]
    fn clears_the_chain_where_the_edge_does_not_look_at_it() {
        cleared_under_full(&UNIT, ChainFault::Incomplete);
    }

    #[test]
    fn leaves_other_faults_of_the_chain_to_their_own_causes() {
        leaves_others(&UNIT, [expired(), ChainFault::SelfSigned, ChainFault::IssuerUntrusted]);
    }

    #[test]
    fn cannot_tell_when_the_road_is_cut_or_unknown() {
        cannot_tell_unseen(&UNIT);
    }
}
