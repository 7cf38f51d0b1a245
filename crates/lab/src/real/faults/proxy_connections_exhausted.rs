//! nginx has no connection left for the app.
//!
//! # What breaks
//! `worker_connections` is so small that one visitor's connection fits beside the listening
//! sockets, and none to the app; nginx answers 500.
//!
//! # As in real life
//! The default of 768 is half of that in visitors, since each takes two; a slow app holds them for
//! long.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault =
    Fault { breeds: "proxy-connections-exhausted", from_outside: None, shows: 500, break_it };

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    // Four listening sockets, the channel to the main process, and the visitor.
    stage.replace("/etc/nginx/nginx.conf", "worker_connections 768;", "worker_connections 6;")?;
    stage.order(&["systemctl", "restart", "nginx"]).map(|_| ())
}
