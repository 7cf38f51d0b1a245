//! The app may open no further file.
//!
//! # What breaks
//! The app's unit has so small a `LimitNOFILE` that a connection fits, and the file that the app
//! writes does not.
//!
//! # As in real life
//! The app leaks files or connections; by default it may have 1024.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "host-files-exhausted",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 502,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    let few = b"[Service]\nLimitNOFILE=10\n";
    stage.write("/etc/systemd/system/shop.service.d/limits.conf", "644", few)?;
    stage.order(&["systemctl", "daemon-reload"])?;
    stage.order(&["systemctl", "restart", "shop"]).map(|_| ())
}
