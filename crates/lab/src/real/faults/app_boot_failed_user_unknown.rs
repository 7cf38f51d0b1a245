//! The user of the app's unit does not exist.
//!
//! # What breaks
//! `User=` names somebody who is not there (217/USER).
//!
//! # As in real life
//! A unit was copied from another host, or the user was removed with its home.
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
    stage.replace(SERVICE, "User=shop", "User=deploy")?;
    stage.order(&["systemctl", "daemon-reload"])?;
    stage.exec_in_origin(&["systemctl", "restart", "shop"])?.failed().map(|_| ())
}
