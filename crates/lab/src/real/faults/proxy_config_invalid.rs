//! nginx does not start with its configuration.
//!
//! # What breaks
//! A semicolon is missing; nginx was restarted, and did not come up again.
//!
//! # As in real life
//! An edit by hand, and a restart where a reload would have kept the old one running.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "proxy-config-invalid",
    from_outside: Some("net-port-closed"),
    shows: 521,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.replace(
        "/etc/nginx/sites-available/shop",
        "server_name shop.example.test;",
        "server_name shop.example.test",
    )?;
    stage.exec_in_origin(&["systemctl", "restart", "nginx"])?.failed().map(|_| ())
}
