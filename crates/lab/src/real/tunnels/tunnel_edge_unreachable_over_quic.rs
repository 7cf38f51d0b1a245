//! QUIC does not get out, and the connector is told to use nothing else.
//!
//! # What breaks
//! UDP port 7844 is dropped; the configuration says `protocol: quic`, which knows no fallback.
//!
//! # As in real life
//! A firewall that lets TCP out but no UDP.
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
                 udp dport 7844 drop; }; }";
    stage.write("/etc/out.nft", "644", rules.as_bytes())?;
    stage.order(&["nft", "-f", "/etc/out.nft"])?;
    super::reconfigure(stage, "protocol: http2", "protocol: quic")?;
    let journal = ["journalctl", "--unit=cloudflared", "--no-pager", "--output=cat"];
    stage.until(&journal, |said| said.contains("Failed to dial a quic connection"))
}
