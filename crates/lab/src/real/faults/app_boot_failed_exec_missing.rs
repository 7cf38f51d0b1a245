//! The program that the app's unit starts is not there.
//!
//! # What breaks
//! `ExecStart` names a virtual environment that does not exist (203/EXEC).
//!
//! # As in real life
//! The virtual environment was built anew at another path, or deleted to make room.
use super::{Fault, SERVICE};
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "app-boot-failed",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 502,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.replace(SERVICE, "/usr/bin/gunicorn", "/srv/shop/venv/bin/gunicorn")?;
    stage.order(&["systemctl", "daemon-reload"])?;
    stage.exec_in_origin(&["systemctl", "restart", "shop"])?.failed().map(|_| ())
}
