//! A service as systemd has it, or as its processes show it where there is no systemd.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::listener::Program;

/// What was learnt of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum UnitAnswer {
    /// systemd knows it.
    Known(Box<UnitSeen>),
    /// systemd has no such unit.
    Missing,
    /// There is no systemd; these processes are there.
    Processes {
        /// At most 20, the eldest first; empty: none is.
        programs: Vec<Program>,
    },
    /// systemd would not say.
    Denied {
        /// A sentence without its end.
        why: String,
    },
}

/// A unit as systemd has it (org.freedesktop.systemd1).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitSeen {
    /// `shop.service`.
    pub name: String,
    /// What it says of itself.
    pub description: String,
    /// `loaded`, `masked`, `error`, `bad-setting` …
    pub load: String,
    /// `active`, `reloading`, `inactive`, `failed`, `activating`, `deactivating`.
    pub active: String,
    /// `running`, `dead`, `failed`, `auto-restart`, `start-pre`, `listening` …
    pub sub: String,
    /// `success`, `exit-code`, `signal`, `core-dump`, `oom-kill`, `timeout`, `start-limit-hit` …
    pub result: String,
    /// How its main process (or the one that was to prepare it) ended last.
    pub ended: Option<Ending>,
    /// Its main process now.
    pub pid: Option<u32>,
    /// Since when it is in this state.
    pub since: Option<Timestamp>,
    /// When its main process was started last.
    pub started: Option<Timestamp>,
    /// How often systemd has restarted it by itself.
    pub restarts: u32,
    /// `enabled`, `disabled`, `static`, `masked` …
    pub enabled: Option<String>,
    /// Its command line without secrets, at most 300 bytes.
    pub command: Option<String>,
    /// The file that defines it.
    pub file: Option<String>,
    /// Whether that file was changed and systemd has not read it again.
    pub is_stale: bool,
    /// Units that start it when asked: its sockets and timers.
    pub triggered_by: Vec<String>,
    /// The user that it runs as, where one is set.
    pub user: Option<String>,
    /// How many files it may have open.
    pub files: Option<u64>,
    /// How much memory it may use, in bytes, where that is limited.
    pub memory_max: Option<u64>,
    /// A timer's next and last turn.
    pub next: Option<Timestamp>,
    /// A timer's last turn.
    pub last: Option<Timestamp>,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// By itself.
    Exited {
        /// Its exit status.
        status: i32,
        /// When.
        at: Option<Timestamp>,
    },
    /// By a signal.
    Killed {
        /// Its number.
        signal: i32,
        /// Whether it left a core.
        dumped: bool,
        /// When.
        at: Option<Timestamp>,
    },
}

impl UnitAnswer {
    /// The unit, where systemd knows it.
    #[must_use]
    pub fn known(&self) -> Option<&UnitSeen> {
        match self {
            UnitAnswer::Known(unit) => Some(unit),
            _ => None,
        }
    }
}

impl UnitSeen {
    /// Whether it does its work.
    #[must_use]
    pub fn is_active(&self) -> bool {
        matches!(self.active.as_str(), "active" | "reloading")
    }

    /// Whether systemd is about to try again after a failure, or has given up trying.
    #[must_use]
    pub fn is_looping(&self) -> bool {
        self.sub == "auto-restart" || self.result == "start-limit-hit"
    }
}
