//! The app died as soon as it was started, until systemd gave up.
//!
//! # What breaks
//! The app imports a module that is not there, and its unit says `Restart=always`; after
//! three starts in ten minutes systemd starts it no more.
//!
//! # As in real life
//! Nobody looks for hours; starting it by hand is refused as well until the limit is reset.
use super::{APP, Fault};
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "app-boot-failed",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 502,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.replace(APP, "import os\n", "import os\n\nimport stripe\n")?;
    stage.write(
        "/etc/systemd/system/shop.service.d/restart.conf",
        "644",
        b"[Unit]\nStartLimitIntervalSec=600\nStartLimitBurst=3\n[Service]\nRestart=always\n",
    )?;
    stage.order(&["systemctl", "daemon-reload"])?;
    stage.order(&["systemctl", "restart", "shop"])?;
    stage.until(&["systemctl", "is-active", "shop"], |state| state == "failed")
}
