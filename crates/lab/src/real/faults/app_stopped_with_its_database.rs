//! The app was stopped together with a service that it needs.
//!
//! # What breaks
//! `shop.service` requires another unit; that one is stopped, so systemd stopped the app as well.
//!
//! # As in real life
//! The database was stopped for an upgrade and started again; what requires it is not started
//! again with it.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "app-stopped",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 502,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    let database = b"[Service]\nExecStart=/usr/bin/sleep infinity\n";
    stage.write("/etc/systemd/system/shop-db.service", "644", database)?;
    let needs = b"[Unit]\nRequires=shop-db.service\nAfter=shop-db.service\n";
    stage.write("/etc/systemd/system/shop.service.d/database.conf", "644", needs)?;
    stage.order(&["systemctl", "daemon-reload"])?;
    stage.order(&["systemctl", "restart", "shop"])?;
    stage.order(&["systemctl", "stop", "shop-db"])?;
    stage.order(&["systemctl", "start", "shop-db"]).map(|_| ())
}
