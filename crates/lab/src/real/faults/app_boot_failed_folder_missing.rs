//! The folder in which the app's unit starts is not there.
//!
//! # What breaks
//! `WorkingDirectory=` leads to a folder that does not exist (200/CHDIR).
//!
//! # As in real life
//! A release was deployed into another folder, and the link `current` leads nowhere.
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
    stage.replace(SERVICE, "=/srv/shop\n", "=/srv/shop/current\n")?;
    stage.order(&["systemctl", "daemon-reload"])?;
    stage.exec_in_origin(&["systemctl", "restart", "shop"])?.failed().map(|_| ())
}
