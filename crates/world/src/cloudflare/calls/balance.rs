//! Load balancers of a zone, and the pools and monitors of its account.

use serde_json::Value;

use super::super::call::{Call, Method};
use super::{get, of_account, of_zone, send};

/// Load balancers.
#[must_use]
pub fn load_balancers(zone: &str) -> Call {
    get(of_zone(zone, &["load_balancers"]), "Load Balancers Read")
}

/// Pools.
#[must_use]
pub fn pools(account: &str) -> Call {
    get(of_account(account, &["load_balancers", "pools"]), POOLS_READ)
}

/// How a pool's origins are, by place.
#[must_use]
pub fn pool_health(account: &str, pool: &str) -> Call {
    get(of_account(account, &["load_balancers", "pools", pool, "health"]), POOLS_READ)
}

/// Changes a pool: `enabled`, `origins` and others.
#[must_use]
pub fn change_pool(account: &str, pool: &str, change: Value) -> Call {
    let path = of_account(account, &["load_balancers", "pools", pool]);
    send(Method::Patch, path, "Load Balancing: Monitors and Pools Write", change)
}

const POOLS_READ: &str = "Load Balancing: Monitors and Pools Read";
