//! nginx answers every visitor with an error of its own.
//!
//! # What breaks
//! The site's location says `return 503`; the app runs, and is not asked.
//!
//! # As in real life
//! A maintenance page that was left on.
use super::{Fault, SITE};
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "proxy-answers-by-itself",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 503,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.replace(SITE, "proxy_pass http://shop;", "return 503;")?;
    stage.order(&["systemctl", "restart", "nginx"]).map(|_| ())
}
