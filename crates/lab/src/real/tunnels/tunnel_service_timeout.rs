//! The service takes no connection.
//!
//! # What breaks
//! Packets to port 8000 are dropped; cloudflared gives up after `connectTimeout`.
//!
//! # As in real life
//! The service is on another machine, whose firewall drops the connector.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault =
    Fault { breeds: "tunnel-service-timeout", from_outside: None, shows: 502, break_it };

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    let rules = "table inet inside { chain input { type filter hook input priority 0; \
                 tcp dport 8000 drop; }; }";
    stage.write("/etc/inside.nft", "644", rules.as_bytes())?;
    stage.order(&["nft", "-f", "/etc/inside.nft"])?;
    super::reconfigure(
        stage,
        "service: http://localhost:80",
        "service: http://localhost:8000\n    originRequest:\n      connectTimeout: 1s",
    )?;
    super::connected(stage)
}
