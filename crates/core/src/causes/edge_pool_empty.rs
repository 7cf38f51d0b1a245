//! The load balancer has no pool that it may send visitors to.
//!
//! # What you see
//! Error 503, or 530 with 1016, or no answer in time, for every page of a name that a Cloudflare load
//! balancer answers for.
//!
//! # What is wrong
//! Each pool of the balancer is switched off, has no origin that is switched on, or is called
//! unhealthy by its monitor from every place, and its fallback pool, which is used however unhealthy
//! it is, is switched off or empty as well. A monitor that asks for a path that moved, expects another
//! status, or is kept out by the origin's firewall, takes out origins that serve.
//!
//! # How we know
//! The account is asked for the balancer, its pools and their health. Pools that are switched off or
//! empty are certain while visits fail and the edge answers for itself. Unhealthy ones are certain
//! only where the origin serves when it is asked straight: then the monitor is wrong. Otherwise the
//! origins are as likely to be what fails, and this is likely at most.
//!
//! # What to do
//! In the Cloudflare dashboard, under Traffic, Load Balancing, look at the pool that the report names:
//! switch it and its origins on, or ask the origin for just what its monitor asks for, and mend
//! whichever of the two is wrong. The reason that the monitor gives stands in the report.
//!
//! Give the balancer a fallback pool that is on: it is used, however unhealthy, when all others are out.
//!
//! # Sources
//! - Cloudflare docs, load-balancing/understand-basics/health-details, reference/common-configurations
//!   (the fallback pool) and troubleshooting, read 2026-11
use super::{Cause, Confidence, Need, Verdict};
use crate::evidence::account::{AccountQuestion, OriginHealth, Pool};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::direct::every_road_serves;
use crate::scene::suspect::deduped;
use crate::scene::visits::EdgeState;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C204",
    hop: Hop::Edge,
    title: "the load balancer has no pool that it may send visitors to",
    fixes: &[],
    judge,
};

/// Why a pool takes no visitors.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Out {
    /// It is switched off, or has no origin that is on.
    Off(&'static str),
    /// Its monitor says so from everywhere; the origin and the reason that it gives.
    Unwell(Option<(String, String)>),
}

fn judge(scene: &Scene<'_>) -> Verdict {
    match scene.visits.state() {
        EdgeState::Works => return Verdict::clears(scene.visits.good_ids()),
        EdgeState::NotVisited => return Verdict::needs([Need::Visit]),
        EdgeState::Unvisitable | EdgeState::Fails | EdgeState::Flickers => {}
    }
    let bad = scene.visits.bad_ids();
    if bad.is_empty() {
        return Verdict::needs([Need::Visit]);
    }
    // An address was asked: then a pool had one.
    let reached = matches!(scene.symptom.status, Some(520..=526))
        || matches!(scene.symptom.error_code, Some(1033));
    if scene.visits.direct || reached {
        return Verdict::clears(bad);
    }
    let Some((id, balancer)) = scene.account.balancer() else {
        return without_balancer(scene);
    };
    let mut because = vec![id];
    let mut outs: Vec<(&Pool, Out)> = Vec::new();
    for pool_id in balancer.pools() {
        let Some((at, pool)) = scene.account.pool(pool_id) else {
            let pools = |question: &AccountQuestion| matches!(question, AccountQuestion::Pools);
            return Verdict::needs([scene.account.need(pools).unwrap_or(Need::AccountLater)]);
        };
        let health = scene.account.pool_health(pool_id);
        // The last resort is dialled however unhealthy it is.
        let out = match out(scene, pool) {
            Some(Out::Unwell(_)) if pool_id == balancer.fallback_pool => None,
            out => out,
        };
        let Some(out) = out else { return Verdict::clears([at]) };
        because.push(at);
        because.extend(health.map(|(id, _)| id));
        outs.push((pool, out));
    }
    let Some((pool, first)) = outs.first() else { return Verdict::clears([id]) };
    let off = outs.iter().all(|(_, out)| matches!(out, Out::Off(_)));
    let contrast = match every_road_serves(scene) {
        Some(serves) => serves,
        None if off => scene.trace().into_iter().collect(),
        None => Vec::new(),
    };
    let sure = !contrast.is_empty() && scene.visits.state() == EdgeState::Fails;
    because.extend(bad.first());
    let confidence = if sure { Confidence::Certain } else { Confidence::Likely };
    let verdict = Verdict::blames(confidence, deduped(because))
        .contrasting(contrast)
        .with("balancer", balancer.name.as_str())
        .with("pool", pool.name.as_str());
    match first {
        Out::Off(why) => verdict.with("why", *why),
        Out::Unwell(None) => verdict.with("why", "unhealthy"),
        Out::Unwell(Some((origin, reason))) => verdict
            .with("why", "unhealthy")
            .with("origin", origin.as_str())
            .with("reason", reason.as_str()),
    }
}

