//! The app moved, nginx's file names its new address, and nginx was not told to read it.
//!
//! # What breaks
//! gunicorn listens on port 8000 of the loopback now, and the site's file says so; nginx still asks
//! the socket that was there before.
//!
//! # As in real life
//! A deploy by hand whose last line, `systemctl reload nginx`, was forgotten.
use super::{Fault, SERVICE, SITE};
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "proxy-config-not-reloaded",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 502,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.replace(SERVICE, "unix:/run/shop/shop.sock", "127.0.0.1:8000")?;
    stage.order(&["systemctl", "daemon-reload"])?;
    stage.order(&["systemctl", "restart", "shop"])?;
    until_nginx_has_run_a_while(stage)?;
    stage.replace(SITE, "unix:/run/shop/shop.sock", "127.0.0.1:8000")
}

/// In life weeks lie between its start and an edit.
pub(super) fn until_nginx_has_run_a_while(stage: &Raised) -> Result<(), Trouble> {
    stage.until(&["ps", "-C", "nginx", "-o", "etimes="], |ages| {
        let mut ages = ages.split_whitespace().map(str::parse::<u32>);
        ages.all(|age| age.is_ok_and(|age| age >= 5))
    })
}
