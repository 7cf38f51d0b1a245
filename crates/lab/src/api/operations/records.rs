//! To be filled.

use crate::api::Operation;

/// The rows.
pub(super) const OPERATIONS: &[Operation] = &[];

/// Types that the edge can stand in front of.
pub(in crate::api) const PROXIABLE: &[&str] = &["A", "AAAA", "CNAME"];
