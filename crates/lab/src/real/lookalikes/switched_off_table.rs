//! A table that would drop everything is switched off.
//!
//! # What it looks like
//! The table `lockdown` of nftables is dormant; its chain has the policy to drop.
//!
//! # As in real life
//! A lockdown for emergencies, kept at hand.
use super::Lookalike;
use crate::real::{Raised, Trouble};

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &Raised) -> Result<(), Trouble> {
    let rules = "table inet lockdown {\n  flags dormant;\n  chain input {\n    \
         type filter hook input priority -10; policy drop;\n    tcp dport 22 accept\n  }\n}\n";
    stage.write("/etc/lockdown.nft", "644", rules.as_bytes())?;
    stage.order(&["nft", "-f", "/etc/lockdown.nft"]).map(|_| ())
}
