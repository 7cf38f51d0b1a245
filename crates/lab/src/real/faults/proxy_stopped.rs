//! The web server is stopped.
//!
//! # What breaks
//! `nginx.service` is stopped; nothing listens on ports 80 and 443.
//!
//! # As in real life
//! An upgrade stopped it and failed before it started it again.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault =
    Fault { breeds: "proxy-stopped", from_outside: Some("net-port-closed"), shows: 521, break_it };

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.order(&["systemctl", "stop", "nginx"]).map(|_| ())
}
