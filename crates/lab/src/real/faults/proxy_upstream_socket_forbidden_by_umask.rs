//! The app makes its socket for itself alone.
//!
//! # What breaks
//! gunicorn runs with a umask that leaves nothing to others, and makes its socket with it.
//!
//! # As in real life
//! A stricter umask was set for uploaded files.
use super::{Fault, SERVICE};
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "proxy-upstream-socket-forbidden",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 502,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.replace(SERVICE, "--workers 2", "--workers 2 --umask 0177")?;
    stage.order(&["systemctl", "daemon-reload"])?;
    stage.order(&["systemctl", "restart", "shop"]).map(|_| ())
}
