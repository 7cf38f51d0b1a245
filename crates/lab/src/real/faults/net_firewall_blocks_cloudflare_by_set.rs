//! A set of nftables holds some of Cloudflare's ranges.
//!
//! # What breaks
//! What comes from the sets `bad4` and `bad6` is dropped; two ranges of Cloudflare's are in each of them.
//!
//! # As in real life
//! A list of bad networks was loaded from the internet, and Cloudflare's were on it.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault =
    Fault { breeds: "net-firewall-blocks-cloudflare", from_outside: None, shows: 522, break_it };

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    let rules = "table inet blocklist {\n  set bad4 {\n    type ipv4_addr; flags interval;\n    \
         elements = { 173.245.48.0/20, 103.31.4.0/22, 185.0.0.0/16 }\n  }\n  \
         set bad6 {\n    type ipv6_addr; flags interval;\n    \
         elements = { 2400:cb00::/32, 2405:b500::/32 }\n  }\n  \
         chain pre {\n    type filter hook prerouting priority raw;\n    \
         ip saddr @bad4 counter drop\n    ip6 saddr @bad6 counter drop\n  }\n}\n";
    stage.write("/etc/nftables.conf", "644", rules.as_bytes())?;
    stage.order(&["nft", "-f", "/etc/nftables.conf"]).map(|_| ())
}
