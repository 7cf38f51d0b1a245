//! nftables drops by default, and lets in SSH only.
//!
//! # What breaks
//! The input chain's policy is to drop; rules accept what belongs to a connection, ICMP, and port 22.
//!
//! # As in real life
//! The example ruleset of a wiki page, loaded as it stands there.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "net-firewall-blocks-cloudflare",
    from_outside: Some("net-origin-silent"),
    shows: 522,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    let rules = "table inet filter {\n  chain input {\n    type filter hook input priority filter; policy drop;\n    \
         ct state established,related accept\n    iif lo accept\n    meta l4proto { icmp, ipv6-icmp } accept\n    \
         tcp dport 22 accept\n  }\n}\n";
    stage.write("/etc/nftables.conf", "644", rules.as_bytes())?;
    stage.order(&["nft", "-f", "/etc/nftables.conf"]).map(|_| ())
}
