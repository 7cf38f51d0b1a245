//! A connector of a Cloudflare Tunnel, and what it knows of itself.

use std::fmt;

use serde::{Deserialize, Serialize};

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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorAnswer {
    /// Its process; `None`: it does not run.
    pub running: Option<Program>,
}
