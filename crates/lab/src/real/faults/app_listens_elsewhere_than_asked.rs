//! nginx asks another address than the app listens at.
//!
//! # What breaks
//! `proxy_pass` leads to port 8001 of the loopback; the app listens on its socket, as before.
//!
//! # As in real life
//! The configuration of another host was copied, or the app moved and nginx was not told.
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
    let site = "/etc/nginx/sites-available/shop";
    stage.replace(site, "proxy_pass http://shop;", "proxy_pass http://127.0.0.1:8001;")?;
    stage.order(&["systemctl", "restart", "nginx"]).map(|_| ())
}
