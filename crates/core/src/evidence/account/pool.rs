//! Load balancers, their pools, and how the origins in them are.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::lenient;

/// A load balancer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LoadBalancer {
    /// 32 hexadecimal digits.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub id: String,
    /// The host that it answers for.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub name: String,
    /// Whether it is at work.
    pub enabled: Option<bool>,
    /// Whether visitors go through the edge.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub proxied: bool,
    /// Ids of pools, in the order in which they are tried.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub default_pools: Vec<String>,
    /// The last resort.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub fallback_pool: String,
}

impl LoadBalancer {
    /// Its pools by their ids, in the order in which they are tried, the last resort last.
    #[must_use]
    pub fn pools(&self) -> Vec<&str> {
        let last = self.fallback_pool.as_str();
        let mut ids: Vec<&str> = self.default_pools.iter().map(String::as_str).collect();
        ids.retain(|id| *id != last);
        ids.extend(Some(last).filter(|last| !last.is_empty()));
        ids
    }
}

/// A pool.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pool {
    /// 32 hexadecimal digits.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub id: String,
    /// Its name.
    #[serde(deserialize_with = "lenient::null_is_default")]
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
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub origins: Vec<PoolOrigin>,
}

/// An origin of a pool.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PoolOrigin {
    /// Its name.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub name: String,
    /// An address, or a name.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub address: String,
    /// Whether it is at work.
    pub enabled: Option<bool>,
    /// Another port than the visitor's; 0 or none: the visitor's.
    pub port: Option<u16>,
    /// Headers towards it: `Host`.
    #[serde(deserialize_with = "lenient::only_host")]
    pub header: Map<String, Value>,
}

/// How a pool is, by place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PoolHealth {
    /// The pool.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub pool_id: String,
    /// By place (`Amsterdam, NL`).
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub pop_health: BTreeMap<String, PlaceHealth>,
}

/// How a pool looks from one place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlaceHealth {
    /// Whether it is well there.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub healthy: bool,
    /// Each with one address and how it is.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub origins: Vec<BTreeMap<String, OriginHealth>>,
}

/// How an origin looks from one place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OriginHealth {
    /// Whether it is well.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub healthy: bool,
    /// `TCP connection failed`.
    pub failure_reason: Option<String>,
    /// The status that it answered.
    pub response_code: Option<i64>,
}
