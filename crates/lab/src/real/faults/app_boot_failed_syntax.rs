//! The app's code cannot be read.
//!
//! # What breaks
//! A line of the app ends in the middle; every worker dies at once, and gunicorn with them.
//!
//! # As in real life
//! A conflict of a merge was left in the file, or it was edited in place.
use super::{APP, Fault};
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "app-boot-failed",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 502,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.replace(APP, "import os\n", "import os\n\nPRICES = {\"green\": 4.20,\n")?;
    stage.order(&["systemctl", "stop", "shop"])?;
    // gunicorn says that it is ready before a worker tries the app; waiting for its end.
    stage.exec_in_origin(&["systemctl", "start", "--wait", "shop"])?.failed().map(|_| ())
}
