//! The app dies as soon as it starts, again and again.
//!
//! # What breaks
//! The app imports a module that is not there, and its unit says `Restart=always` without a limit.
//!
//! # As in real life
//! A unit that is meant to be robust hides that a release is broken: it is always about to start.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "app-boot-failed",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 502,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.replace("/srv/shop/shop.py", "import os\n", "import os\n\nimport stripe\n")?;
    let always = "[Unit]\nStartLimitIntervalSec=0\n[Service]\nRestart=always\nRestartSec=500ms\n";
    stage.write("/etc/systemd/system/shop.service.d/restart.conf", "644", always.as_bytes())?;
    stage.order(&["systemctl", "daemon-reload"])?;
    stage.order(&["systemctl", "restart", "shop"])?;
    stage.until(&["systemctl", "show", "--property=NRestarts", "--value", "shop"], |restarts| {
        restarts.parse().is_ok_and(|n: u32| n >= 2)
    })
}
