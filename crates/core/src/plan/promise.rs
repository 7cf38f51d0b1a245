//! What must hold once a plan is carried out; it is asked again, and nothing but the answer proves it.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// Something to be seen afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "that", rename_all = "kebab-case")]
pub enum Promise {
    /// Visits through the edge are served, so many in a row.
    VisitsServed {
        /// In a row.
        times: u32,
    },
    /// The origin serves when it is asked straight.
    OriginServes,
    /// This cause is no longer blamed.
    NotBlamed {
        /// `app-stopped`.
        cause: String,
    },
    /// A unit is at work.
    UnitActive {
        /// Which.
        unit: super::UnitName,
    },
    /// Somebody accepts connections there.
    Accepts {
        /// Where.
        at: SocketAddr,
    },
    /// Somebody accepts connections at a socket file.
    AcceptsAt {
        /// Which.
        path: super::FilePath,
    },
    /// A connector says that it is ready.
    ConnectorReady {
        /// Its metrics address.
        metrics: SocketAddr,
    },
    /// Every range of Cloudflare's is let in on these ports, and every logged-in session stays.
    RangesAccepted {
        /// Which.
        ports: Vec<u16>,
    },
}
