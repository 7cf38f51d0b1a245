//! ufw lets in an old list of Cloudflare's ranges.
//!
//! # What breaks
//! ufw has a rule for each range that Cloudflare had in 2013, and of IPv6 for the best known one only; what
//! else comes in is dropped.
//!
//! # As in real life
//! The list was typed in once, and nobody looked at it since.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault =
    Fault { breeds: "net-firewall-blocks-cloudflare", from_outside: None, shows: 522, break_it };

/// As <https://www.cloudflare.com/ips> had them then; and the one of IPv6.
const OLD: [&str; 14] = [
    "204.93.240.0/24",
    "204.93.177.0/24",
    "199.27.128.0/21",
    "173.245.48.0/20",
    "103.21.244.0/22",
    "103.22.200.0/22",
    "103.31.4.0/22",
    "141.101.64.0/18",
    "108.162.192.0/18",
    "190.93.240.0/20",
    "188.114.96.0/20",
    "197.234.240.0/22",
    "198.41.128.0/17",
    "2606:4700::/32",
];

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    for range in OLD {
        let rule = ["allow", "proto", "tcp", "from", range, "to", "any", "port", "80,443"];
        stage.order(&[&["ufw"], &rule[..]].concat())?;
    }
    stage.order(&["ufw", "allow", "22/tcp"])?;
    stage.order(&["ufw", "--force", "enable"]).map(|_| ())
}
