//! Words for who listens.

use crate::evidence::host::Listeners;
use crate::report::words::units::several;

pub(super) fn sentence(listeners: &Listeners) -> String {
    format!("this machine has {}", several(listeners.sockets.len(), "listening socket"))
}
