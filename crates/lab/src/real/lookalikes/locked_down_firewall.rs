//! The firewall lets in the edge and nobody else.
//!
//! # What it looks like
//! nftables drops everything by default and accepts the web's ports from Cloudflare's ranges only.
//!
//! # As in real life
//! What Cloudflare itself recommends.
use rayfix_core::ranges::Ranges;

use super::Lookalike;
use crate::real::{Raised, Trouble};

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &Raised) -> Result<(), Trouble> {
    let mut rules = String::from(
        "table inet filter {\n  chain input {\n    type filter hook input priority filter; policy drop;\n    \
         ct state established,related accept\n    iif lo accept\n    meta l4proto 58 accept\n",
    );
    for prefix in Ranges::built_in().prefixes() {
        let prefix = prefix.to_string();
        let family = if prefix.contains(':') { "ip6" } else { "ip" };
        rules.push_str(&format!("    {family} saddr {prefix} tcp dport {{ 80, 443 }} accept\n"));
    }
    rules.push_str("  }\n}\n");
    stage.write("/etc/nftables.conf", "644", rules.as_bytes())?;
    stage.order(&["nft", "-f", "/etc/nftables.conf"]).map(|_| ())
}
