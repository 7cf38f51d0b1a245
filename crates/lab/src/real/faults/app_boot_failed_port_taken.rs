//! The app does not start, since another program has its port.
//!
//! # What breaks
//! The app is to listen on port 8000, and a preview server has it; gunicorn tries a few times and
//! gives up.
//!
//! # As in real life
//! An old instance that was started by hand still runs.
use super::{Fault, SERVICE, SITE};
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "app-boot-failed",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 502,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    let preview = ["python3", "-m", "http.server", "--directory", "/srv", "--bind", "127.0.0.2"];
    stage.order(&[&["systemd-run", "--unit=preview"], &preview[..], &["8000"]].concat())?;
    stage.until(&["ss", "-Hltn", "sport = :8000"], |listeners| !listeners.is_empty())?;
    // All addresses, of which the preview has one; nginx asks another.
    stage.replace(SERVICE, "unix:/run/shop/shop.sock", "0.0.0.0:8000")?;
    stage.order(&["systemctl", "daemon-reload"])?;
    stage.replace(SITE, "unix:/run/shop/shop.sock", "127.0.0.1:8000")?;
    stage.order(&["systemctl", "restart", "nginx"])?;
    stage.exec_in_origin(&["systemctl", "restart", "shop"])?.failed().map(|_| ())
}
