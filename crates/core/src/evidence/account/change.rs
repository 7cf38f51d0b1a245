//! What was changed in the account, as its audit log has it; who did it is told by kind, not by name.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountChange {
    /// When.
    pub at: Option<Timestamp>,
    /// `user`, `account`, `cloudflare_admin`, `system`.
    pub actor: String,
    /// `UI`, `API`; empty: not told.
    pub interface: String,
    /// What was done: `change_setting`, `rec_set`, `tunnel_delete`.
    pub action: String,
    /// What it was done to: `dns.record`, `zone.settings`.
    pub resource: String,
    /// The zone; empty: something of the account.
    pub zone: String,
    /// What it is about: a record's name, a setting's.
    pub subject: String,
    /// Before; empty: not told.
    pub before: String,
    /// After; empty: not told.
    pub after: String,
}
