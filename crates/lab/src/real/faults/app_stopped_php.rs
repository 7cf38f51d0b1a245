//! PHP is stopped.
//!
//! # What breaks
//! The site is PHP's; `php8.2-fpm.service` is stopped, and its socket is gone with it.
//!
//! # As in real life
//! An upgrade of PHP stopped the old version, and the new one was not started.
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
    stage.become_php()?;
    stage.order(&["systemctl", "stop", "php8.2-fpm"]).map(|_| ())
}
