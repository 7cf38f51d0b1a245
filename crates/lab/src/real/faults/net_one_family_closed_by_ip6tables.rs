//! ip6tables drops the web's ports, and iptables does not.
//!
//! # What breaks
//! The policy of IPv6's input is to drop, with rules for SSH and for what IPv6 itself needs; IPv4 has no rule.
//!
//! # As in real life
//! A script that closes IPv6 for now, on a host whose zone has an AAAA record.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "net-one-family-closed",
    from_outside: Some("net-one-family-closed"),
    shows: 522,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    for rule in [
        "-A INPUT -i lo -j ACCEPT",
        "-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
        "-A INPUT -p ipv6-icmp -j ACCEPT",
        "-A INPUT -p tcp --dport 22 -j ACCEPT",
        "-P INPUT DROP",
    ] {
        let words: Vec<&str> = rule.split(' ').collect();
        stage.order(&[&["ip6tables"], &words[..]].concat())?;
    }
    Ok(())
}
