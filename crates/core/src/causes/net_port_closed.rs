//! Nothing accepts connections on the origin's port.
//!
//! # What you see
//! Error 521 behind a proxied record. curl straight to the origin says `Connection refused`.
//!
//! # What is wrong
//! A connection to the origin's port is answered with a reset: the web server has stopped, listens
//! on another port or only on the loopback, or a firewall rejects. Which port counts depends on the
//! SSL mode: 443 in full and stricter, 80 in flexible and off.
//!
//! # How we know
//! A connection straight to the origin is refused, and the edge says 521: two places get the same
//! answer. Where the edge says only 502, it may also be that the origin answers Cloudflare and
//! refuses us; then it is no more than possible.
//!
//! # What to do
//! On the origin, look who listens: `ss -ltnp`. If nobody does, start the web server
//! (`systemctl start nginx`) after its configuration passed (`nginx -t`).
//!
//! If somebody listens on another port or address, mend its configuration. If the right one
//! listens, a firewall rejects.
//!
//! # Sources
//! - Cloudflare docs, page error-521, read 2026-07
//! - RFC 9293, section 3.5.2 (reset generation)
use super::{Cause, Verdict};
use crate::evidence::TcpAnswer;
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::families::connection;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C401",
    hop: Hop::Net,
    title: "nothing accepts connections on the origin's port",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    connection(scene, 521, |answer| *answer == TcpAnswer::Refused)
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::TcpAnswer;
    use crate::hop::Hop;
    use crate::scene::sample::{Sitting, check, page, silent};
    use crate::target::SslMode;

    fn refused() -> Sitting {
        Sitting::new().tcp(TcpAnswer::Refused).unreached(Hop::Net)
    }

    #[test]
    fn is_certain_when_edge_and_we_are_both_refused() {
        check(&UNIT, refused().visits(521, page(521)), "blames, certain");
    }

    #[test]
    fn is_only_possible_when_somebody_may_have_answered_the_edge() {
        let sitting = refused().mode(SslMode::Strict).visits(502, page(502));
        check(&UNIT, sitting, "blames, possible");
    }

    #[test]
    fn is_likely_from_the_edge_alone() {
        check(&UNIT, Sitting::new().no_origin().visits(521, page(521)), "blames, likely");
    }

    #[test]
    fn clears_the_port_when_visits_are_served_though_it_refuses_us() {
        check(&UNIT, refused().served(), "clears");
        check(&UNIT, Sitting::new().origin_works().visits(526, page(526)), "clears");
    }

    #[test]
    fn leaves_silence_and_a_single_family_to_their_own_causes() {
        let silence = Sitting::new().mode(SslMode::Strict).tcp(silent()).unreached(Hop::Net);
        check(&UNIT, silence.visits(522, page(522)), "cannot tell");
        let one = refused().origin("2001:db8::7").origin_works().mode(SslMode::Strict);
        check(&UNIT, one.visits(521, page(521)), "cannot tell");
    }

    #[test]
    fn cannot_tell_when_nothing_was_asked() {
        check(
            &UNIT,
            Sitting::new().no_origin().visits(502, page(502)),
            "cannot tell: the origin's address: --origin ADDR",
        );
    }
}
