//! nginx has to look its upstream up, and nobody told it where.
//!
//! # What breaks
//! `proxy_pass` holds a variable, so nginx would look the name up at each request; there is no
//! `resolver`.
//!
//! # As in real life
//! A variable was put into `proxy_pass` so that nginx starts even while the name is unknown.
use super::{Fault, SERVICE, SITE};
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "proxy-upstream-unresolvable",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 502,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.replace(SERVICE, "unix:/run/shop/shop.sock", "127.0.0.1:8000")?;
    stage.order(&["systemctl", "daemon-reload"])?;
    stage.order(&["systemctl", "restart", "shop"])?;
    let by_name = "set $api localhost;\n        proxy_pass http://$api:8000;";
    stage.replace(SITE, "proxy_pass http://shop;", by_name)?;
    stage.order(&["systemctl", "restart", "nginx"]).map(|_| ())
}
