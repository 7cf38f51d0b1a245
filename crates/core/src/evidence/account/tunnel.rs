//! Tunnels of an account: whether they are connected, by whom, and where they lead.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::lenient;

/// A tunnel.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TunnelSeen {
    /// With dashes.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub id: String,
    /// Its name.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub name: String,
    /// `inactive` (never ran), `healthy`, `degraded`, `down`.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub status: String,
    /// `cloudflare` (told from afar) or `local`.
    pub config_src: Option<String>,
    /// Since when it is connected.
    #[serde(deserialize_with = "lenient::moment")]
    pub conns_active_at: Option<Timestamp>,
    /// Since when it is not.
    #[serde(deserialize_with = "lenient::moment")]
    pub conns_inactive_at: Option<Timestamp>,
    /// When it was deleted.
    #[serde(deserialize_with = "lenient::moment")]
    pub deleted_at: Option<Timestamp>,
}

/// One cloudflared that is connected.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Connector {
    /// With dashes.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub id: String,
    /// Its version.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub version: String,
    /// Since when it runs.
    #[serde(deserialize_with = "lenient::moment")]
    pub run_at: Option<Timestamp>,
    /// The version of the configuration that it works by.
    pub config_version: Option<i64>,
    /// Its connections; four when all is well.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub conns: Vec<Connection>,
}

/// A connection of a connector.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Connection {
    /// `ams07`.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub colo_name: String,
    /// The address that the edge sees it come from.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub origin_ip: String,
    /// Since when.
    #[serde(deserialize_with = "lenient::moment")]
    pub opened_at: Option<Timestamp>,
    /// Whether it is being made anew.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub is_pending_reconnect: bool,
}

/// What connectors are told from afar.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TunnelConfiguration {
    /// The tunnel.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub tunnel_id: String,
    /// One more with each change.
    pub version: Option<i64>,
    /// `cloudflare` or `local`.
    pub source: Option<String>,
    /// None where the tunnel is configured on its machine.
    pub config: Option<TunnelRules>,
}

/// Where a tunnel leads.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TunnelRules {
    /// In order; the first that fits is taken, the last fits everything.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub ingress: Vec<Ingress>,
    /// For all of them.
    #[serde(rename = "originRequest")]
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub origin_request: Map<String, Value>,
}

/// A rule of a tunnel.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ingress {
    /// The host; none: every host.
    pub hostname: Option<String>,
    /// A regular expression.
    pub path: Option<String>,
    /// `http://localhost:8000`, `http_status:404`.
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub service: String,
    /// How the service is asked.
    #[serde(rename = "originRequest")]
    #[serde(deserialize_with = "lenient::null_is_default")]
    pub origin_request: Map<String, Value>,
}
