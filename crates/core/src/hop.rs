//! The stations from the visitor to the app, in the order of the way.
//!
//! Everything is sorted by them: causes, findings, the path that a report draws. A break at one
//! station hides what lies behind it. The order of the variants is the order of the way.

use serde::{Deserialize, Serialize};

/// A station between visitor and app; `Ord` is the order of the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Hop {
    /// The visitor's name lookup.
    Dns,
    /// Cloudflare's edge.
    Edge,
    /// A Cloudflare Tunnel between the edge and the origin.
    Tunnel,
    /// The network between the edge and the origin, up to an accepted connection.
    Net,
    /// The handshake between the edge and the origin.
    Tls,
    /// The origin's HTTP reply.
    Http,
    /// The proxy in front of the app (nginx and the like).
    Proxy,
    /// The app.
    App,
    /// The machine that all of them run on.
    Host,
}

impl Hop {
    /// All stations, in the order of the way.
    pub const ALL: [Hop; 9] = [
        Hop::Dns,
        Hop::Edge,
        Hop::Tunnel,
        Hop::Net,
        Hop::Tls,
        Hop::Http,
        Hop::Proxy,
        Hop::App,
        Hop::Host,
    ];

    /// The word that starts the name of every cause of this station, lower case.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Hop::Dns => "dns",
            Hop::Edge => "edge",
            Hop::Tunnel => "tunnel",
            Hop::Net => "net",
            Hop::Tls => "tls",
            Hop::Http => "http",
            Hop::Proxy => "proxy",
            Hop::App => "app",
            Hop::Host => "host",
        }
    }

    /// The hundred of the codes of this station: 1 for dns to 9 for host.
    #[must_use]
    pub fn hundred(self) -> u8 {
        self as u8 + 1
    }
}
