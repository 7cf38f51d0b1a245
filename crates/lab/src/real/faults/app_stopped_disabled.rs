//! The app does not start at boot, and is stopped.
//!
//! # What breaks
//! `shop.service` is stopped and disabled, so nothing starts it when the host boots.
//!
//! # As in real life
//! It had been started by hand and never enabled; then the host was restarted for an update of the
//! kernel.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "app-stopped",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 502,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.order(&["systemctl", "disable", "--now", "shop"]).map(|_| ())
}
