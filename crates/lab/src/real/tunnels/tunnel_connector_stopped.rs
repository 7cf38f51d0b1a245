//! The connector is stopped.
//!
//! # What breaks
//! `cloudflared.service` is stopped; the edge has no connection left and answers 530 with code
//! 1033.
//!
//! # As in real life
//! Stopped for an update by hand and not started again.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "tunnel-connector-stopped",
    from_outside: Some("tunnel-down"),
    shows: 530,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.order(&["systemctl", "stop", "cloudflared"]).map(|_| ())
}