fn out(scene: &Scene<'_>, pool: &Pool) -> Option<Out> {
    if pool.enabled == Some(false) {
        return Some(Out::Off("switched off"));
    }
    if pool.origins.iter().all(|origin| origin.enabled == Some(false)) {
        return Some(Out::Off("no origin is switched on"));
    }
    let health = scene.account.pool_health(&pool.id).map(|(_, health)| &health.pop_health);
    let everywhere = health
        .filter(|places| !places.is_empty())
        .map(|places| places.values().all(|place| !place.healthy));
    let unwell = everywhere.unwrap_or(pool.healthy == Some(false));
    let reason = health.into_iter().flat_map(|places| places.values()).find_map(|place| {
        let fails = |health: &OriginHealth| !health.healthy;
        let (address, health) = place.origins.iter().flatten().find(|(_, health)| fails(health))?;
        let status = health.response_code.filter(|code| *code > 0);
        let reason = health.failure_reason.clone().filter(|reason| !reason.is_empty());
        let reason = reason.or_else(|| status.map(|status| format!("status {status}")))?;
        Some((address.clone(), reason))
    });
    unwell.then_some(Out::Unwell(reason))
}

fn without_balancer(scene: &Scene<'_>) -> Verdict {
    let balancers = |question: &AccountQuestion| matches!(question, AccountQuestion::LoadBalancers);
    if let Some(need) = scene.account.need(balancers) {
        return Verdict::needs([need]);
    }
    let told = scene.account.all().find(|(_, question, _)| balancers(question));
    match told {
        Some((reading, ..)) => Verdict::clears([reading.id]),
        None => Verdict::needs([Need::AccountLater]),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::UNIT;
    use crate::evidence::account::pool::PlaceHealth;
    use crate::evidence::account::{
        AccountAnswer, AccountQuestion, LoadBalancer, OriginHealth, Pool, PoolHealth, PoolOrigin,
        RefusalKind,
    };
    use crate::evidence::{HttpAnswer, TcpAnswer};
    use crate::scene::sample::{Sitting, check, page, reply};
    use crate::target::SslMode;

    const POOL: &str = "17b5962d775c646f3f9725cbc7a53df4";
    const RESERVE: &str = "9290f38c5d07c2e2f4df57b1f61d4196";

    /// A balancer whose one pool is on or off, and healthy or not; its reserve is switched off.
    fn balanced(sitting: Sitting, on: bool, healthy: bool) -> Sitting {
        with_pool(sitting, on, healthy, false)
    }

    /// The same; with `reserve`, the pool is its own fallback.
    fn with_pool(sitting: Sitting, on: bool, healthy: bool, reserve: bool) -> Sitting {
        let balancer = LoadBalancer {
            name: "shop.example.test".to_owned(),
            proxied: true,
            default_pools: vec![POOL.to_owned()],
            fallback_pool: if reserve { POOL } else { RESERVE }.to_owned(),
            ..LoadBalancer::default()
        };
        let off = Pool {
            id: RESERVE.to_owned(),
            name: "reserve".to_owned(),
            enabled: Some(false),
            ..Pool::default()
        };
        let pool = Pool {
            id: POOL.to_owned(),
            name: "main".to_owned(),
            enabled: Some(on),
            healthy: Some(healthy),
            origins: vec![PoolOrigin { address: "203.0.113.7".to_owned(), ..Default::default() }],
            ..Pool::default()
        };
        let origin = OriginHealth {
            healthy,
            failure_reason: (!healthy).then(|| "TCP connection failed".to_owned()),
            response_code: None,
        };
        let origins = vec![BTreeMap::from([("203.0.113.7".to_owned(), origin)])];
        let place = PlaceHealth { healthy, origins };
        let health = PoolHealth {
            pool_id: POOL.to_owned(),
            pop_health: BTreeMap::from([("Amsterdam, NL".to_owned(), place)]),
        };
        sitting
            .account(
                AccountQuestion::LoadBalancers,
                AccountAnswer::LoadBalancers { balancers: vec![balancer] },
            )
            .account(AccountQuestion::Pools, AccountAnswer::Pools { pools: vec![pool, off] })
            .account(
                AccountQuestion::PoolHealth { pool: POOL.to_owned() },
                AccountAnswer::PoolHealth { health },
            )
    }

    fn fails() -> Sitting {
        Sitting::new().mode(SslMode::Strict).visits(503, page(503))
    }

    #[test]
    fn is_certain_when_every_pool_is_off_and_the_edge_answers_for_itself() {
        check(&UNIT, balanced(fails(), false, true), "blames, certain");
        check(&UNIT, balanced(fails().trace(false), false, true), "blames, likely");
    }

    #[test]
    fn is_certain_when_a_monitor_takes_out_an_origin_that_serves() {
        check(&UNIT, balanced(fails().origin_works(), true, false), "blames, certain");
    }

    #[test]
    fn is_likely_when_the_origin_fails_as_well_or_was_not_asked() {
        let refused = fails().tcp(TcpAnswer::Refused);
        check(&UNIT, balanced(refused, true, false), "blames, likely");
        check(&UNIT, balanced(fails().no_origin(), true, false), "blames, likely");
    }

    #[test]
    fn clears_it_when_a_pool_is_well_or_the_site_is_served_or_nobody_balances() {
        check(&UNIT, balanced(fails(), true, true), "clears");
        check(&UNIT, balanced(Sitting::healthy(), false, false), "clears");
        let none = AccountAnswer::LoadBalancers { balancers: vec![] };
        check(&UNIT, fails().account(AccountQuestion::LoadBalancers, none), "clears");
    }

    #[test]
    fn clears_it_when_the_last_resort_is_on_for_it_is_dialled_however_unhealthy() {
        check(&UNIT, with_pool(fails().origin_works(), true, false, true), "clears");
        check(&UNIT, with_pool(fails().origin_works(), false, false, true), "blames, certain");
    }

    #[test]
    fn leaves_an_origin_that_the_edge_asked_to_its_own_causes() {
        let refused = Sitting::new().visits(521, page(521));
        check(&UNIT, balanced(refused, true, false), "clears");
        let answered = fails().request(HttpAnswer::Replied(reply(503)));
        check(&UNIT, balanced(answered, true, true), "clears");
    }

    #[test]
    fn cannot_tell_without_the_balancers() {
        let says = "cannot tell: a look into the Cloudflare account: DNS records, tunnel, origin \
                    status counts";
        check(&UNIT, fails(), says);
        let refused =
            fails().account_refuses(AccountQuestion::LoadBalancers, RefusalKind::OutOfScope);
        let says = "cannot tell: a token that may read more of the Cloudflare account: Load Balancers Read";
        check(&UNIT, refused, says);
        check(&UNIT, Sitting::new(), "cannot tell");
    }
}
