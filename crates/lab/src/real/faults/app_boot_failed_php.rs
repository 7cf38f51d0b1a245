//! PHP does not start with its configuration.
//!
//! # What breaks
//! The site is PHP's; the pool's file has a word too many, and PHP was restarted.
//!
//! # As in real life
//! An edit by hand to allow more workers.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "app-boot-failed",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 502,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.become_php()?;
    stage.replace(
        "/etc/php/8.2/fpm/pool.d/www.conf",
        "pm.max_children = 5",
        "max_children = 50",
    )?;
    stage.exec_in_origin(&["systemctl", "restart", "php8.2-fpm"])?.failed().map(|_| ())
}
