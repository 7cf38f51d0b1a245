//! The web server on this machine, as it runs and as its files say.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::listener::Program;
use crate::logs::Upstream;
use crate::proxy::nginx::{PeerAddress, Process, Served};
use crate::proxy::{At, Note};
use crate::target::Scheme;

/// Which web server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProxyKind {
    /// nginx, or OpenResty.
    Nginx,
    /// Apache httpd.
    Apache,
    /// HAProxy.
    Haproxy,
    /// Caddy.
    Caddy,
}

impl ProxyKind {
    /// Its name in sentences.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            ProxyKind::Nginx => "nginx",
            ProxyKind::Apache => "Apache",
            ProxyKind::Haproxy => "HAProxy",
            ProxyKind::Caddy => "Caddy",
        }
    }
}

/// A web server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProxySeen {
    /// Which.
    pub kind: ProxyKind,
    /// `1.22.1`.
    pub version: Option<String>,
    /// Its unit, where it has one: `nginx.service`.
    pub unit: Option<String>,
    /// Its master process; `None`: it does not run.
    pub running: Option<Program>,
    /// Its main file.
    pub config: String,
    /// Whether all of its files could be read.
    pub is_whole: bool,
    /// What a reader of the files should know, the first 20.
    pub notes: Vec<Note>,
    /// Whether a server of its own bears the site's name (not only a default one).
    pub names_site: bool,
    /// What answers for the site, by the door that the edge may come through; empty where nothing
    /// could be told. Of web servers other than nginx: empty.
    pub doors: Vec<Door>,
    /// Every address that the site's requests may be handed to, in the order written. Of web
    /// servers other than nginx: all that its files name.
    pub upstreams: Vec<PeerAddress>,
    /// Its error logs and access logs, absolute.
    pub error_logs: Vec<String>,
    /// The same for access logs.
    pub access_logs: Vec<String>,
    /// nginx's own settings: user, workers, connections.
    pub process: Option<Process>,
    /// The file that was changed last, and when.
    pub changed: Option<(String, Timestamp)>,
    /// When it read its files last: its workers are of that time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loaded: Option<Timestamp>,
    /// Every address that a directive of its files hands requests to, for whatever site, as logs
    /// have it; `None`: there are too many, or none of them was looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub addresses: Option<Vec<Upstream>>,
}

impl ProxySeen {
    /// A web server of which nothing is known yet but its kind: it does not run, and no file of it was read.
    #[must_use]
    pub fn of(kind: ProxyKind) -> Self {
        ProxySeen {
            kind,
            version: None,
            unit: None,
            running: None,
            config: String::new(),
            is_whole: false,
            notes: Vec::new(),
            names_site: false,
            doors: Vec::new(),
            upstreams: Vec::new(),
            error_logs: Vec::new(),
            access_logs: Vec::new(),
            process: None,
            changed: None,
            loaded: None,
            addresses: None,
        }
    }

    /// Whether it has read its files since they were changed last; `None`: when either was is not
    /// known, or they lie too near to each other. A change that is dated later than `seen` says
    /// nothing.
    #[must_use]
    pub fn was_read_since(&self, seen: Timestamp) -> Option<bool> {
        let (_, changed) = self.changed.as_ref()?;
        let (changed, loaded) = (changed.as_second(), self.loaded?.as_second());
        // Files are dated by the second, and a start by the second in which the machine started.
        match loaded - changed {
            _ if changed > seen.as_second() => None,
            3.. => Some(true),
            -2..=2 => None,
            _ => Some(false),
        }
    }
}

impl Eq for ProxySeen {}

/// A door of the web server, and what answers behind it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Door {
    /// http or https.
    pub scheme: Scheme,
    /// The port.
    pub port: u16,
    /// The server, location and upstream; `None`: no `listen` of the files takes this door.
    pub served: Option<Box<Served>>,
}

impl Eq for Door {}

/// Whether a web server would start with its files as they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Rehearsal {
    /// It would.
    Passes {
        /// Its warnings, at most 5.
        warnings: Vec<String>,
    },
    /// It would not.
    Fails {
        /// In its own words, without its time and number.
        says: String,
        /// Where.
        at: Option<At>,
    },
    /// That could not be tried; a sentence without its end says why.
    Untried {
        /// Why.
        why: String,
    },
}
