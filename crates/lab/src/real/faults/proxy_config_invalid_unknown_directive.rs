//! nginx does not start, since it does not know a directive.
//!
//! # What breaks
//! A snippet turns on brotli, whose module is not installed; nginx was restarted, and did not come
//! up again.
//!
//! # As in real life
//! A configuration was copied from a host with more modules, or an upgrade took a module away.
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
    stage.write("/etc/nginx/conf.d/compression.conf", "644", b"brotli on;\n")?;
    stage.exec_in_origin(&["systemctl", "restart", "nginx"])?.failed().map(|_| ())
}
