//! Words for what stands between edge and origin: load balancers, pools, tunnels.

use crate::evidence::account::{
    AccountQuestion, Connector, Ingress, LoadBalancer, OriginHealth, Pool, PoolHealth,
    TunnelConfiguration, TunnelSeen,
};
use crate::report::guard::quote;
use crate::report::words::units::{list_of, moment, several};

pub(super) fn balancers(balancers: &[LoadBalancer]) -> String {
    let each = |one: &LoadBalancer| {
        let off = if one.enabled == Some(false) { " (switched off)" } else { "" };
        format!("{}{off}", quote(&one.name))
    };
    let all: Vec<String> = balancers.iter().map(each).collect();
    match all.len() {
        0 => "the account has no load balancer in this zone".to_owned(),
        number => {
            format!("the account has {}: {}", several(number, "load balancer"), list_of(&all, 5))
        }
    }
}

pub(super) fn pools(pools: &[Pool]) -> String {
    let each = |pool: &Pool| {
        let on = pool.origins.iter().filter(|origin| origin.enabled != Some(false)).count();
        let state = match (pool.enabled, pool.healthy) {
            (Some(false), _) => "is switched off",
            (_, Some(false)) => "is unhealthy",
            (_, Some(true)) => "is healthy",
            (_, None) => "is watched by nobody",
        };
        format!("{} {state}, with {} switched on", quote(&pool.name), several(on, "origin"))
    };
    let all: Vec<String> = pools.iter().map(each).collect();
    match all.len() {
        0 => "the account has no pool".to_owned(),
        _ => format!("the account says that the pool {}", list_of(&all, 4)),
    }
}

pub(super) fn pool_health(health: &PoolHealth) -> String {
    let places = health.pop_health.len();
    let well = health.pop_health.values().filter(|place| place.healthy).count();
    let fails = |health: &OriginHealth| !health.healthy;
    let reason = health.pop_health.iter().find_map(|(place, seen)| {
        let (address, health) = seen.origins.iter().flatten().find(|(_, one)| fails(one))?;
        let why = match (&health.failure_reason, health.response_code) {
            (Some(why), _) if !why.is_empty() => quote(why),
            (_, Some(code)) if code > 0 => format!("status {code}"),
            _ => "no reason told".to_owned(),
        };
        Some(format!("; from {} the origin {} fails: {why}", quote(place), quote(address)))
    });
    let pool = quote(&health.pool_id);
    match places {
        0 => format!("the account has no word yet on how the pool {pool} is"),
        _ => format!(
            "the account says that the pool {pool} is healthy from {well} of {}{}",
            several(places, "place"),
            reason.unwrap_or_default()
        ),
    }
}

pub(super) fn tunnels(tunnels: &[TunnelSeen]) -> String {
    let each = |one: &TunnelSeen| {
        let since = match one.status.as_str() {
            "down" => one.conns_inactive_at,
            "healthy" | "degraded" => one.conns_active_at,
            _ => None,
        };
        let since = since.map(|at| format!(" since {}", moment(at))).unwrap_or_default();
        let deleted = one.deleted_at.map(|at| format!(", deleted {}", moment(at)));
        let meaning = match one.status.as_str() {
            "inactive" => ", which means that it never ran",
            "degraded" => ", which means that it has fewer than four connections",
            _ => "",
        };
        format!(
            "{} is {}{since}{meaning}{}",
            quote(&one.name),
            quote(&one.status),
            deleted.unwrap_or_default()
        )
    };
    let all: Vec<String> = tunnels.iter().map(each).collect();
    match all.len() {
        0 => "the account has no tunnel".to_owned(),
        number => format!("the account has {}: {}", several(number, "tunnel"), list_of(&all, 4)),
    }
}

pub(super) fn connectors(question: &AccountQuestion, connectors: &[Connector]) -> String {
    let tunnel = match question {
        AccountQuestion::Connectors { tunnel } => quote(tunnel),
        _ => "this tunnel".to_owned(),
    };
    let each = |one: &Connector| {
        let mut from: Vec<String> = one.conns.iter().map(|conn| quote(&conn.origin_ip)).collect();
        from.dedup();
        let number = several(one.conns.len(), "connection");
        match from.is_empty() {
            true => number,
            false => format!("{number} from {}", list_of(&from, 2)),
        }
    };
    let all: Vec<String> = connectors.iter().map(each).collect();
    match all.len() {
        0 => format!("the account says that no connector is connected for the tunnel {tunnel}"),
        number => format!(
            "the account says that {} connected for the tunnel {tunnel}: {}",
            match number {
                1 => "1 connector is".to_owned(),
                _ => format!("{number} connectors are"),
            },
            list_of(&all, 4)
        ),
    }
}

pub(super) fn configuration(configuration: &TunnelConfiguration) -> String {
    let tunnel = quote(&configuration.tunnel_id);
    let Some(rules) = &configuration.config else {
        return format!("the account says that the tunnel {tunnel} is configured on its machine");
    };
    let each = |rule: &Ingress| {
        let host = match rule.hostname.as_deref() {
            None | Some("") => "everything else".to_owned(),
            Some(host) => quote(host),
        };
        let path = match rule.path.as_deref() {
            None | Some("") => String::new(),
            Some(path) => format!(" at {}", quote(path)),
        };
        format!("{host}{path} to {}", quote(&crate::redact::query(&rule.service)))
    };
    let all: Vec<String> = rules.ingress.iter().map(each).collect();
    let version = configuration.version.map(|version| format!(" (version {version})"));
    let version = version.unwrap_or_default();
    match all.is_empty() {
        true => format!("the account has no rule for the tunnel {tunnel}{version}"),
        false => format!(
            "the account's rules for the tunnel {tunnel}{version} lead {}",
            list_of(&all, 4)
        ),
    }
}
