//! nginx may not connect to the app's socket.
//!
//! # What breaks
//! The socket belongs to the app's user and lets nobody else in; nginx runs as another.
//!
//! # As in real life
//! A stricter umask in the app's unit, or another user for nginx.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "proxy-upstream-socket-forbidden",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 502,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.order(&["chmod", "600", "/run/shop/shop.sock"]).map(|_| ())
}
