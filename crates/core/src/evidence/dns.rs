//! Name lookups: what a resolver said.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// The kind of record that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Record {
    /// IPv4 addresses.
    A,
    /// IPv6 addresses.
    Aaaa,
}

/// What the resolver answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum DnsAnswer {
    /// There are addresses.
    Resolved {
        /// In the resolver's order; never empty.
        addresses: Vec<IpAddr>,
        /// Names that CNAMEs led through, in order, lower case, without final dot.
        aliases: Vec<String>,
    },
    /// The name exists, with no record of this kind.
    NoRecord {
        /// Names that CNAMEs led through.
        aliases: Vec<String>,
    },
    /// The name does not exist (NXDOMAIN).
    NoName,
    /// The resolver gave up.
    Failed {
        /// RFC 1035 4.1.1: 2 SERVFAIL, 5 REFUSED.
        rcode: u16,
    },
    /// The resolver did not answer in time, or could not be reached.
    Silent,
}
