//! Reads `ipset save`.

use super::model::Ruleset;
use super::snapshot::Snapshot;

/// Adds the sets to a ruleset.
pub fn read(_snapshot: &Snapshot, _ruleset: &mut Ruleset) {}
