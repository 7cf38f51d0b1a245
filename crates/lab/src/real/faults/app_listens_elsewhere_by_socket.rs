//! The app's socket has another name than nginx asks.
//!
//! # What breaks
//! gunicorn makes `gunicorn.sock`, in the same folder; nginx still asks `shop.sock`.
//!
//! # As in real life
//! The app's unit was rewritten after a tutorial, and the web server's configuration was not.
use super::{Fault, SERVICE};
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "app-listens-elsewhere",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 502,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.replace(SERVICE, "/run/shop/shop.sock", "/run/shop/gunicorn.sock")?;
    stage.order(&["systemctl", "daemon-reload"])?;
    stage.order(&["systemctl", "restart", "shop"]).map(|_| ())
}
