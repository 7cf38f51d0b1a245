//! A connector of a Cloudflare Tunnel: how it was started, what its files say, what it knows of
//! itself.
//!
//! One file for each thing that is read: the command line and its environment (`command`), the unit
//! file (`unit_file`), the secrets' shapes (`secret`), the configuration (`config`, `validate`), the
//! rule that answers for the site (`ingress`), its service (`service`), and the replies of the
//! connector's own HTTP server (`local`). No secret is kept: only whether there is one.

mod command;
mod config;
mod ingress;
mod local;
mod secret;
mod service;
mod unit_file;
mod validate;

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::command::{Setup, TokenFrom, is_connector, setup};
pub use self::config::{Config, OriginRequest, Problem, Rule, read_config, read_remote};
pub use self::ingress::{Ingress, IngressFrom, Near, NearWhy, RuleSeen, look_up};
pub use self::local::{
    Connection, Counters, Diag, Heard, Local, LocalFrom, Ready, read_diag, read_metrics, read_ready,
};
pub use self::secret::{
    Held, SecretFile, is_uuid, read_credentials, read_token, tunnel_of_credentials, tunnel_of_token,
};
pub use self::service::Service;
pub use self::unit_file::{UnitFile, read_unit_file};
use super::listener::Program;

/// Which connector is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorAsked {
    /// Its unit, where it has one.
    pub unit: Option<String>,
    /// Its process, where it runs.
    pub pid: Option<u32>,
}

impl fmt::Display for ConnectorAsked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.unit, self.pid) {
            (Some(unit), _) => f.write_str(unit),
            (None, Some(pid)) => write!(f, "cloudflared, process {pid}"),
            (None, None) => f.write_str("cloudflared"),
        }
    }
}

/// How a connector is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConnectorAnswer {
    /// Its process; `None`: it does not run.
    pub running: Option<Program>,
    /// Its unit, where it has one: `cloudflared.service`.
    pub unit: Option<String>,
    /// What the unit's file says.
    pub unit_file: Option<UnitFile>,
    /// What its command line, environment and configuration ask for; of a connector that does not
    /// run, as the unit's file has them.
    pub setup: Setup,
    /// The file with the token, where one is named.
    pub token: Option<SecretFile>,
    /// The file with the credentials, where one is named or found.
    pub credentials: Option<SecretFile>,
    /// The configuration file, where one is named or found.
    pub config: Option<ConfigFile>,
    /// Who answers for the site; `None`: its rules could not be learnt from here, as those that are
    /// kept at Cloudflare while it does not run.
    pub ingress: Option<Ingress>,
    /// What its own HTTP server says; `None`: it does not run, or no such server was found.
    pub local: Option<Local>,
    /// `2026.8.2`.
    pub version: Option<String>,
    /// The id of the tunnel that its files or its command line name; no secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tunnel: Option<String>,
    /// Which tunnel it served last, where that stood only in a file that is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub served: Option<Served>,
}

/// Which tunnel a connector served when it was last started well, as its own journal has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    /// The tunnel's id.
    pub tunnel: String,
    /// When it was started so.
    pub at: Timestamp,
}

/// A configuration file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigFile {
    /// Where.
    pub path: String,
    /// Whether the command line names it; else it was found where cloudflared looks.
    pub named: bool,
    /// How it is.
    pub state: ConfigState,
}

/// How a configuration file is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum ConfigState {
    /// It was read.
    Read {
        /// What is wrong with it, in its order, at most 20.
        problems: Vec<Problem>,
    },
    /// It is not there.
    Missing,
    /// It may not be read.
    Forbidden,
    /// It is larger than was read, or no text.
    Unreadable,
}

impl ConnectorAnswer {
    /// Whether a rule of its own bears the site's name, not only one for all names.
    #[must_use]
    pub fn names_site(&self) -> bool {
        self.ingress.as_ref().is_some_and(|ingress| ingress.names_site)
    }

    /// The tunnel that it serves, as it says itself, else as its files have it, else the one that it
    /// served last.
    #[must_use]
    pub fn tunnel_id(&self) -> Option<&str> {
        let local = self.local.as_ref().and_then(|local| local.diag.said());
        let served = || self.served.as_ref().map(|served| served.tunnel.as_str());
        local.and_then(|diag| diag.tunnel.as_deref()).or(self.tunnel.as_deref()).or_else(served)
    }

    /// The id that Cloudflare knows its process by, where it runs and says so.
    #[must_use]
    pub fn connector_id(&self) -> Option<&str> {
        self.local.as_ref()?.diag.said()?.connector.as_deref()
    }

    /// The rule that answers for the site.
    #[must_use]
    pub fn rule(&self) -> Option<&RuleSeen> {
        self.ingress.as_ref()?.rule.as_ref()
    }

    /// How many connections to the edge are up, as `/ready` tells. Nothing else does: the metric
    /// `ha_connections` counts attempts as well.
    #[must_use]
    pub fn ready_connections(&self) -> Option<u32> {
        let local = self.local.as_ref()?;
        match (&local.ready, &local.diag) {
            (Heard::Said(ready), _) => Some(ready.connections),
            (_, Heard::Said(diag)) => u32::try_from(diag.connections.len()).ok(),
            _ => None,
        }
    }

    /// Whether it speaks with the edge over HTTP/2, where a connection that carries nothing any
    /// more looks as if it stood.
    #[must_use]
    pub fn over_http2(&self) -> bool {
        let diag = self.local.as_ref().and_then(|local| local.diag.said());
        match diag.filter(|diag| !diag.connections.is_empty()) {
            Some(diag) => diag.connections.iter().all(|one| !one.quic),
            None => self.setup.protocol.as_deref() == Some("http2"),
        }
    }

    /// What is wrong with its configuration.
    pub fn problems(&self) -> impl Iterator<Item = &Problem> {
        let problems = match self.config.as_ref().map(|config| &config.state) {
            Some(ConfigState::Read { problems }) => problems.as_slice(),
            _ => &[],
        };
        problems.iter()
    }
}

#[cfg(test)]
mod tests;
