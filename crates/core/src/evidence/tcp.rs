//! Connections: how a peer answers a SYN.

use serde::{Deserialize, Serialize};

/// How an attempt to connect ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum TcpAnswer {
    /// The connection stands.
    Accepted,
    /// A reset came back (ECONNREFUSED): nothing listens there, or a firewall rejects.
    Refused,
    /// Nothing came back before the deadline.
    Silent {
        /// How long we waited.
        after_ms: u64,
    },
    /// A router or this machine says there is no way (ENETUNREACH, EHOSTUNREACH).
    Unreachable {
        /// The error number.
        errno: i32,
    },
    /// Any other error of the connect call.
    Failed {
        /// The error number; 0 where the system gave none.
        errno: i32,
    },
}
