//! The web server listens on IPv4 only, and the zone has an AAAA record.
//!
//! # What breaks
//! The `listen [::]` lines are gone from nginx's configuration; every second visit comes over
//! IPv6.
//!
//! # As in real life
//! A tutorial has only `listen 443 ssl;`, and the host's IPv6 address was put into the zone later.
use super::{Fault, SITE};
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "net-one-family-closed",
    from_outside: Some("net-one-family-closed"),
    shows: 521,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    for lost in ["    listen [::]:80;\n", "    listen [::]:443 ssl;\n"] {
        stage.replace(SITE, lost, "")?;
    }
    stage.order(&["systemctl", "restart", "nginx"]).map(|_| ())
}
