//! What this machine is, and why it is taken for the origin.

use std::net::IpAddr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A machine that was looked into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Its name.
    pub name: String,
    /// Why it is taken for the origin.
    pub known: Known,
    /// Its addresses that others can reach: no loopback, no link-local, no bridges of containers.
    pub addresses: Vec<IpAddr>,
    /// Whether it was looked into as root; if not, much stays unseen.
    pub root: bool,
    /// Whether systemd runs it.
    pub systemd: bool,
    /// When it was started.
    pub booted: Option<Timestamp>,
    /// What it runs in, where that is a container: `docker`, `lxc`, `systemd-nspawn`.
    pub container: Option<String>,
}

/// Why a machine is taken for the origin, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Known {
    /// The user says so (`--on-origin yes`).
    Told,
    /// An address of the origin that the user gave is its own.
    Address,
    /// A web server on it is set up for the site.
    Proxy,
    /// A tunnel's connector on it is set up for the site.
    Connector,
}

impl Known {
    /// Whether nothing else can be the origin. A copy for tests is set up for the site as well.
    #[must_use]
    pub fn is_sure(self) -> bool {
        matches!(self, Known::Told | Known::Address)
    }
}
