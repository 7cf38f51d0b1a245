//! Certificates: the chain that a peer sent, and every fault that a validating edge would find.
//!
//! The library that validates names one fault only, so the faults are looked for one by one. The
//! finding is stored with the reading: a case judged again next year gives the same answer.
//!
//! [`see`] judges as an edge in mode strict does: by the public list and Cloudflare's Origin CA, and
//! by roots that were given. It asks nobody: no missing certificate is fetched, no revocation looked
//! up.

mod anchors;
mod complete;
mod link;
mod names;
mod path;
mod see;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::complete::complete;
pub use self::see::{see, see_by_given};

/// A chain as it was sent, and what is wrong with it in the eyes of an edge in mode strict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainSeen {
    /// The leaf's subject, as one line; empty where it has none.
    pub subject: String,
    /// The leaf's issuer, as one line.
    pub issuer: String,
    /// The names that the leaf is for (subject alternative names), at most 20.
    pub names: Vec<String>,
    /// When the leaf begins to be valid.
    pub not_before: Timestamp,
    /// When the leaf ends to be valid.
    pub not_after: Timestamp,
    /// SHA-256 of the leaf, lower-case hex.
    pub sha256: String,
    /// How many certificates were sent.
    pub sent: u32,
    /// Who vouches for it, where somebody does (whatever the dates and names say).
    pub trusted_by: Option<Anchor>,
    /// Every fault, in the order of the enum; empty: the edge would accept it in mode strict.
    pub faults: Vec<ChainFault>,
}

/// Who vouches for a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Anchor {
    /// The public list (Mozilla's).
    Public,
    /// Cloudflare's Origin CA: the edge trusts it, browsers do not.
    OriginCa,
    /// A root given with `--ca-file`.
    Given,
}

/// One thing that is wrong with a chain.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "kebab-case")]
pub enum ChainFault {
    /// Its time is over. Also where an intermediate's is.
    Expired {
        /// When it ended.
        not_after: Timestamp,
    },
    /// Its time has not begun.
    NotYetValid {
        /// When it begins.
        not_before: Timestamp,
    },
    /// The leaf signed itself.
    SelfSigned,
    /// The leaf is for other names.
    NameMismatch,
    /// The issuer's certificate was not sent, and no trusted root signed the leaf itself.
    Incomplete,
    /// The chain ends at an issuer that nobody trusts.
    IssuerUntrusted,
    /// It cannot be read, or is not meant for servers, or its signature does not hold.
    Unusable,
}
