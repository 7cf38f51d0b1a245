//! The app is started by its socket when somebody connects, and does not come up.
//!
//! # What breaks
//! systemd listens for the app, which imports a module that is not there; after a few tries
//! systemd gives up the socket as well.
//!
//! # As in real life
//! Socket activation after gunicorn's own manual, and a release whose new dependency is missing.
use super::{APP, Fault, SERVICE};
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "app-boot-failed",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 502,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.order(&["systemctl", "disable", "--now", "shop"])?;
    stage.write("/etc/systemd/system/shop.socket", "644", SOCKET)?;
    stage.replace(SERVICE, " --bind unix:/run/shop/shop.sock", "")?;
    stage.replace(SERVICE, "RuntimeDirectory=shop\n", "")?;
    stage.order(&["systemctl", "daemon-reload"])?;
    stage.order(&["systemctl", "start", "shop.socket"])?;
    stage.replace(APP, "import os\n", "import os\n\nimport stripe\n")?;
    let visit =
        ["curl", "-so", "/dev/null", "--unix-socket", "/run/shop/shop.sock", "http://shop/"];
    for _ in 0..8 {
        // Nobody answers.
        stage.exec_in_origin(&visit)?;
    }
    stage.until(&["systemctl", "is-active", "shop.socket"], |state| state == "failed")
}

const SOCKET: &[u8] = b"[Unit]\nDescription=The shop's socket\n\n\
    [Socket]\nListenStream=/run/shop/shop.sock\nSocketUser=www-data\n";
