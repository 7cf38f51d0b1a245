//! nginx does not start, since a certificate that it names is gone.
//!
//! # What breaks
//! The file that `ssl_certificate` names is deleted; nginx was restarted, and did not come up
//! again.
//!
//! # As in real life
//! `certbot delete`, or a folder that was restored from a backup without its keys.
use super::Fault;
use crate::real::CERTIFICATES;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "proxy-config-invalid",
    from_outside: Some("net-port-closed"),
    shows: 521,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.order(&["rm", &format!("{CERTIFICATES}/fullchain.pem")])?;
    stage.exec_in_origin(&["systemctl", "restart", "nginx"])?.failed().map(|_| ())
}
