//! The app does not start any more.
//!
//! # What breaks
//! The app imports a module that is not there; every worker dies at once, and gunicorn with them.
//!
//! # As in real life
//! A release went out whose new dependency was installed on the laptop only.
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
    stage.replace("/srv/shop/shop.py", "import os\n", "import os\n\nimport stripe\n")?;
    stage.order(&["systemctl", "stop", "shop"])?;
    // gunicorn says that it is ready before a worker tries the app; waiting for its end.
    let ended = stage.exec_in_origin(&["systemctl", "start", "--wait", "shop"])?;
    ended.failed().map(|_| ())
}
