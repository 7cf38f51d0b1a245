//! nginx does not start, since a name in its configuration has no address.
//!
//! # What breaks
//! The upstream is a name that the name server does not know; nginx looks it up once, when it
//! starts, and gives up.
//!
//! # As in real life
//! The name server was not reachable yet when the host booted, or an internal name went away.
use super::{Fault, SITE};
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "proxy-config-invalid",
    from_outside: Some("net-port-closed"),
    shows: 521,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.replace(SITE, "unix:/run/shop/shop.sock", "api.internal.example.test:8000")?;
    stage.exec_in_origin(&["systemctl", "restart", "nginx"])?.failed().map(|_| ())
}
