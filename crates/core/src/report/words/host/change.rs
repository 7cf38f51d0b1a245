//! Words for what changed.

use crate::evidence::host::Changes;
use crate::report::words::units::several;

pub(super) fn sentence(changes: &Changes) -> String {
    format!("{} on this machine of late", several(changes.all.len(), "change"))
}
