//! iptables drops everything before the rules that would let Cloudflare in.
//!
//! # What breaks
//! In both families a rule that drops all stands before those that accept Cloudflare's ranges.
//!
//! # As in real life
//! The rules for Cloudflare were added with `-A` to a host that had its last rule already.
use rayfix_core::ranges::Ranges;

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
    for (program, ipv6) in [("iptables", false), ("ip6tables", true)] {
        let add = |rule: &str| {
            let words: Vec<&str> = rule.split(' ').collect();
            stage.order(&[&[program, "-A", "INPUT"], &words[..]].concat()).map(|_| ())
        };
        add("-i lo -j ACCEPT")?;
        add("-m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT")?;
        add(if ipv6 { "-p ipv6-icmp -j ACCEPT" } else { "-p icmp -j ACCEPT" })?;
        add("-p tcp --dport 22 -j ACCEPT")?;
        add("-j DROP")?;
        for range in Ranges::built_in().prefixes() {
            if range.addr().is_ipv6() == ipv6 {
                add(&format!("-s {range} -p tcp -m multiport --dports 80,443 -j ACCEPT"))?;
            }
        }
    }
    Ok(())
}
