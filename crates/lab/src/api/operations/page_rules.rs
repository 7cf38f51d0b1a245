//! To be filled.

use crate::api::Operation;

/// The rows.
pub(super) const OPERATIONS: &[Operation] = &[];
