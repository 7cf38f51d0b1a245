//! What has to run before the app fails.
//!
//! # What breaks
//! The unit's `ExecStartPre` ends with an error, so systemd does not start the app.
//!
//! # As in real life
//! A migration of the database failed, or a check of the configuration.
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
    let check = "ExecStartPre=/usr/bin/test -f /srv/shop/migrated\nExecStart=";
    stage.replace(SERVICE, "ExecStart=", check)?;
    stage.order(&["systemctl", "daemon-reload"])?;
    stage.exec_in_origin(&["systemctl", "restart", "shop"])?.failed().map(|_| ())
}
