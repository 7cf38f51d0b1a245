//! Tunnels of an account: whether they are connected, by whom, and where they lead.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A tunnel.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TunnelSeen {
    /// With dashes.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `inactive` (never ran), `healthy`, `degraded`, `down`.
    pub status: String,
    /// `cloudflare` (told from afar) or `local`.
    pub config_src: Option<String>,
    /// Since when it is connected.
    pub conns_active_at: Option<Timestamp>,
    /// Since when it is not.
    pub conns_inactive_at: Option<Timestamp>,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
}

/// One cloudflared that is connected.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Connector {
    /// With dashes.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Since when it runs.
    pub run_at: Option<Timestamp>,
    /// The version of the configuration that it works by.
    pub config_version: Option<i64>,
    /// Its connections; four when all is well.
    pub conns: Vec<Connection>,
}

/// A connection of a connector.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Connection {
    /// `ams07`.
    pub colo_name: String,
    /// The address that the edge sees it come from.
    pub origin_ip: String,
    /// Since when.
    pub opened_at: Option<Timestamp>,
    /// Whether it is being made anew.
    pub is_pending_reconnect: bool,
}

/// What connectors are told from afar.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TunnelConfiguration {
    /// The tunnel.
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
    pub ingress: Vec<Ingress>,
    /// For all of them.
    #[serde(rename = "originRequest")]
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
    pub service: String,
    /// How the service is asked.
    #[serde(rename = "originRequest")]
    pub origin_request: Map<String, Value>,
}
