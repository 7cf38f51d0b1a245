//! Load balancers, their pools, and how the origins in them are.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A load balancer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LoadBalancer {
    /// 32 hexadecimal digits.
    pub id: String,
    /// The host that it answers for.
    pub name: String,
    /// Whether it is at work.
    pub enabled: Option<bool>,
    /// Whether visitors go through the edge.
    pub proxied: bool,
    /// Ids of pools, in the order in which they are tried.
    pub default_pools: Vec<String>,
    /// The last resort.
    pub fallback_pool: String,
}

/// A pool.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pool {
    /// 32 hexadecimal digits.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it is at work.
    pub enabled: Option<bool>,
    /// Whether enough of its origins are well; none: nobody looks.
    pub healthy: Option<bool>,
    /// So many origins must be well.
    pub minimum_origins: Option<u64>,
    /// The monitor that looks; empty: none.
    pub monitor: Option<String>,
    /// Its origins.
    pub origins: Vec<PoolOrigin>,
}

/// An origin of a pool.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PoolOrigin {
    /// Its name.
    pub name: String,
    /// An address, or a name.
    pub address: String,
    /// Whether it is at work.
    pub enabled: Option<bool>,
    /// Another port than the visitor's; 0 or none: the visitor's.
    pub port: Option<u16>,
    /// Headers towards it: `Host`.
    pub header: Map<String, Value>,
}

/// How a pool is, by place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PoolHealth {
    /// The pool.
    pub pool_id: String,
    /// By place (`Amsterdam, NL`).
    pub pop_health: BTreeMap<String, PlaceHealth>,
}

/// How a pool looks from one place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlaceHealth {
    /// Whether it is well there.
    pub healthy: bool,
    /// Each with one address and how it is.
    pub origins: Vec<BTreeMap<String, OriginHealth>>,
}

/// How an origin looks from one place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OriginHealth {
    /// Whether it is well.
    pub healthy: bool,
    /// `TCP connection failed`.
    pub failure_reason: Option<String>,
    /// The status that it answered.
    pub response_code: Option<i64>,
}
