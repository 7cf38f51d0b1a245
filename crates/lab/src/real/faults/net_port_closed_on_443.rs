//! Nothing listens on port 443; the web server serves port 80.
//!
//! # What breaks
//! The site's lines for TLS are gone from nginx's configuration; the edge, in mode strict, asks
//! port 443.
//!
//! # As in real life
//! A site was set up for port 80 and Flexible, and the mode was raised afterwards; or a template
//! wrote the file anew.
use super::{Fault, SITE};
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "net-port-closed",
    from_outside: Some("net-port-closed"),
    shows: 521,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    for lost in ["    listen 443 ssl;\n", "    listen [::]:443 ssl;\n"] {
        stage.replace(SITE, lost, "")?;
    }
    stage.order(&["systemctl", "restart", "nginx"]).map(|_| ())
}
