//! What changed on this machine of late.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How far back is looked: two hours for the first failure, and half an hour before that.
pub const LOOKED_BACK: SignedDuration = SignedDuration::from_mins(150);

/// The last changes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// From when on was looked.
    pub from: Option<Timestamp>,
    /// The eldest first; at most 60.
    pub all: Vec<Change>,
    /// What could not be looked at: `the journal (root may read it)`.
    pub unseen: Vec<String>,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// When.
    pub at: Timestamp,
    /// What kind of thing: `unit`, `package`, `config`, `certificate`, `app` (its files), `firewall`,
    /// `cloudflared`, `boot`.
    pub kind: String,
    /// One line without a final stop: `shop.service failed (exit status 3)`.
    pub text: String,
}
