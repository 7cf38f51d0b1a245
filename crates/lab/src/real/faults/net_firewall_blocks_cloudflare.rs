//! The origin's firewall drops the edge and lets others in.
//!
//! # What breaks
//! A set of nftables holds all of Cloudflare's ranges; what comes from there to ports 80 and 443
//! is dropped.
//!
//! # As in real life
//! A ban list counted all visitors under the few addresses of the edge, and somebody banned the
//! ranges.
use rayfix_core::ranges::Ranges;

use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "net-firewall-blocks-cloudflare",
    from_outside: Some("net-firewall-blocks-cloudflare"),
    shows: 522,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    let every = Ranges::built_in();
    drop_from(stage, every.prefixes().iter().map(ToString::to_string).collect())
}

/// Drops what comes from these prefixes to the web server.
pub(super) fn drop_from(stage: &Raised, prefixes: Vec<String>) -> Result<(), Trouble> {
    let (v6, v4): (Vec<String>, Vec<String>) = prefixes.into_iter().partition(|p| p.contains(':'));
    let mut rules = String::from(
        "table inet filter {\n  chain input {\n    type filter hook input priority filter;\n",
    );
    for (family, prefixes) in [("ip", v4), ("ip6", v6)] {
        if !prefixes.is_empty() {
            let set = prefixes.join(", ");
            rules.push_str(&format!(
                "    {family} saddr {{ {set} }} tcp dport {{ 80, 443 }} drop\n"
            ));
        }
    }
    rules.push_str("  }\n}\n");
    stage.write("/etc/nftables.conf", "644", rules.as_bytes())?;
    stage.order(&["nft", "-f", "/etc/nftables.conf"]).map(|_| ())
}
