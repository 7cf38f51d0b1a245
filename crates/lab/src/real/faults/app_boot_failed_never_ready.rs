//! The app never says that it is ready.
//!
//! # What breaks
//! The unit is of type notify, and what it starts does not notify; systemd waits, and ends it.
//!
//! # As in real life
//! A wrapper script stands between systemd and the app, so that the word comes from the wrong
//! process; it takes 90 seconds by default, here less.
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
    stage.replace(SERVICE, "Type=notify", "Type=notify\nTimeoutStartSec=2")?;
    stage.write("/srv/shop/start", "755", b"#!/bin/sh\ncd /srv/shop\n\"$@\"\n")?;
    stage.replace(SERVICE, "ExecStart=", "ExecStart=/srv/shop/start ")?;
    stage.order(&["systemctl", "daemon-reload"])?;
    stage.exec_in_origin(&["systemctl", "restart", "shop"])?.failed().map(|_| ())
}
