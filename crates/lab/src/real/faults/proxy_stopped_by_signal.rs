//! The web server was ended by a signal.
//!
//! # What breaks
//! nginx's main process is ended by SIGKILL; systemd ends the workers, and nothing starts it
//! again.
//!
//! # As in real life
//! The kernel took it when memory ran out; Debian's unit has no `Restart=`.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault =
    Fault { breeds: "proxy-stopped", from_outside: Some("net-port-closed"), shows: 521, break_it };

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.order(&["systemctl", "kill", "--kill-who=main", "--signal=SIGKILL", "nginx"])?;
    stage.until(&["systemctl", "is-active", "nginx"], |state| state == "failed")
}
