//! The file with the app's settings is not there.
//!
//! # What breaks
//! `EnvironmentFile=` names a file that does not exist; systemd does not start the app.
//!
//! # As in real life
//! The file with the passwords is not under version control, and the new host has none.
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
    stage.replace(SERVICE, "User=", "EnvironmentFile=/etc/shop.env\nUser=")?;
    stage.order(&["systemctl", "daemon-reload"])?;
    stage.exec_in_origin(&["systemctl", "restart", "shop"])?.failed().map(|_| ())
}
