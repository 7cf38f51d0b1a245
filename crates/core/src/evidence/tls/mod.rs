//! Handshakes: what a peer answers to a hello.
//!
//! The types are what is kept. [`hello`] writes the hellos that our library cannot speak, and
//! [`first_record`] reads what comes back to them; neither goes on with the handshake.

mod hello;
mod record;

use serde::{Deserialize, Serialize};

pub use self::hello::{edge_suites, hello};
pub use self::record::{FirstRecord, first_record};
use super::chain::ChainSeen;

/// What a hello offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Offer {
    /// TLS 1.2 and 1.3 with those of the edge's suites that our library speaks; a full handshake.
    Modern,
    /// TLS 1.0 to 1.2 with the edge's whole list of suites; hello only, the answer is read.
    EdgeLegacy,
    /// TLS 1.0 to 1.2 with every suite in use, also those that the edge lacks; hello only.
    Anything,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum TlsAnswer {
    /// The handshake was completed, whatever the certificate is worth.
    Greeted(Greeting),
    /// A ServerHello came back to a hello that was written by hand; nothing further was spoken.
    HelloAccepted {
        /// On the wire: 0x0301 for TLS 1.0 to 0x0304 for TLS 1.3.
        version: u16,
        /// IANA number of the cipher suite.
        cipher: u16,
    },
    /// The peer ended the handshake with an alert.
    Alert {
        /// RFC 8446 6: 40 handshake_failure, 70 protocol_version, 112 unrecognized_name …
        code: u8,
        /// Whether it had asked for a client certificate before.
        client_certificate_asked: bool,
    },
    /// What came back is not TLS.
    NotTls {
        /// The first bytes, at most 48, as text with a dot for each byte that is not printable.
        first: String,
        /// Whether they begin an HTTP reply.
        http: bool,
    },
    /// The peer closed or reset the connection before the handshake was done.
    Cut {
        /// Whether it was a reset.
        reset: bool,
        /// Whether anything had come back before.
        after_bytes: bool,
    },
    /// Nothing came back before the deadline.
    Silent {
        /// How long we waited.
        after_ms: u64,
    },
    /// TLS came back, but our library could not go on with it.
    Garbled,
}

/// A completed handshake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting {
    /// On the wire: 0x0303 for TLS 1.2, 0x0304 for TLS 1.3.
    pub version: u16,
    /// IANA number of the cipher suite.
    pub cipher: u16,
    /// Whether the peer asked for a client certificate. We have none to show.
    pub client_certificate_asked: bool,
    /// The certificates that were sent, and how they would be judged by an edge that validates.
    pub chain: ChainSeen,
}
