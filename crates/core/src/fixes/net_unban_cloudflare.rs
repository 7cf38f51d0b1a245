//! Takes Cloudflare's addresses off the lists of whoever bans them.
//!
//! # What it changes
//! The bans of Cloudflare's addresses are lifted in the tool that made them.
//!
//! # What could go wrong
//! The same log lines may lead to the same bans again, until that tool is told to leave Cloudflare alone and the
//! web server logs the visitor's address instead of Cloudflare's.
//!
//! # How we check
//! Every address of every range is accepted by the rules; then three visits in a row through the edge and one
//! straight to the origin are served.
//!
//! # By hand
//! `fail2ban-client unban ADDRESS`, and `ignoreip` in `/etc/fail2ban/jail.local` with Cloudflare's ranges.
use super::{Fix, Wants, net_allow_cloudflare_ranges};

/// The fix.
pub static UNIT: Fix = Fix {
    cures: &["net-ban-hits-cloudflare"],
    wants: |_, _| Wants { firewall: true, ..Wants::default() },
    plan: |finding, scene, seen| {
        net_allow_cloudflare_ranges::planned("net-unban-cloudflare", finding, scene, seen)
    },
};
