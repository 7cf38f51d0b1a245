//! What a connector's own HTTP server says: `/ready`, `/metrics`, `/diag/tunnel`.
//!
//! `/ready` counts the connections that are registered; it is 200 from one on, which does not prove
//! that anything flows through it. The metric `ha_connections` counts attempts as well, so it is not
//! kept. `/diag/tunnel` is written with Go's `omitempty`: an absent `index` is 0, an absent
//! `protocol` is HTTP/2, absent `connections` are none. Source: captures of 2026.8.2, 2026-11-22.

use std::net::SocketAddr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::secret::is_uuid;

/// What it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Local {
    /// Where it listens.
    pub address: SocketAddr,
    /// What led there.
    pub from: LocalFrom,
    /// `/ready`.
    pub ready: Heard<Ready>,
    /// `/metrics`.
    pub metrics: Heard<Counters>,
    /// `/diag/tunnel`.
    pub diag: Heard<Diag>,
}

/// What led to the server, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LocalFrom {
    /// Its process listens there.
    Listens,
    /// Its settings name it.
    Setting,
    /// It is one of the usual ports, 20241 to 20245.
    Usual,
}

/// How a question to it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Heard<T> {
    /// An answer.
    Said(T),
    /// None in time, or one without end.
    Silent,
    /// The connection was refused.
    Refused,
    /// An answer that makes no sense; older versions lack some of them (404).
    Odd {
        /// Its status, where it has one.
        status: Option<u16>,
    },
}

impl<T> Heard<T> {
    /// The answer.
    #[must_use]
    pub fn said(&self) -> Option<&T> {
        match self {
            Heard::Said(said) => Some(said),
            _ => None,
        }
    }
}

/// `/ready`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// 200, or 503 where no connection is registered.
    pub status: u16,
    /// How many connections are registered; 4 as a rule.
    pub connections: u32,
}

/// `/metrics`, as far as it tells something here. Counters are since its start.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counters {
    /// Connections that the edge registered.
    pub registered: u64,
    /// Connections that the edge refused to register, but for those it had already. Over QUIC this
    /// alone tells of it.
    pub refused: u64,
    /// Connections refused since the same server had one already.
    pub doubled: u64,
    /// Registrations that failed as calls.
    pub calls_failed: u64,
    /// Requests that cloudflared itself answered with an error.
    pub request_errors: u64,
    /// All requests.
    pub requests: u64,
    /// Errors (5xx) that the service answered.
    pub service_errors: u64,
    /// Files that it has open.
    pub open_files: Option<u64>,
    /// Files that it may have open.
    pub most_files: Option<u64>,
    /// When it was started.
    pub started: Option<Timestamp>,
    /// `2026.8.2`.
    pub version: Option<String>,
}

/// `/diag/tunnel`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diag {
    /// The tunnel's id; no secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tunnel: Option<String>,
    /// The id that Cloudflare knows this very process by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connector: Option<String>,
    /// The connections that are up.
    pub connections: Vec<Connection>,
}

/// A connection that is up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// 0 to 3.
    pub index: u32,
    /// QUIC; else HTTP/2.
    pub quic: bool,
    /// The edge's address.
    pub edge: String,
}

/// Reads the body of `/ready`; its status stands in it.
#[must_use]
pub fn read_ready(body: &[u8]) -> Option<Ready> {
    let told: Value = serde_json::from_slice(body).ok()?;
    let number = |key: &str| told.get(key).and_then(Value::as_u64);
    let connections = u32::try_from(number("readyConnections")?).ok()?;
    // Releases before 2020.12 leave the status to the reply's head.
    let status = number("status").and_then(|status| u16::try_from(status).ok());
    Some(Ready { status: status.unwrap_or(if connections > 0 { 200 } else { 503 }), connections })
}

/// Reads the body of `/diag/tunnel`.
#[must_use]
pub fn read_diag(body: &[u8]) -> Option<Diag> {
    let told: Value = serde_json::from_slice(body).ok()?;
    let told = told.as_object()?;
    if !told.contains_key("tunnelID") && !told.contains_key("connectorID") {
        return None;
    }
    let all = told.get("connections").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let mut connections: Vec<Connection> = all
        .iter()
        .take(16)
        .filter(|one| one.get("isConnected").and_then(Value::as_bool) == Some(true))
        .map(|one| Connection {
            index: one
                .get("index")
                .and_then(Value::as_u64)
                .map_or(0, |n| n.try_into().unwrap_or(0)),
            quic: one.get("protocol").and_then(Value::as_u64) == Some(1),
            edge: one
                .get("edgeAddress")
                .and_then(Value::as_str)
                .map_or_else(String::new, |text| text.chars().take(64).collect()),
        })
        .collect();
    connections.sort_by_key(|one| one.index);
    let id = |key: &str| {
        let id = told.get(key).and_then(Value::as_str).filter(|id| is_uuid(id));
        id.map(str::to_ascii_lowercase)
    };
    Some(Diag { tunnel: id("tunnelID"), connector: id("connectorID"), connections })
}

/// Reads the body of `/metrics`; `None`: it is none of cloudflared's.
#[must_use]
pub fn read_metrics(body: &[u8]) -> Option<Counters> {
    let mut told = Counters::default();
    let mut known = false;
    for line in body.split(|byte| *byte == b'\n') {
        let Ok(line) = std::str::from_utf8(line) else { continue };
        if line.starts_with('#') {
            continue;
        }
        let Some((series, value)) = line.trim_end().rsplit_once(' ') else { continue };
        let (name, labels) = series.split_once('{').unwrap_or((series, ""));
        known |= name.starts_with("cloudflared_");
        if name == "build_info" {
            told.version = label(labels, "version").map(|text| text.chars().take(40).collect());
            continue;
        }
        let Some(number) = whole(value) else { continue };
        match name {
            "cloudflared_tunnel_tunnel_register_success" => told.registered += number,
            "cloudflared_tunnel_tunnel_register_fail" => match label(labels, "error") {
                Some("dup_edge_conn") => told.doubled += number,
                _ => told.refused += number,
            },
            "cloudflared_rpc_client_failures"
                if label(labels, "method") == Some("register_connection") =>
            {
                told.calls_failed += number;
            }
            "cloudflared_tunnel_request_errors" => told.request_errors = number,
            "cloudflared_tunnel_total_requests" => told.requests = number,
            "cloudflared_tunnel_response_by_code"
                if label(labels, "status_code").is_some_and(|code| code.starts_with('5')) =>
            {
                told.service_errors += number;
            }
            "process_open_fds" => told.open_files = Some(number),
            "process_max_fds" => told.most_files = Some(number),
            "process_start_time_seconds" => {
                told.started =
                    i64::try_from(number).ok().and_then(|s| Timestamp::from_second(s).ok());
            }
            _ => {}
        }
    }
    known.then_some(told)
}

fn label<'a>(labels: &'a str, name: &str) -> Option<&'a str> {
    // `goversion` ends like `version`.
    let mut pairs = labels.split(['{', ',']);
    pairs.find_map(|pair| pair.strip_prefix(name)?.strip_prefix("=\"")?.split('"').next())
}

/// A sample as a whole number: `1.79532440487e+09`.
fn whole(value: &str) -> Option<u64> {
    let number: f64 = value.parse().ok()?;
    if !number.is_finite() || number < 0.0 {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    Some(number as u64)
}
