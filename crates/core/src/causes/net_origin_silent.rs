//! The origin does not answer connection attempts.
//!
//! # What you see
//! Error 522 "Connection timed out", after some twenty seconds. curl straight to the origin hangs.
//!
//! # What is wrong
//! Connection attempts are swallowed: the machine is off or its address is not its own any more, a
//! firewall drops them, or the machine is so busy that it takes no more. Which of these it is does
//! not show from outside.
//!
//! # How we know
//! The edge says 522, and from here nothing comes back either. An origin that admits only Cloudflare
//! is silent to us by design, so our silence proves little, and this is never certain; where visits
//! are served it counts for nothing. If the origin answers us, something keeps Cloudflare out:
//! `net-firewall-blocks-cloudflare`.
//!
//! # What to do
//! See whether the machine is up at all (the provider's console). On it, `ss -ltn` shows whether
//! something listens on the port, and `nft list ruleset` or `ufw status` which firewall rule drops.
//!
//! If it is up and only busy, `uptime` and `nstat -az TcpExtListenDrops` show it.
//!
//! # Sources
//! - Cloudflare docs, pages error-522 and connection-limits, read 2026-07
use super::{Cause, Confidence, Need, Verdict};
use crate::evidence::TcpAnswer;
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::direct::answered_at_once;
use crate::scene::families::connection;
use crate::scene::visits::EdgeState;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C403",
    hop: Hop::Net,
    title: "the origin does not answer connection attempts",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    if matches!(scene.visits.state(), EdgeState::Fails) && answered_at_once(scene).is_some() {
        return Verdict::needs([Need::OnOrigin]);
    }
    let verdict = connection(scene, 522, |answer| matches!(answer, TcpAnswer::Silent { .. }));
    // Where the name leads past Cloudflare, a firewall that admits only Cloudflare is as near.
    let most = if scene.visits.direct { Confidence::Possible } else { Confidence::Likely };
    verdict.at_most(most)
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::{TcpAnswer, VisitAnswer};
    use crate::hop::Hop;
    use crate::scene::sample::{Sitting, check, page, silent};
    use crate::target::SslMode;

    fn hushed() -> Sitting {
        Sitting::new().mode(SslMode::Strict).tcp(silent()).unreached(Hop::Net)
    }

    #[test]
    fn is_likely_when_edge_and_we_get_no_answer_and_never_certain() {
        check(&UNIT, hushed().visits(522, page(522)), "blames, likely");
        check(&UNIT, Sitting::new().no_origin().visits(522, page(522)), "blames, likely");
    }

    #[test]
    fn is_only_possible_when_silence_may_be_meant_for_us() {
        check(&UNIT, hushed().visits(502, page(502)), "blames, possible");
        let straight = VisitAnswer::Nothing { tcp: silent() };
        check(&UNIT, hushed().trace(false).visit_straight(straight), "blames, possible");
        let at_times = Sitting::new().no_origin().served().visits_once(522, page(522));
        check(&UNIT, at_times, "blames, possible");
    }

    #[test]
    fn leaves_a_502_that_came_at_once_to_whoever_answered_it() {
        let need =
            "cannot tell: a look into the origin: run rayfix there, or add --ssh root@ORIGIN here";
        check(&UNIT, hushed().visits(502, page(502)).quickly(), need);
    }

    #[test]
    fn clears_an_origin_that_answers_only_cloudflare() {
        check(&UNIT, hushed().served(), "clears");
    }

    #[test]
    fn leaves_an_origin_that_answers_us_and_other_statuses_to_their_neighbours() {
        check(&UNIT, Sitting::healthy_origin().visits(522, page(522)), "clears");
        check(&UNIT, hushed().visits(521, page(521)), "cannot tell");
        check(&UNIT, hushed().visits(526, page(526)), "cannot tell");
        let refused = Sitting::new().mode(SslMode::Strict).tcp(TcpAnswer::Refused);
        check(&UNIT, refused.unreached(Hop::Net).visits(521, page(521)), "cannot tell");
    }

    #[test]
    fn cannot_tell_when_nothing_was_asked() {
        let need = "cannot tell: a visit through the edge: none was possible from here";
        check(&UNIT, Sitting::new().no_origin(), need);
        let need = "cannot tell: the origin's address: --origin ADDR";
        check(&UNIT, Sitting::new().no_origin().visits(502, page(502)), need);
    }
}
