//! QUIC does not get out, and the connector's unit asks for nothing else.
//!
//! # What breaks
//! UDP port 7844 is dropped; the unit sets `TUNNEL_TRANSPORT_PROTOCOL=quic`, which wins over the configuration and
//! knows no fallback.
//!
//! # As in real life
//! A unit written for a host with open doors is taken to one that lets out TCP alone.
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
    let unit = "/etc/systemd/system/cloudflared.service";
    stage.replace(
        unit,
        "Type=notify\n",
        "Type=notify\nEnvironment=TUNNEL_TRANSPORT_PROTOCOL=quic\n",
    )?;
    stage.order(&["systemctl", "daemon-reload"])?;
    super::begin_again(stage)?;
    let journal = ["journalctl", "--unit=cloudflared", "--no-pager", "--output=cat"];
    stage.until(&journal, |said| said.contains("Failed to dial a quic connection"))
}
