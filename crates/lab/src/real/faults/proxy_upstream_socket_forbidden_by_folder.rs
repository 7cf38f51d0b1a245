//! nginx may not enter the folder of the app's socket.
//!
//! # What breaks
//! The app's unit has `RuntimeDirectoryMode=0700`, so that only the app's user reaches the socket
//! in it.
//!
//! # As in real life
//! A checklist for hardening services was followed.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "proxy-upstream-socket-forbidden",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 502,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    let harder = b"[Service]\nRuntimeDirectoryMode=0700\n";
    stage.write("/etc/systemd/system/shop.service.d/hardening.conf", "644", harder)?;
    stage.order(&["systemctl", "daemon-reload"])?;
    stage.order(&["systemctl", "restart", "shop"]).map(|_| ())
}
