//! nginx asks the socket of another version of PHP.
//!
//! # What breaks
//! The site is PHP's; nginx asks `php8.1-fpm.sock`, and PHP 8.2 listens on a socket that bears its
//! own version.
//!
//! # As in real life
//! The distribution was upgraded; the name of PHP's socket changes with each version.
use super::{Fault, SITE};
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "app-listens-elsewhere",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 502,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.become_php()?;
    stage.replace(SITE, "php8.2-fpm.sock", "php8.1-fpm.sock")?;
    stage.order(&["systemctl", "restart", "nginx"]).map(|_| ())
}
