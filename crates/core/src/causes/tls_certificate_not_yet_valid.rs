//! The origin's certificate is not valid yet.
//!
//! # What you see
//! Error 526 behind a proxied record in SSL mode strict (502 from a tunnel that verifies). In mode
//! full and weaker the site works: the edge does not look at the dates there.
//!
//! # What is wrong
//! The certificate that the origin shows begins to be valid only at a later time. Either it was
//! issued on a machine whose clock is ahead (a home-made authority, an appliance), or a certificate
//! that was ordered for the next period was installed too early.
//!
//! # How we know
//! The chain is taken as it is and its dates are compared with the clock of this machine. That the
//! same origin answers a request once the date is left aside shows that nothing but the certificate
//! is in the way. Where this machine's own clock is slow, we would see the same: look at `date -u`
//! first.
//!
//! # What to do
//! Put the certificate that was there before back, or issue a new one, and reload the web server:
//! `certbot renew --force-renewal`, then `systemctl reload nginx`.
//!
//! If your own authority issued it, set that machine's clock first (`timedatectl`), then issue it
//! again. If it begins within hours, waiting mends it as well.
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
    code: "C503",
    hop: Hop::Tls,
    title: "the origin's certificate is not valid yet",
    fixes: &["tls-install-origin-ca-certificate", "edge-set-ssl-mode"],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    if scene.clock_off.is_some() && scene.visits.state() != EdgeState::Works {
        return Verdict::needs([Need::RightClock]);
    }
    certificate(scene, |faults| {
        faults.iter().any(|fault| matches!(fault, ChainFault::NotYetValid { .. }))
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

    fn early() -> ChainFault {
        ChainFault::NotYetValid { not_before: "2026-12-01T00:00:00Z".parse().unwrap() }
    }

    #[test]
    fn blames_the_date_when_the_edge_says_only_502() {
        likely_at_502(&UNIT, early());
    }

    #[test]
    fn is_certain_when_the_edge_says_526_and_a_request_is_answered() {
        certain_at_526(&UNIT, early());
    }

    #[test]
    fn clears_the_date_where_the_edge_does_not_look_at_it() {
        cleared_under_full(&UNIT, early());
    }

    #[test]
    fn leaves_other_faults_of_the_chain_to_their_own_causes() {
        leaves_others(&UNIT, [expired(), ChainFault::SelfSigned, ChainFault::NameMismatch]);
    }

    #[test]
    fn cannot_tell_when_the_road_is_cut_or_unknown() {
        cannot_tell_unseen(&UNIT);
    }
}
