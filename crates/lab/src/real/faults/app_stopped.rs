//! The app is stopped.
//!
//! # What breaks
//! `shop.service` is stopped by hand; gunicorn takes its socket away, and nginx finds none.
//!
//! # As in real life
//! Somebody stopped it for a backup or an update and did not start it again.
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
    stage.order(&["systemctl", "stop", "shop"]).map(|_| ())
}
