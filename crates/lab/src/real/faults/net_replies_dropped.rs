//! The origin's answers are dropped on their way out.
//!
//! # What breaks
//! iptables drops what goes out by default, in both families; rules let the host's own questions out (names,
//! web, time), and nothing lets answers out.
//!
//! # As in real life
//! Outgoing traffic was to be limited to what the host needs, and answers were forgotten.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "net-replies-dropped",
    from_outside: Some("net-origin-silent"),
    shows: 522,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    for program in ["iptables", "ip6tables"] {
        for rule in [
            "-A OUTPUT -o lo -j ACCEPT",
            "-A OUTPUT -p udp -m multiport --dports 53,123 -j ACCEPT",
            "-A OUTPUT -p tcp -m multiport --dports 53,80,443 -j ACCEPT",
        ] {
            let words: Vec<&str> = rule.split(' ').collect();
            stage.order(&[&[program], &words[..]].concat())?;
        }
    }
    stage.order(&["ip6tables", "-A", "OUTPUT", "-p", "ipv6-icmp", "-j", "ACCEPT"])?;
    stage.order(&["iptables", "-P", "OUTPUT", "DROP"])?;
    stage.order(&["ip6tables", "-P", "OUTPUT", "DROP"]).map(|_| ())
}
