//! Which calls a question comes to, and what of the answers is kept.

use std::sync::Arc;
use std::time::Duration;

use rayfix_core::evidence::account::{
    AccountChange, ApiRefusal, Counts, DnsRecord, LoadBalancer, OriginPulls, Pool, RefusalKind,
    Rule, TunnelSeen, count,
};
use rayfix_core::evidence::{AccountAnswer, AccountQuestion};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::opening::covers;
use super::settling::tunnels_of;
use super::{Account, Place};
use crate::clock;
use crate::cloudflare::calls;

/// How far back the edge's counts go.
const COUNTED: Duration = Duration::from_secs(30 * 60);
/// How far back changes are told.
const CHANGED: Duration = Duration::from_secs(24 * 60 * 60);
/// Longer lists are cut: nobody has so many, and a case must stay small.
const MOST: usize = 1000;
/// More changes are not told.
const MOST_CHANGES: usize = 100;

/// A phase's rules, as the API wraps them.
#[derive(Deserialize)]
struct Ruleset {
    #[serde(default)]
    rules: Option<Vec<Rule>>,
}

/// Asks.
///
/// # Errors
/// What the API refused.
pub(super) async fn put(
    account: &Account,
    place: &Place,
    question: &AccountQuestion,
) -> Result<AccountAnswer, ApiRefusal> {
    use AccountQuestion as Q;
    let client = &account.client;
    let (zone, owner) = (place.zone.id.as_str(), place.zone.account.id.as_str());
    Ok(match question {
        // Asked in the first round, by other means.
        Q::Token | Q::Zone { .. } => return Err(ApiRefusal::of(RefusalKind::Invalid)),
        Q::Setting { name } => {
            AccountAnswer::Setting { setting: client.call(&calls::setting(zone, name)).await? }
        }
        Q::Records { name } => {
            AccountAnswer::Records { records: records(account, place, name).await? }
        }
        Q::Rules { phase } => {
            let call = calls::rules(zone, phase.word());
            let told = none_where_missing(client.call::<Ruleset>(&call).await)?;
            AccountAnswer::Rules { rules: told.and_then(|told| told.rules).unwrap_or_default() }
        }
        Q::PageRules => {
            AccountAnswer::PageRules { rules: client.call(&calls::page_rules(zone)).await? }
        }
        Q::LoadBalancers => {
            let mut balancers: Vec<LoadBalancer> =
                client.list(&calls::load_balancers(zone), MOST).await?;
            balancers.retain(|balancer| answers_for(&balancer.name, &place.host));
            AccountAnswer::LoadBalancers { balancers }
        }
        Q::Pools => {
            let call = calls::pools(owner);
            let pools = client.list::<Pool>(&call, MOST);
            let (pools, used) = tokio::join!(pools, pools_of(account));
            let mut pools = pools?;
            // Pools of other sites are nobody's business here.
            pools.retain(|pool| used.contains(&pool.id));
            AccountAnswer::Pools { pools }
        }
        Q::PoolHealth { pool } => AccountAnswer::PoolHealth {
            health: client.call(&calls::pool_health(owner, pool)).await?,
        },
        Q::Tunnels => {
            let call = calls::tunnels(owner).with("per_page", "1000");
            let tunnels = client.list::<TunnelSeen>(&call, MOST);
            let (tunnels, of_site) = tokio::join!(tunnels, tunnels_of(account, place));
            let mut tunnels = tunnels?;
            // Likewise; unless it could not be learnt which are the site's.
            if let Some(ids) = of_site {
                tunnels.retain(|tunnel| ids.iter().any(|id| id.eq_ignore_ascii_case(&tunnel.id)));
            }
            AccountAnswer::Tunnels { tunnels }
        }
        Q::Connectors { tunnel } => AccountAnswer::Connectors {
            connectors: client.list(&calls::tunnel_connectors(owner, tunnel), MOST).await?,
        },
        Q::TunnelConfiguration { tunnel } => AccountAnswer::TunnelConfiguration {
            configuration: client.call(&calls::tunnel_configuration(owner, tunnel)).await?,
        },
        Q::OriginPulls { host: None } => {
            AccountAnswer::OriginPulls { pulls: client.call(&calls::origin_pulls(zone)).await? }
        }
        Q::OriginPulls { host: Some(host) } => {
            let call = calls::origin_pulls_of_host(zone, host);
            let told = none_where_missing(client.call::<Value>(&call).await)?;
            AccountAnswer::OriginPulls { pulls: told.map(pulls_of_host).unwrap_or_default() }
        }
        Q::TrustStore => AccountAnswer::TrustStore {
            certificates: client.list(&calls::trust_store(zone), MOST).await?,
        },
        Q::HealthChecks => AccountAnswer::HealthChecks {
            checks: client.list(&calls::health_checks(zone).with("per_page", "1000"), MOST).await?,
        },
        Q::Counts { host } => AccountAnswer::Counts { counts: counts(account, zone, host).await? },
        Q::Changes => {
            let now = clock::now();
            let call = calls::audit_logs(owner, &(now - CHANGED).to_string(), &now.to_string());
            let entries: Vec<Value> = client.list(&call, MOST_CHANGES).await?;
            let changes = entries.iter().filter_map(AccountChange::read);
            let of_site = |change: &AccountChange| {
                change.zone.is_empty() || change.zone.eq_ignore_ascii_case(&place.zone.name)
            };
            AccountAnswer::Changes { changes: changes.filter(of_site).collect() }
        }
    })
}

