//! The origin's certificate has expired.
//!
//! # What you see
//! Error 526 behind a proxied record in SSL mode strict (502 from a tunnel that verifies). In mode
//! full and weaker the site works on: the edge does not look at the dates there.
//!
//! # What is wrong
//! The certificate that the origin shows, or one that it sends along, has a date that is over. An
//! edge in mode strict, or SSL-only, ends the connection after the handshake. Usually the renewal
//! has failed for weeks, or it worked and the web server was never reloaded. An automatic change of
//! the SSL mode may bring to light a certificate that expired long ago; the mode is never lowered
//! again because of it.
//!
//! # How we know
//! The chain is taken as it is and its dates are compared with the clock. That the same origin
//! answers a request once the date is left aside shows that nothing but the certificate is in the
//! way.
//!
//! # What to do
//! Renew the certificate on the origin and reload the web server: `certbot renew`, then
//! `systemctl reload nginx`. A Cloudflare Origin CA certificate does as well and lasts for years.
//!
//! If it is the intermediate that has expired, replace it in the file that the web server sends: the
//! certificate's issuer offers the present one, and `certbot renew --force-renewal` fetches it.
//!
//! As a stop-gap only, the SSL mode full lets visitors in at once, for the whole zone, and without
//! any check of who answers for the origin.
//!
//! # Sources
//! - Cloudflare docs, pages error-526 and ssl-modes/full-strict, read 2026-07
//! - RFC 5280, section 4.1.2.5 (validity)
use super::{Cause, Need, Verdict};
use crate::evidence::chain::ChainFault;
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::families::certificate;
use crate::scene::visits::EdgeState;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C502",
    hop: Hop::Tls,
    title: "the origin's certificate has expired",
    fixes: &["tls-renew-certificate", "tls-install-origin-ca-certificate", "edge-set-ssl-mode"],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    if scene.clock_off.is_some() && scene.visits.state() != EdgeState::Works {
        return Verdict::needs([Need::RightClock]);
    }
    certificate(scene, |faults| {
        faults.iter().any(|fault| matches!(fault, ChainFault::Expired { .. }))
    })
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
    fn is_certain_when_the_edge_says_526_and_all_else_works() {
        certain_at_526(&UNIT, expired());
    }

    #[test]
    fn is_likely_when_the_edge_says_only_502() {
        likely_at_502(&UNIT, expired());
    }

    #[test]
    fn clears_the_date_where_the_edge_does_not_look_at_it() {
        cleared_under_full(&UNIT, expired());
    }

    #[test]
    fn leaves_other_faults_of_the_chain_to_their_own_causes() {
        leaves_others(
            &UNIT,
            [ChainFault::SelfSigned, ChainFault::NameMismatch, ChainFault::Incomplete],
        );
    }

    #[test]
    fn cannot_tell_when_the_road_is_cut_or_unknown() {
        cannot_tell_unseen(&UNIT);
    }
}
