//! The app serves for a moment, dies, and is started again.
//!
//! # What breaks
//! The app ends half a second after it has started, and its unit starts it again two seconds
//! later.
//!
//! # As in real life
//! A connection to a queue that fails in the background takes the whole program down.
use super::{APP, Fault};
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault =
    Fault { breeds: "app-crash-looping", from_outside: None, shows: 502, break_it };

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    let dies = "import os\nimport signal\nimport threading\n\n\
         threading.Timer(0.5, os.kill, (os.getppid(), signal.SIGABRT)).start()\n";
    stage.replace(APP, "import os\n", dies)?;
    let always = b"[Unit]\nStartLimitIntervalSec=0\n[Service]\nRestart=always\nRestartSec=2\n";
    stage.write("/etc/systemd/system/shop.service.d/restart.conf", "644", always)?;
    stage.order(&["systemctl", "daemon-reload"])?;
    stage.order(&["systemctl", "restart", "shop"])?;
    stage.until(&["systemctl", "show", "--property=NRestarts", "--value", "shop"], |restarts| {
        restarts.parse().is_ok_and(|n: u32| n >= 2)
    })?;
    stage.until(&["systemctl", "is-active", "shop"], |state| state == "activating")
}
