//! The app is not running, and comes when somebody connects.
//!
//! # What it looks like
//! `shop.service` is stopped; systemd listens on its socket and starts it for the first visitor.
//!
//! # As in real life
//! Socket activation after gunicorn's own manual.
use super::{Lookalike, SERVICE};
use crate::real::{Raised, Trouble};

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &Raised) -> Result<(), Trouble> {
    stage.order(&["systemctl", "disable", "--now", "shop"])?;
    let socket = b"[Unit]\nDescription=The shop's socket\n\n\
        [Socket]\nListenStream=/run/shop/shop.sock\nSocketUser=www-data\n";
    stage.write("/etc/systemd/system/shop.socket", "644", socket)?;
    stage.replace(SERVICE, " --bind unix:/run/shop/shop.sock", "")?;
    stage.replace(SERVICE, "RuntimeDirectory=shop\n", "")?;
    stage.order(&["systemctl", "daemon-reload"])?;
    stage.order(&["systemctl", "start", "shop.socket"]).map(|_| ())
}
