//! The app is stopped, behind an edit of nginx's that was not loaded either.
//!
//! # What breaks
//! The app's unit and the site's file name port 8000 since a change; the app was stopped for it and
//! not started again, and nginx still asks the socket that is gone.
//!
//! # As in real life
//! A move that was broken off halfway.
use super::proxy_config_not_reloaded::until_nginx_has_run_a_while;
use super::{Fault, SERVICE, SITE};
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "app-stopped",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 502,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.order(&["systemctl", "stop", "shop"])?;
    stage.replace(SERVICE, "unix:/run/shop/shop.sock", "127.0.0.1:8000")?;
    stage.order(&["systemctl", "daemon-reload"])?;
    until_nginx_has_run_a_while(stage)?;
    stage.replace(SITE, "unix:/run/shop/shop.sock", "127.0.0.1:8000")
}
