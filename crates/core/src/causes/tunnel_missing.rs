//! The DNS record leads to a tunnel that the account does not have.
//!
//! # What you see
//! Error 1033 "Cloudflare Tunnel error" or 1016 "Origin DNS error", mostly with status 530.
//!
//! # What is wrong
//! The record of this name is an alias of `ID.cfargotunnel.com`, and there is no tunnel with that id:
//! it was deleted while its record stayed, the tunnel was made anew and has another id, or it belongs
//! to another account. No connector can mend that, however well it runs.
//!
//! # How we know
//! The account is asked for the record and for its tunnels, and the tunnel of the record is not among
//! those that were not deleted: certain where the edge says 1033 or 1016 while it answers for itself.
//!
//! # What to do
//! `cloudflared tunnel list` shows the tunnels that there are. Point the record at the right one:
//! `cloudflared tunnel route dns --overwrite-dns TUNNEL NAME`, or in the Cloudflare dashboard, under
//! DNS, enter `ID.cfargotunnel.com` with the id of the tunnel that runs.
//!
//! If there is none, make one, install its connector on the origin, and give it a rule for this name.
//!
//! # Sources
//! - Cloudflare docs, pages error-1033, error-1016 and tunnel/routing-to-tunnel/dns, read 2026-07
use super::{Cause, Confidence, Need, Verdict};
use crate::evidence::account::AccountQuestion;
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::visits::EdgeState;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C314",
    hop: Hop::Tunnel,
    title: "the DNS record leads to a tunnel that the account does not have",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    match scene.visits.state() {
        EdgeState::Works => return Verdict::clears(scene.visits.good_ids()),
        EdgeState::NotVisited => return Verdict::needs([Need::Visit]),
        EdgeState::Unvisitable | EdgeState::Fails | EdgeState::Flickers => {}
    }
    // What stands behind the tunnel, or an address, was reached.
    let missed = scene.symptom.status == Some(530)
        || matches!(scene.symptom.error_code, Some(1016 | 1033));
    if scene.visits.direct || !missed {
        return match scene.visits.bad_ids() {
            ids if ids.is_empty() => Verdict::needs([Need::Visit]),
            ids => Verdict::clears(ids),
        };
    }
    let Some((records_in, _)) = scene.account.records() else {
        let records = |question: &AccountQuestion| matches!(question, AccountQuestion::Records { .. });
        return Verdict::needs([scene.account.need(records).unwrap_or(Need::AccountLater)]);
    };
    let Some(tunnel) = scene.account.tunnel() else { return Verdict::clears([records_in]) };
    let Some(gone) = tunnel.gone() else {
        let Some((seen, _)) = tunnel.seen else {
            let tunnels = |question: &AccountQuestion| matches!(question, AccountQuestion::Tunnels);
            return Verdict::needs([scene.account.need(tunnels).unwrap_or(Need::AccountLater)]);
        };
        return Verdict::clears([seen]);
    };
    let trace: Vec<_> = scene.trace().into_iter().collect();
    let sure = !trace.is_empty() && scene.visits.state() == EdgeState::Fails;
    let mut because = vec![records_in, gone];
    because.extend(scene.visits.bad_ids().first());
    let confidence = if sure { Confidence::Certain } else { Confidence::Likely };
    let verdict = Verdict::blames(confidence, because)
        .contrasting(trace)
        .with("tunnel", tunnel.id)
        .with("record", tunnel.record.1.name.as_str());
    let deleted = tunnel.seen.and_then(|(_, seen)| seen.deleted_at);
    deleted
        .into_iter()
        .fold(verdict, |verdict, at| verdict.with("deleted", at.to_string()))
        .explaining(&["tunnel-down", "dns-origin-unresolvable"])
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::account::{AccountQuestion, RefusalKind};
    use crate::scene::sample::{Sitting, check, page};

    fn cut_off(code: u16) -> Sitting {
        Sitting::new().visits(530, page(code))
    }

    #[test]
    fn is_certain_when_the_account_does_not_have_the_tunnel_of_the_record() {
        check(&UNIT, cut_off(1033).tunnelled("gone"), "blames, certain");
        check(&UNIT, cut_off(1016).tunnelled("gone"), "blames, certain");
    }

    #[test]
    fn is_likely_when_the_edge_does_not_answer_for_itself_or_some_visits_get_through() {
        check(&UNIT, cut_off(1033).trace(false).tunnelled("gone"), "blames, likely");
        let some = Sitting::new().served().visits_once(530, page(1033)).tunnelled("gone");
        check(&UNIT, some, "blames, likely");
    }

    #[test]
    fn clears_a_tunnel_that_is_there_or_that_the_site_comes_through() {
        check(&UNIT, cut_off(1033).tunnelled("down"), "clears");
        check(&UNIT, Sitting::new().served().tunnelled("gone"), "clears");
        check(&UNIT, cut_off(1016).records(&["CNAME app.example.net"]), "clears");
    }

    #[test]
    fn leaves_another_status_to_its_own_cause() {
        check(&UNIT, Sitting::new().visits(521, page(521)).tunnelled("gone"), "clears");
    }

    #[test]
    fn cannot_tell_without_the_account_or_without_its_tunnels() {
        let says = "cannot tell: a look into the Cloudflare account: DNS records, tunnel, origin \
                    status counts";
        check(&UNIT, cut_off(1033), says);
        let name = "shop.example.test".to_owned();
        let record = "CNAME 00000000-0000-4000-8000-0000000000aa.cfargotunnel.com";
        let refused = cut_off(1033)
            .records(&[record])
            .account_refuses(AccountQuestion::Tunnels, RefusalKind::OutOfScope);
        let says = "cannot tell: a token that may read more of the Cloudflare account: \
                    Cloudflare Tunnel Read";
        check(&UNIT, refused, says);
        let silent = AccountQuestion::Records { name };
        let silent = cut_off(1033).account_refuses(silent, RefusalKind::Unreached);
        let says = "cannot tell: the Cloudflare account again: it was asked and did not answer";
        check(&UNIT, silent, says);
        check(&UNIT, Sitting::new(), "cannot tell");
    }
}
