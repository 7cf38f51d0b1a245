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
//! Error 1016 may mean a tunnel too, one that was deleted; then the account tells. It also tells since
//! when nobody is connected, or that nobody ever was, and so makes a 530 without a number plain.
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
use super::{Blame, Cause, Confidence, Need, Verdict};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::account::TunnelTold;
use crate::scene::families::edge_says_or_bare_530;
use crate::scene::visits::EdgeState;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C301",
    hop: Hop::Tunnel,
    title: "no cloudflared is connected to the edge for this tunnel",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    let by_the_edge = edge_says_or_bare_530(scene, &[1033]);
    let told = scene.account.records();
    let Some(tunnel) = scene.account.tunnel() else {
        return match (by_the_edge, told) {
            (Verdict::Clears { .. }, None) if scene.symptom.error_code == Some(1016) => {
                Verdict::needs([Need::Account])
            }
            // A bare 530 of a name that leads to no tunnel is something else.
            (Verdict::Blames(blame), Some((id, records)))
                if blame.confidence < Confidence::Certain && !records.is_empty() =>
            {
                Verdict::clears([id])
            }
            (verdict, _) => verdict,
        };
    };
    let verdict = match by_the_edge {
        // What lacks is the tunnel, not somebody connected.
        Verdict::Clears { .. } if scene.symptom.error_code == Some(1016) => {
            return Verdict::needs([Need::Mend(Hop::Tunnel)]);
        }
        Verdict::Blames(blame) => Verdict::Blames(with_the_account(scene, &tunnel, blame)),
        verdict => verdict,
    };
    let Some((_, seen)) = tunnel.seen else { return verdict };
    let since = match seen.status.as_str() {
        "down" => seen.conns_inactive_at,
        _ => None,
    };
    let verdict = verdict
        .with("tunnel", tunnel.id)
        .with("name", seen.name.as_str())
        .with("status", seen.status.as_str());
    since.into_iter().fold(verdict, |verdict, at| verdict.with("since", at.to_string()))
}

/// The same, with the account's word: that nobody is connected makes a 530 without a number plain.
fn with_the_account(scene: &Scene<'_>, tunnel: &TunnelTold<'_>, mut blame: Blame) -> Blame {
    let Some(unconnected) = tunnel.unconnected() else { return blame };
    blame.because.splice(0..0, [tunnel.record.0, unconnected]);
    blame.because.extend(tunnel.seen.map(|(id, _)| id).filter(|id| *id != unconnected));
    let bare = scene.symptom.status == Some(530) && scene.symptom.error_code.is_none();
    if let (true, Some(trace)) = (bare, scene.trace()) {
        blame.contrast = vec![trace];
        blame.confidence = match scene.visits.state() {
            EdgeState::Fails => Confidence::Certain,
            _ => Confidence::Likely,
        };
    }
    blame
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
    fn the_account_makes_a_530_without_a_number_plain() {
        let bare = || Sitting::new().visits(530, None);
        check(&UNIT, bare().tunnelled("down"), "blames, certain");
        check(&UNIT, bare().tunnelled("inactive"), "blames, certain");
        check(&UNIT, bare().tunnelled("healthy"), "blames, possible");
        check(&UNIT, bare().records(&["CNAME app.example.net"]), "clears");
        let numbered = Sitting::new().visits(530, page(1033));
        check(&UNIT, numbered.tunnelled("down"), "blames, certain");
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
