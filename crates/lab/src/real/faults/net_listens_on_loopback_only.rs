//! The web server listens on the loopback only.
//!
//! # What breaks
//! nginx's `listen` lines name the loopback's addresses; from outside every port is closed.
//!
//! # As in real life
//! A tutorial for a tunnel or for a proxy in front was followed, on a host that has neither.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "net-listens-on-loopback-only",
    from_outside: Some("net-port-closed"),
    shows: 521,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    let site = "/etc/nginx/sites-available/shop";
    stage.replace(site, "listen [::]:", "listen [::1]:")?;
    stage.replace(site, "listen 80;", "listen 127.0.0.1:80;")?;
    stage.replace(site, "listen 443 ssl;", "listen 127.0.0.1:443 ssl;")?;
    stage.order(&["systemctl", "restart", "nginx"]).map(|_| ())
}
