//! Nothing gets out to port 7844.
//!
//! # What breaks
//! A rule drops what goes out to TCP port 7844; the connector is restarted and never connects.
//!
//! # As in real life
//! A new policy for outgoing traffic allows 80 and 443 only.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "tunnel-edge-unreachable",
    from_outside: Some("tunnel-down"),
    shows: 530,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    let rules = "table inet out { chain output { type filter hook output priority 0; \
                 meta l4proto { tcp, udp } th dport { 7844, 7845 } drop; }; }";
    stage.write("/etc/out.nft", "644", rules.as_bytes())?;
    stage.order(&["nft", "-f", "/etc/out.nft"])?;
    super::begin_again(stage)?;
    let journal = ["journalctl", "--unit=cloudflared", "--no-pager", "--output=cat"];
    stage.until(&journal, |said| said.contains("Unable to establish connection"))
}
