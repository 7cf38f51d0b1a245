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
//! The edge says by the number 1016 that it has nothing to dial, while it answers for itself under the
//! same name: likely, for it says the same of a tunnel that was deleted and of a load balancer without
//! a pool. A bare 530, whose page does not show a number, makes it possible only. Certain where the
//! account shows that the record is an alias, and that no load balancer answers in its place. Where the
//! record leads to a tunnel that was deleted, or a load balancer has addresses only, that is the cause
//! instead.
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
use std::net::IpAddr;

use super::{Cause, Confidence, Need, Verdict};
use crate::evidence::account::{AccountQuestion, LoadBalancer};
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
    if !matches!(verdict, Verdict::Blames(_)) {
        return verdict;
    }
    // The tunnel of the record is what is wrong, or nothing of the name is.
    if let Some(tunnel) = scene.account.tunnel() {
        return match tunnel.gone() {
            Some(_) => Verdict::needs([Need::Mend(Hop::Tunnel)]),
            None => verdict.at_most(Confidence::Likely),
        };
    }
    // A load balancer answers before any record does.
    if let Some((id, balancer)) = scene.account.balancer() {
        return match has_names(scene, balancer) {
            Some(false) => Verdict::clears([id]),
            Some(true) => verdict.at_most(Confidence::Likely),
            None => verdict.at_most(Confidence::Possible),
        };
    }
    let alias = scene.account.alias().filter(|(_, record)| record.proxied);
    let (Verdict::Blames(blame), Some((id, record))) = (&mut verdict, alias) else {
        return verdict.at_most(Confidence::Likely);
    };
    blame.because.insert(0, id);
    let balancers = |question: &AccountQuestion| matches!(question, AccountQuestion::LoadBalancers);
    let sure = scene.account.need(balancers).is_none();
    let at_most = if sure { Confidence::Certain } else { Confidence::Likely };
    verdict.at_most(at_most).with("alias_of", record.content.as_str())
}

/// Whether a pool of the balancer knows an origin by a name, which may fail to resolve; `None`: the
/// pools were not told.
fn has_names(scene: &Scene<'_>, balancer: &LoadBalancer) -> Option<bool> {
    let mut names = false;
    for pool in balancer.pools() {
        let (_, pool) = scene.account.pool(pool)?;
        names |= pool.origins.iter().any(|origin| origin.address.parse::<IpAddr>().is_err());
    }
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::account::{
        AccountAnswer, AccountQuestion, LoadBalancer, Pool, PoolOrigin, RefusalKind,
    };
    use crate::scene::sample::{Sitting, check, page};

    #[test]
    fn is_likely_when_the_edge_says_1016() {
        check(&UNIT, Sitting::new().visits(530, page(1016)), "blames, likely");
        check(&UNIT, Sitting::new().visits(502, page(1016)), "blames, likely");
        check(&UNIT, Sitting::new().trace(false).visits(530, page(1016)), "blames, likely");
    }

    /// The edge says 1016, and the account has these load balancers.
    fn balanced(balancers: Vec<LoadBalancer>) -> Sitting {
        Sitting::new()
            .visits(530, page(1016))
            .account(AccountQuestion::LoadBalancers, AccountAnswer::LoadBalancers { balancers })
    }

    #[test]
    fn is_certain_when_the_record_is_an_alias_and_nobody_balances() {
        let alias = ["CNAME app.example.net"];
        check(&UNIT, balanced(vec![]).records(&alias), "blames, certain");
        let refused = Sitting::new()
            .visits(530, page(1016))
            .records(&alias)
            .account_refuses(AccountQuestion::LoadBalancers, RefusalKind::OutOfScope);
        check(&UNIT, refused, "blames, likely");
        check(&UNIT, balanced(vec![]).records(&["A 203.0.113.9"]), "blames, likely");
        let silent = balanced(vec![]).trace(false).records(&alias);
        check(&UNIT, silent, "blames, likely");
    }

    #[test]
    fn leaves_a_tunnel_that_is_gone_and_a_balancer_of_addresses_to_their_causes() {
        let gone = Sitting::new().visits(530, page(1016)).tunnelled("gone");
        check(&UNIT, gone, "cannot tell: mend what breaks at tunnel first");
        let balancer = || LoadBalancer {
            name: "shop.example.test".to_owned(),
            default_pools: vec!["main".to_owned()],
            ..LoadBalancer::default()
        };
        let pool = |address: &str| Pool {
            id: "main".to_owned(),
            origins: vec![PoolOrigin { address: address.to_owned(), ..PoolOrigin::default() }],
            ..Pool::default()
        };
        let told = |address: &str| {
            balanced(vec![balancer()]).account(
                AccountQuestion::Pools,
                AccountAnswer::Pools { pools: vec![pool(address)] },
            )
        };
        check(&UNIT, told("203.0.113.7"), "clears");
        check(&UNIT, told("app.example.net"), "blames, likely");
        check(&UNIT, balanced(vec![balancer()]), "blames, possible");
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
