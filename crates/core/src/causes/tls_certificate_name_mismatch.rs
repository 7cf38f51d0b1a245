//! The origin's certificate is for other names.
//!
//! # What you see
//! Error 526 behind a proxied record in SSL mode strict (502 from a tunnel that verifies). In mode
//! full and weaker the site works: the edge does not compare names there.
//!
//! # What is wrong
//! The certificate that the origin shows for this name lists other names. Mostly the site has no
//! block of its own on the origin and the default one answers; or a name was added to the site and
//! not to the certificate; or `*.example.com` was hoped to cover `a.b.example.com` or `example.com`
//! itself, which it does not.
//!
//! # How we know
//! The origin is greeted with the site's name, as the edge does, and none of the names in the
//! certificate fits. That the same origin answers a request once the name is left aside shows that
//! nothing else is in the way.
//!
//! # What to do
//! Issue a certificate that lists the site's name and install it in the block of that name:
//! `certbot --nginx -d NAME`, or a Cloudflare Origin CA certificate; then `systemctl reload nginx`.
//!
//! Which block answers: `nginx -T | grep -n server_name`, in Apache `apachectl -S`. Which names the
//! certificate has: `openssl x509 -in FILE -noout -ext subjectAltName`. Where an Origin Rule
//! changes the Host header, the certificate must be for that name.
//!
//! As a stop-gap only, the SSL mode full lets visitors in at once, for the whole zone, and without
//! any check of who answers for the origin.
//!
//! # Sources
//! - Cloudflare docs, pages error-526, ssl-modes/full-strict and rules/origin-rules, read 2026-07
//! - RFC 9525, section 6 (verifying the name)
use super::{Cause, Verdict};
use crate::evidence::chain::ChainFault;
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::families::certificate;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C505",
    hop: Hop::Tls,
    title: "the origin's certificate is for other names",
    fixes: &["tls-renew-certificate", "tls-install-origin-ca-certificate", "edge-set-ssl-mode"],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    certificate(scene, |faults| faults.contains(&ChainFault::NameMismatch))
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
    fn blames_the_name_when_the_edge_says_only_502() {
        likely_at_502(&UNIT, ChainFault::NameMismatch);
    }

    #[test]
    fn is_certain_when_the_edge_says_526_and_a_request_is_answered() {
        certain_at_526(&UNIT, ChainFault::NameMismatch);
    }

    #[test]
    fn clears_the_name_where_the_edge_does_not_look_at_it() {
        cleared_under_full(&UNIT, ChainFault::NameMismatch);
    }

    #[test]
    fn leaves_other_faults_of_the_chain_to_their_own_causes() {
        leaves_others(&UNIT, [expired(), ChainFault::SelfSigned, ChainFault::Incomplete]);
    }

    #[test]
    fn cannot_tell_when_the_road_is_cut_or_unknown() {
        cannot_tell_unseen(&UNIT);
    }
}
