//! The app has a bug and answers 500.
//!
//! # What breaks
//! Each request meets an exception; gunicorn answers 500 for it, and nginx passes that on.
//!
//! # As in real life
//! A release with a bug; the app's own log has the traceback.
use super::{APP, Fault};
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "app-answers-5xx",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 500,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.replace(APP, "    start_response", "    PAGE.price\n    start_response")?;
    stage.order(&["systemctl", "restart", "shop"]).map(|_| ())
}