/// Nothing where the API says that there is no such thing: that is an answer here.
fn none_where_missing<T>(answer: Result<T, ApiRefusal>) -> Result<Option<T>, ApiRefusal> {
    match answer {
        Ok(told) => Ok(Some(told)),
        Err(refusal) if refusal.kind == RefusalKind::NotFound => Ok(None),
        Err(refusal) => Err(refusal),
    }
}

/// The records of a name, or where it has none, those of the nearest wildcard.
async fn records(
    account: &Account,
    place: &Place,
    name: &str,
) -> Result<Vec<DnsRecord>, ApiRefusal> {
    let mut asking = JoinSet::new();
    for name in names(name, &place.zone.name) {
        let client = Arc::clone(&account.client);
        let call = calls::records_named(&place.zone.id, &name);
        asking.spawn(async move {
            let records = client.list::<DnsRecord>(&call, MOST).await?;
            let of_name =
                records.into_iter().filter(|record| record.name.eq_ignore_ascii_case(&name));
            Ok::<_, ApiRefusal>(of_name.collect::<Vec<_>>())
        });
    }
    let mut found: Vec<DnsRecord> = Vec::new();
    while let Some(answer) = asking.join_next().await {
        found.extend(answer.map_err(|_| ApiRefusal::of(RefusalKind::Unreached))??);
    }
    // A name that has a record of any kind is no wildcard's; of wildcards the nearest one answers.
    let nearest = |record: &DnsRecord| (record.name.eq_ignore_ascii_case(name), record.name.len());
    let best = found.iter().map(nearest).max();
    found.retain(|record| Some(nearest(record)) == best);
    for record in &mut found {
        if !matches!(record.kind.as_str(), "A" | "AAAA" | "CNAME") {
            // Texts may hold what nobody else should read; that there is one is enough.
            record.content.clear();
        }
    }
    found.sort_by(|one, other| (&one.kind, &one.content).cmp(&(&other.kind, &other.content)));
    Ok(found)
}

/// The name, and the wildcards of its zone that could answer for it.
fn names(name: &str, zone: &str) -> Vec<String> {
    let mut names = vec![name.to_owned()];
    let mut rest = name;
    while let Some((_, parent)) = rest.split_once('.') {
        if !covers(zone, parent) {
            break;
        }
        names.push(format!("*.{parent}"));
        rest = parent;
    }
    names
}

/// Whether a load balancer of this name answers for the host.
fn answers_for(balancer: &str, host: &str) -> bool {
    let wild = balancer.strip_prefix("*.").is_some_and(|zone| zone != host && covers(zone, host));
    balancer.eq_ignore_ascii_case(host) || wild
}

/// The pools of the balancers that answer for the host.
async fn pools_of(account: &Account) -> Vec<String> {
    match account.answer(&AccountQuestion::LoadBalancers).await {
        Some(AccountAnswer::LoadBalancers { balancers }) => pools_used(&balancers),
        _ => Vec::new(),
    }
}

/// The pools that balancers lead to, each once.
pub(crate) fn pools_used(balancers: &[LoadBalancer]) -> Vec<String> {
    let mut pools: Vec<String> = Vec::new();
    for balancer in balancers {
        for pool in balancer.default_pools.iter().chain([&balancer.fallback_pool]) {
            if !pool.is_empty() && !pools.contains(pool) {
                pools.push(pool.clone());
            }
        }
    }
    pools
}

/// A host's setting, which older answers wrap into a list.
fn pulls_of_host(told: Value) -> OriginPulls {
    let one = match told {
        Value::Array(mut all) if !all.is_empty() => all.swap_remove(0),
        other => other,
    };
    serde_json::from_value(one).unwrap_or_default()
}

/// What the edge counted of a host.
async fn counts(account: &Account, zone: &str, host: &str) -> Result<Counts, ApiRefusal> {
    let now = clock::now();
    let whole = |at: jiff::Timestamp| at.as_second().div_euclid(60) * 60;
    // From a whole minute on, so that the first minute is not half of one.
    let from = jiff::Timestamp::from_second(whole(now - COUNTED)).unwrap_or(now);
    let to = jiff::Timestamp::from_second(now.as_second()).unwrap_or(now);
    let variables = json!({
        "zoneTag": zone, "host": host, "start": from.to_string(), "end": to.to_string(),
    });
    let data = account.client.graphql(count::QUERY, &variables).await?;
    Counts::read(&data, from, to).ok_or_else(|| ApiRefusal {
        permission: Some("Analytics Read".to_owned()),
        why: "the zone is not among those whose counts the token may see".to_owned(),
        ..ApiRefusal::of(RefusalKind::OutOfScope)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_are_asked_for_up_to_the_zone() {
        assert_eq!(
            names("a.b.example.com", "example.com"),
            ["a.b.example.com", "*.b.example.com", "*.example.com"]
        );
        assert_eq!(names("example.com", "example.com"), ["example.com"]);
    }

    #[test]
    fn a_balancer_answers_for_its_host_and_a_wildcard_for_those_below() {
        for (balancer, answers) in [
            ("shop.example.com", true),
            ("Shop.example.com", true),
            ("*.example.com", true),
            ("*.shop.example.com", false),
            ("example.com", false),
        ] {
            assert_eq!(answers_for(balancer, "shop.example.com"), answers, "{balancer}");
        }
    }
}
