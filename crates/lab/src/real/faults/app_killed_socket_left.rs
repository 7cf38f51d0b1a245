//! The app was ended by a signal, and left its socket behind.
//!
//! # What breaks
//! The unit keeps its runtime folder, so the socket's file outlives the app; connecting to it is
//! refused.
//!
//! # As in real life
//! The socket lies in a folder that systemd does not tidy up, and the kernel ended the app when
//! memory ran out.
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
    let keep = b"[Service]\nRuntimeDirectoryPreserve=yes\n";
    stage.write("/etc/systemd/system/shop.service.d/keep.conf", "644", keep)?;
    stage.order(&["systemctl", "daemon-reload"])?;
    stage.order(&["systemctl", "restart", "shop"])?;
    stage.order(&["systemctl", "kill", "--kill-who=main", "--signal=SIGKILL", "shop"])?;
    stage.until(&["systemctl", "is-active", "shop"], |state| state == "failed")
}
