//! The app was ended by a signal.
//!
//! # What breaks
//! gunicorn is ended by SIGKILL, as the kernel does when memory runs out; its unit has failed, and
//! nobody starts it again.
//!
//! # As in real life
//! The kernel took the largest process, or somebody ended the wrong one.
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
    stage.order(&["systemctl", "kill", "--kill-who=main", "--signal=SIGKILL", "shop"])?;
    stage.until(&["systemctl", "is-active", "shop"], |state| state == "failed")
}
