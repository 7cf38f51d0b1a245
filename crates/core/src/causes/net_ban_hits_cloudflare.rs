//! Addresses of Cloudflare's are banned on the origin, one by one.
//!
//! # What you see
//! Error 522 (or 521) on some visits, while others are served; it depends on the place, comes and goes,
//! and grows worse by the hour. Restarting fail2ban, or the machine, helps for a while.
//!
//! # What is wrong
//! fail2ban, CrowdSec, csf or a script counts failed logins and bad requests by the address that a
//! connection comes from. Behind Cloudflare that is an address of Cloudflare's, which hundreds of
//! visitors share: one of them misbehaves, and the ban hits all.
//!
//! # How we know
//! Looked into as root, the origin tells its rules and sets, and every address of every range is sent
//! through them as the kernel would. Single addresses that a rule or a set keeps out, while the ranges
//! around them come in, are bans. A whole range that is kept out is another cause. It is at most likely,
//! since nobody knows from which address a visit came. While all visits are served it is a note.
//!
//! # What to do
//! Lift the bans (`fail2ban-client unban ADDRESS`, `cscli decisions delete --ip ADDRESS`, `csf -dr
//! ADDRESS`), and except all of Cloudflare's ranges from further ones (`ignoreip`, a whitelist). Let the
//! web server log the visitor's own address, so that the right ones are banned.
//!
//! In nginx: `set_real_ip_from` for each range and `real_ip_header CF-Connecting-IP`. A ban of a visitor's
//! own address does nothing in the packet filter then, as their packets come from Cloudflare: use an
//! action that bans at Cloudflare (`cloudflare-token` in fail2ban, CrowdSec's Cloudflare bouncer).
//!
//! # Sources
//! - fail2ban docs, jail.conf(5) (ignoreip); CrowdSec docs, cscli decisions; csf's readme
//! - Cloudflare docs, page "Restoring original visitor IPs", read 2026-07
use super::{Cause, Verdict};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::host::firewall::{Aim, judge as judge_rules};

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C409",
    hop: Hop::Net,
    title: "addresses of Cloudflare's are banned on the origin, one by one",
    fixes: &["net-unban-cloudflare"],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    judge_rules(scene, Aim::Ban).explaining(&["net-firewall-blocks-cloudflare"])
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::host::Known;
    use crate::scene::host::firewall_sample::{Filter, OUT};
    use crate::scene::sample::{Sitting, check, page};

    fn flickering() -> Sitting {
        Sitting::filtered().served().visits_once(522, page(522))
    }

    #[test]
    fn is_likely_where_single_addresses_are_kept_out_and_some_visits_fail() {
        let bans = || Filter::open().bans(443, &["172.64.0.77/32", "162.158.9.4/32"]);
        check(&UNIT, flickering().filter(bans()), "blames, likely");
        check(&UNIT, Sitting::filtered().visits(522, page(522)).filter(bans()), "blames, likely");
        let by_set = Filter::open().bans(443, &["172.64.0.77/32"]).of("crowdsec");
        check(&UNIT, flickering().filter(by_set), "blames, likely");
    }

    #[test]
    fn clears_a_filter_without_bans_and_not_a_ban_that_no_visit_met() {
        check(&UNIT, flickering().filter(Filter::open()), "clears");
        let bans = Filter::open().bans(443, &["172.64.0.77/32"]);
        let unmet = "cannot tell: the same questions while the site fails: now it does not";
        check(&UNIT, Sitting::filtered().served().filter(bans), unmet);
    }

    #[test]
    fn leaves_whole_ranges_and_ports_that_the_edge_does_not_use_to_others() {
        let range = Filter::open().drops(443, &["172.64.0.0/13"]);
        check(&UNIT, flickering().filter(range), "clears");
        let other_port = Filter::open().bans(80, &["172.64.0.77/32"]);
        check(&UNIT, flickering().filter(other_port), "clears");
    }

    #[test]
    fn cannot_tell_where_the_rules_were_not_read() {
        check(&UNIT, flickering().filter(Filter::open().unknown(443)), "cannot tell");
        let says = "cannot tell: a longer look into the origin, such as --timeout 60: this one did not show it";
        check(&UNIT, flickering(), says);
        let outside = Sitting::healthy_origin().visits(522, page(522));
        check(&UNIT, outside, OUT);
        let here = Sitting::healthy_origin().visits(522, page(522)).on_origin(Known::Told);
        check(&UNIT, here, says);
    }
}
