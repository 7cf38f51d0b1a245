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
use crate::scene::families::certificate;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C506",
    hop: Hop::Tls,
    title: "the origin does not send its intermediate certificate",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    certificate(scene, |faults| {
        faults.contains(&ChainFault::Incomplete) && !faults.contains(&ChainFault::SelfSigned)
    })
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
    fn blames_the_chain_when_the_edge_says_only_502() {
        let sitting = origin_with(vec![ChainFault::Incomplete]).visits(502, page(502));
        check(&UNIT, sitting.mode(SslMode::Strict), "blames, likely");
        check(
            &UNIT,
            origin_with(vec![ChainFault::Incomplete]).visits(502, page(502)),
            "blames, likely",
        );
    }

    #[test]
    fn is_certain_when_the_edge_says_526_and_a_request_is_answered() {
        let sitting = origin_with(vec![ChainFault::Incomplete]).visits(526, page(526));
        check(&UNIT, sitting.clone(), "blames, certain");
        check(&UNIT, sitting.mode(SslMode::Strict), "blames, certain");
    }

    #[test]
    fn clears_the_chain_where_the_edge_does_not_look_at_it() {
        let sitting = origin_with(vec![ChainFault::Incomplete]).mode(SslMode::Full);
        check(&UNIT, sitting.clone().served(), "clears");
        check(&UNIT, sitting.visits(502, page(502)), "clears");
    }

    #[test]
    fn leaves_other_faults_of_the_chain_to_their_own_causes() {
        for fault in [expired(), ChainFault::SelfSigned, ChainFault::IssuerUntrusted] {
            let sitting = origin_with(vec![fault]).mode(SslMode::Strict);
            check(&UNIT, sitting.visits(526, page(526)), "clears");
        }
    }

    #[test]
    fn cannot_tell_when_the_road_is_cut_or_unknown() {
        let cut = Sitting::new().mode(SslMode::Strict).tcp(TcpAnswer::Refused).unreached(Hop::Net);
        check(&UNIT, cut.visits(521, page(521)), "cannot tell: mend what breaks at net first");
        let unknown = Sitting::new().no_origin().visits(526, page(526));
        check(&UNIT, unknown, "cannot tell: the origin's address: --origin ADDR");
    }
}
