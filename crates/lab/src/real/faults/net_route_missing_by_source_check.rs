//! The check of sources refuses what would be answered by another interface.
//!
//! # What breaks
//! Three of Cloudflare's ranges are routed to a second interface, and the first one checks strictly whether
//! an answer would leave by it.
//!
//! # As in real life
//! A VPN took more of the address space than it should, on a host with `rp_filter` = 1.
use super::Fault;
use crate::real::{Raised, Trouble, command};

/// The fault.
pub static UNIT: Fault =
    Fault { breeds: "net-route-missing", from_outside: None, shows: 522, break_it };

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.order(&["ip", "link", "add", "vpn0", "type", "veth", "peer", "name", "vpn1"])?;
    stage.order(&["ip", "link", "set", "vpn0", "up"])?;
    stage.order(&["ip", "link", "set", "vpn1", "up"])?;
    for range in ["173.245.48.0/20", "103.22.200.0/22", "103.31.4.0/22"] {
        stage.order(&["ip", "route", "add", range, "dev", "vpn0"])?;
    }
    // Within, the switches can only be read: they are set from here, in the origin's network.
    let switch = ["sysctl", "-q", "-w", "net.ipv4.conf.eth0.rp_filter=1"];
    let entered = [&["nsenter", "--net", "--target", stage.leader(), "--"], &switch[..]].concat();
    command::run(&entered, b"")?.succeeded().map(|_| ())
}
