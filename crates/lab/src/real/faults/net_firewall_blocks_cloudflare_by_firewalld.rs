//! firewalld's zone has no web service.
//!
//! # What breaks
//! firewalld is started with what it has after its installation: SSH comes in, all else is refused.
//!
//! # As in real life
//! firewalld came with an upgrade, and nobody told it of the web server.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "net-firewall-blocks-cloudflare",
    from_outside: Some("net-origin-unreachable"),
    shows: 523,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.order(&["systemctl", "start", "firewalld"])?;
    stage.until(&["firewall-cmd", "--state"], |state| state == "running")
}
