//! No route leads from the origin back to Cloudflare's addresses.
//!
//! # What you see
//! Error 522 or 523, on all visits or on those from some places. The web server runs, the firewall is
//! open, and connections that come in are never answered.
//!
//! # What is wrong
//! An answer is sent by the routes of the origin, whatever way the question came. There is none for the
//! address (no default route, or none for IPv6), or one that leads nowhere: a `blackhole` against an
//! attack, an `ip rule` for a second line whose table is empty. Or the kernel throws the question itself
//! away, since its answer would leave by another interface than it came in by (`rp_filter` = 1).
//!
//! # How we know
//! Looked into as root, the origin tells its routes and routing rules, and the answer to every address of
//! every range is looked up in them as the kernel does. It is certain where no range has a way back,
//! somebody listens, and visits end as they then must; for a part, likely. A route that leads out by a
//! line that is dead further on is not seen here.
//!
//! # What to do
//! `ip route get 172.64.0.1` and `ip -6 route get 2606:4700::1` on the origin have to name the interface
//! that leads outside. Put the default route back (`ip route add default via GATEWAY`), take routes that
//! end at Cloudflare's ranges away (`ip route del blackhole RANGE`), and look at `ip rule`.
//!
//! With two lines, let each answer by the line that it came by: `ip rule add from ADDRESS lookup TABLE`,
//! with a default route in that table; or let the check of sources be loose, `sysctl -w
//! net.ipv4.conf.all.rp_filter=2`.
//!
//! # Sources
//! - ip-route(8), ip-rule(8); Linux docs, networking/ip-sysctl (rp_filter)
//! - Cloudflare docs, pages error-522 and error-523, read 2026-07
use super::{Cause, Verdict};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::host::firewall::{Aim, judge as judge_rules};

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C410",
    hop: Hop::Net,
    title: "no route leads from the origin back to Cloudflare's addresses",
    fixes: &["net-allow-cloudflare-ranges"],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    judge_rules(scene, Aim::Route).explaining(&[
        "net-firewall-blocks-cloudflare",
        "net-one-family-closed",
        "net-origin-silent",
        "net-origin-unreachable",
    ])
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::host::Known;
    use crate::scene::host::firewall_sample::{Filter, OUT};
    use crate::scene::sample::{Sitting, check, page};

    fn failing(status: u16) -> Sitting {
        Sitting::filtered().visits(status, page(status))
    }

    #[test]
    fn is_certain_where_no_range_has_a_way_back_and_somebody_listens() {
        let lost = || Filter::open().loses_the_way(443, "");
        check(&UNIT, failing(522).filter(lost()), "blames, certain");
        check(&UNIT, failing(523).filter(lost()), "blames, certain");
        let by_rule = Filter::open().loses_the_way(443, "from 203.0.113.7 lookup 100");
        check(&UNIT, failing(522).filter(by_rule), "blames, certain");
    }

    #[test]
    fn is_likely_where_a_part_has_none() {
        let some = || Filter::open().loses(443, &["162.158.0.0/15"], "blackhole 162.158.0.0/15");
        check(&UNIT, failing(522).filter(some()), "blames, likely");
        let at_times = Sitting::filtered().served().visits_once(522, page(522));
        check(&UNIT, at_times.filter(some()), "blames, likely");
    }

    #[test]
    fn is_likely_on_a_host_that_has_an_address_and_speaks_from_none() {
        let sockets = ["0.0.0.0:443 nginx", "0.0.0.0:80 nginx"];
        let mute = Sitting::new().no_origin().visits(522, page(522)).on_origin(Known::Told);
        let mute = mute.sockets(&sockets).filter(Filter::open().loses_the_way(443, ""));
        check(&UNIT, mute, "blames, likely");
    }

    #[test]
    fn clears_routes_that_lead_back() {
        check(&UNIT, failing(522).filter(Filter::open()), "clears");
        let served = Sitting::filtered().served().filter(Filter::open().loses_the_way(443, ""));
        check(&UNIT, served, "clears");
    }

    #[test]
    fn leaves_rules_that_drop_to_the_firewall() {
        check(&UNIT, failing(522).filter(Filter::open().shuts(443)), "clears");
        check(&UNIT, failing(522).filter(Filter::open().keeps_answers(443)), "clears");
    }

    #[test]
    fn cannot_tell_from_outside() {
        check(&UNIT, Sitting::healthy_origin().visits(522, page(522)), OUT);
        check(&UNIT, failing(522).filter(Filter::open().unknown(443)), "cannot tell");
    }
}
