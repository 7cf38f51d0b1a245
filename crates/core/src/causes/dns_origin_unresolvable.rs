//! The edge cannot resolve the origin's name.
//!
//! # What you see
//! Error 1016 "Origin DNS error", with status 530.
//!
//! # What is wrong
//! The record of the site leads to another name (a CNAME, a load balancer's pool, a SaaS target),
//! and that name has no address: it was deleted, mistyped, or its own DNS is down. A proxied record
//! without any address does the same. A tunnel that was deleted while its CNAME stayed may show
//! 1016 as well.
//!
//! # How we know
//! The edge says it outright by the number 1016, while it answers for itself under the same name.
//! A bare 530, whose page does not show a number, makes it possible only. The account names the name
//! that the record leads to; where that is a tunnel which was deleted, that is the cause instead.
//!
//! # What to do
//! In the Cloudflare dashboard, under DNS, look what the record of this name leads to, and ask for
//! that name: `dig +short TARGET`. If nothing comes back, point the record at a name or an address
//! that exists.
//!
//! If the target ends in `cfargotunnel.com`, the tunnel was deleted: `cloudflared tunnel list` shows
//! which there are.
//!
//! # Sources
//! - Cloudflare docs, pages error-1016 and error-530, read 2026-07
use super::{Cause, Confidence, Need, Verdict};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::families::edge_says_or_bare_530;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C102",
    hop: Hop::Dns,
    title: "the edge cannot resolve the origin's name",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    let mut verdict = edge_says_or_bare_530(scene, &[1016]);
    // The tunnel of the record is what is wrong, or nothing of the name is.
    if let (Verdict::Blames(_), Some(tunnel)) = (&verdict, scene.account.tunnel()) {
        return match tunnel.gone() {
            Some(_) => Verdict::needs([Need::Mend(Hop::Tunnel)]),
            None => verdict.at_most(Confidence::Likely),
        };
    }
    let alias = scene.account.alias().filter(|(_, record)| record.proxied);
    if let (Verdict::Blames(blame), Some((id, record))) = (&mut verdict, alias) {
        blame.because.insert(0, id);
        return verdict.with("alias_of", record.content.as_str());
    }
    verdict
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::scene::sample::{Sitting, check, page};

    #[test]
    fn is_certain_when_the_edge_says_1016_and_answers_for_itself() {
        check(&UNIT, Sitting::new().visits(530, page(1016)), "blames, certain");
        check(&UNIT, Sitting::new().visits(502, page(1016)), "blames, certain");
    }

    #[test]
    fn the_account_names_the_alias_and_a_tunnel_that_is_gone_is_another_cause() {
        let told = || Sitting::new().visits(530, page(1016));
        check(&UNIT, told().records(&["CNAME app.example.net"]), "blames, certain");
        check(&UNIT, told().tunnelled("gone"), "cannot tell: mend what breaks at tunnel first");
    }

    #[test]
    fn is_likely_when_the_edge_does_not_answer_for_itself() {
        check(&UNIT, Sitting::new().trace(false).visits(530, page(1016)), "blames, likely");
    }

    #[test]
    fn is_possible_when_a_530_has_no_number_or_few_visits_say_it() {
        check(&UNIT, Sitting::new().visits(530, None), "blames, possible");
        let once = Sitting::new().visits(522, page(522)).visits_once(530, page(1016));
        check(&UNIT, once, "blames, possible");
    }

    #[test]
    fn clears_the_name_when_the_edge_says_something_else() {
        check(&UNIT, Sitting::healthy(), "clears");
        check(&UNIT, Sitting::new().visits(522, page(522)), "clears");
    }

    #[test]
    fn leaves_other_numbers_to_their_own_causes() {
        check(&UNIT, Sitting::new().visits(530, page(1033)), "clears");
        check(&UNIT, Sitting::new().visits(403, page(1000)), "clears");
    }

    #[test]
    fn cannot_tell_without_a_visit_or_from_a_page_of_the_owners() {
        let need = "cannot tell: a visit through the edge: none was possible from here";
        check(&UNIT, Sitting::new(), need);
        check(&UNIT, Sitting::new().visits(502, None), "cannot tell");
    }
}
