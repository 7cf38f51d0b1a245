//! The origin's firewall drops one of Cloudflare's ranges.
//!
//! # What breaks
//! nftables drops what comes from 172.64.0.0/13 to ports 80 and 443; from all the others it comes
//! in.
//!
//! # As in real life
//! A list of allowed ranges was typed in years ago, or one attack was answered with one ban.
use super::Fault;
use super::net_firewall_blocks_cloudflare::drop_from;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault =
    Fault { breeds: "net-firewall-blocks-cloudflare", from_outside: None, shows: 522, break_it };

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    drop_from(stage, vec!["172.64.0.0/13".to_owned()])
}
