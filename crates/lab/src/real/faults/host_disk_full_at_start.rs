//! The app does not start, since the disk is full.
//!
//! # What breaks
//! The app writes a file when it starts; its folder is on a small file system of its own, and not
//! a byte is left on it.
//!
//! # As in real life
//! A log without rotation filled the disk in the night, and in the morning somebody restarted the
//! app to mend it.
use super::{APP, Fault};
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "host-disk-full",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 502,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    let small = ["mount", "-t", "tmpfs", "-o", "size=64k,uid=shop,gid=www-data", "tmpfs", HOME];
    stage.order(&small)?;
    let filling = ["dd", "if=/dev/zero", "of=/var/lib/shop/old-releases.tar", "bs=4k"];
    stage.exec_in_origin(&filling)?.failed()?;
    let writes = "import os\n\nwith open(\"/var/lib/shop/started\", \"w\") as started:\n    \
         started.write(\"now\")\n";
    stage.replace(APP, "import os\n", writes)?;
    stage.order(&["systemctl", "stop", "shop"])?;
    // gunicorn says that it is ready before a worker tries the app; waiting for its end.
    stage.exec_in_origin(&["systemctl", "start", "--wait", "shop"])?.failed().map(|_| ())
}

const HOME: &str = "/var/lib/shop";
