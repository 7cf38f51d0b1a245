//! No cloudflared is connected to the edge for this tunnel.
//!
//! # What you see
//! Error 1033 "Cloudflare Tunnel error" (formerly "Argo Tunnel error"), with status 530.
//!
//! # What is wrong
//! The name leads to a tunnel, and no cloudflared holds a connection for it. It was stopped or has
//! crashed, its token or credentials are not accepted, or a firewall lets nothing out to port 7844.
//! Which of these it is shows on the machine where it runs. Whether the app works is another
//! question: the edge never got that far.
//!
//! # How we know
//! The edge says it outright by the number 1033, while it answers for itself under the same name.
//! Error 1016 may mean a tunnel too, one that was deleted; then the account tells.
//!
//! # What to do
//! On the machine that runs it: `systemctl status cloudflared`, then `journalctl -u cloudflared -n
//! 50`. If it has stopped, `systemctl start cloudflared`; within seconds the log says `Registered
//! tunnel connection`.
//!
//! If it runs and does not connect, try the way out: `nc -zv region1.v2.argotunnel.com 7844`.
//!
//! # Sources
//! - Cloudflare docs, page error-1033 and tunnel/troubleshooting, read 2026-07
//! - cloudflared 2026.8.2, `connection/observer.go` (the log line)
use super::{Cause, Need, Verdict};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::families::edge_says_or_bare_530;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C301",
    hop: Hop::Tunnel,
    title: "no cloudflared is connected to the edge for this tunnel",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    match edge_says_or_bare_530(scene, &[1033]) {
        Verdict::Clears { .. } if scene.symptom.error_code == Some(1016) => {
            Verdict::needs([Need::Account])
        }
        verdict => verdict,
    }
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::scene::sample::{Sitting, check, page};

    #[test]
    fn is_certain_when_the_edge_says_1033_and_answers_for_itself() {
        check(&UNIT, Sitting::new().visits(530, page(1033)), "blames, certain");
        check(&UNIT, Sitting::new().no_origin().visits(502, page(1033)), "blames, certain");
    }

    #[test]
    fn is_possible_when_a_530_has_no_number() {
        check(&UNIT, Sitting::new().visits(530, None), "blames, possible");
    }

    #[test]
    fn clears_the_tunnel_when_visits_get_through() {
        check(&UNIT, Sitting::healthy(), "clears");
        check(&UNIT, Sitting::new().visits(502, page(502)), "clears");
    }

    #[test]
    fn leaves_a_name_that_does_not_resolve_to_its_own_cause() {
        check(&UNIT, Sitting::new().visits(530, page(1016)), "cannot tell");
    }

    #[test]
    fn cannot_tell_without_a_visit() {
        let need = "cannot tell: a visit through the edge: none was possible from here";
        check(&UNIT, Sitting::new(), need);
    }
}
