//! The app listens on another port than nginx asks.
//!
//! # What breaks
//! nginx asks port 8000 of the loopback; the app listens on port 8080 there.
//!
//! # As in real life
//! A new version of the app has another default.
use super::{Fault, SERVICE, SITE};
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "app-listens-elsewhere",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 502,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.replace(SERVICE, "unix:/run/shop/shop.sock", "127.0.0.1:8080")?;
    stage.order(&["systemctl", "daemon-reload"])?;
    stage.replace(SITE, "unix:/run/shop/shop.sock", "127.0.0.1:8000")?;
    stage.order(&["systemctl", "restart", "shop", "nginx"]).map(|_| ())
}
