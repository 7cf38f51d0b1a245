//! The app listens at another address than nginx asks.
//!
//! # What breaks
//! gunicorn listens on port 8000 of the loopback now; nginx still asks the socket.
//!
//! # As in real life
//! The app's unit was rewritten after a tutorial, and the web server's configuration was not.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "app-listens-elsewhere",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 502,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.replace(
        "/etc/systemd/system/shop.service",
        "unix:/run/shop/shop.sock",
        "127.0.0.1:8000",
    )?;
    stage.order(&["systemctl", "daemon-reload"])?;
    stage.order(&["systemctl", "restart", "shop"]).map(|_| ())
}
