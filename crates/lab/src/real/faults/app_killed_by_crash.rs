//! The app crashed.
//!
//! # What breaks
//! gunicorn's main process ends by SIGSEGV, as with a library in C that is broken; nothing starts
//! it again.
//!
//! # As in real life
//! A wheel that was built for another processor, or a library whose new version does not fit.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "app-killed",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 502,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.order(&["systemctl", "kill", "--kill-who=main", "--signal=SIGSEGV", "shop"])?;
    stage.until(&["systemctl", "is-active", "shop"], |state| state == "failed")
}
