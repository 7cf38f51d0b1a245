//! ufw lets in SSH and nothing else.
//!
//! # What breaks
//! ufw is switched on with one rule, for port 22; what else comes in is dropped.
//!
//! # As in real life
//! Somebody hardened the host by the first page of a tutorial, and stopped before the web server's part.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "net-firewall-blocks-cloudflare",
    from_outside: Some("net-origin-silent"),
    shows: 522,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.order(&["ufw", "allow", "22/tcp"])?;
    stage.order(&["ufw", "--force", "enable"]).map(|_| ())
}
