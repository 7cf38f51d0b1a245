//! Reads `iptables-save`, of both back ends and both families.

use super::model::Ruleset;
use super::snapshot::Snapshot;

/// Adds legacy tables to a ruleset, and gives the rules that nft could not show whole their parts.
pub fn read(_snapshot: &Snapshot, _ruleset: &mut Ruleset) {}
