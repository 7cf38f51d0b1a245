//! The firewall drops many, and none of them is Cloudflare.
//!
//! # What it looks like
//! Rules of iptables drop by address, by port, by state and by a set, before all else.
//!
//! # As in real life
//! Whatever gathers on a host in some years.
use super::Lookalike;
use crate::real::{Raised, Trouble};

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &Raised) -> Result<(), Trouble> {
    stage.order(&["ipset", "create", "bad", "hash:net"])?;
    for network in ["198.18.0.0/16", "185.0.0.0/16", "104.32.0.0/11", "172.16.0.0/12"] {
        stage.order(&["ipset", "add", "bad", network])?;
    }
    for rule in [
        "-A INPUT -m set --match-set bad src -j DROP",
        "-A INPUT -s 198.19.0.0/16 -j REJECT",
        "-A INPUT -p tcp --dport 25 -j DROP",
        "-A INPUT -m conntrack --ctstate INVALID -j DROP",
        "-A INPUT -p tcp --tcp-flags ALL NONE -j DROP",
        "-A FORWARD -j DROP",
    ] {
        let words: Vec<&str> = rule.split(' ').collect();
        stage.order(&[&["iptables"], &words[..]].concat())?;
    }
    Ok(())
}
