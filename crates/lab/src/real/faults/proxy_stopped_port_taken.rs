//! The web server does not start, since another program has its port.
//!
//! # What breaks
//! A preview server was started on port 80 while nginx was down; nginx cannot bind to it and gives
//! up, so nothing listens on port 443.
//!
//! # As in real life
//! Apache was installed as a dependency and started; or a container publishes port 80.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault =
    Fault { breeds: "proxy-stopped", from_outside: Some("net-port-closed"), shows: 521, break_it };

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.order(&["systemctl", "stop", "nginx"])?;
    let preview = ["python3", "-m", "http.server", "--directory", "/srv", "--bind", "::", "80"];
    stage.order(&[&["systemd-run", "--unit=preview"], &preview[..]].concat())?;
    stage.until(&["ss", "-Hltn", "sport = :80"], |listeners| !listeners.is_empty())?;
    stage.exec_in_origin(&["systemctl", "start", "nginx"])?.failed().map(|_| ())
}
