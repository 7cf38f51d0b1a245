//! A firewall keeps Cloudflare's addresses from the origin.
//!
//! # What you see
//! Error 522 (or 521, where the firewall rejects) through Cloudflare, while the same page comes at
//! once when the origin is asked straight. If only some of Cloudflare's ranges are kept out, some
//! visits fail and others do not, and it depends on the place.
//!
//! # What is wrong
//! A packet filter, a cloud provider's security group, or a ban (fail2ban and the like) drops or
//! rejects connections from Cloudflare's addresses. To the origin all visitors come from these few
//! addresses, so limits by address hit them first; and an old list of ranges lets in only a part.
//!
//! # How we know
//! Looked into as root, the origin tells its rules and routes, and every address of every range is sent
//! through them as the kernel would: which ranges are dropped or rejected at the ports that the edge
//! uses, and by which rule. It is certain where no range comes in, somebody listens behind the rules,
//! and visits end as they then must; where a part is kept out, it is likely, since nobody knows from
//! which address a visit came. Reasons that differ are told apart: a range that is missing from a list, a
//! rule that stands before the one that would accept, a port or a family that was forgotten. A host that
//! accepts all ranges and nobody else is in order.
//!
//! From outside: the origin accepts connections from here, on every road that the edge may take, and the edge says
//! that it does not: what differs is who connects. It is likely and never certain from outside, for
//! the record may hold another address, or the origin be too busy at times. Where the edge says only
//! 502, it is possible: the origin may answer the edge, and badly. Where some visits are served, it is
//! possible too: the record may hold several machines, of which one is down.
//!
//! # What to do
//! On the origin, `sudo rayfix firewall` names the rule that keeps Cloudflare's addresses out. Admit all
//! of `https://www.cloudflare.com/ips-v4` and `/ips-v6` on ports 80 and 443, in the program that manages
//! the rules (ufw, firewalld, nft). If the host accepts them all, look at the provider's security group.
//!
//! If none does, compare the record's address with the machine's: `dns-record-not-this-host` looks the
//! same from outside.
//!
//! # Sources
//! - Cloudflare docs, pages error-521, error-522 and cloudflare-ip-addresses, read 2026-07
use super::{Cause, Confidence, Need, Verdict};
use crate::evidence::edge::Column;
use crate::evidence::{PageForm, ReadingId};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::direct::{every_road_serves, later_than_the_visits};
use crate::scene::families::accepted;
use crate::scene::host::firewall::{Aim, accepts_all, blame as blame_rules, charge, shut, unmet};
use crate::scene::suspect::{deduped, hidden_by};
use crate::scene::visits::{EdgeState, Visit};
use crate::scene::witness::unvisited;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C405",
    hop: Hop::Net,
    title: "a firewall keeps Cloudflare's addresses from the origin",
    fixes: &["net-allow-cloudflare-ranges"],
    judge,
};

/// What an origin that is kept from the edge looks like, from here and from elsewhere.
const EXPLAINED: [&str; 3] = ["net-origin-silent", "net-port-closed", "net-origin-unreachable"];

fn judge(scene: &Scene<'_>) -> Verdict {
    let visits = &scene.visits;
    if visits.state() != EdgeState::Works && !visits.direct {
        if let Some(charge) = charge(scene, Aim::Firewall) {
            return blame_rules(scene, &charge).explaining(&EXPLAINED);
        }
        if !shut(scene).is_empty() {
            return Verdict::needs([Need::Mend(Hop::Net)]);
        }
    }
    if let Some(verdict) = unmet(scene, Aim::Firewall) {
        return verdict;
    }
    match (from_outside(scene), accepts_all(scene)) {
        // What is left is a firewall outside the host.
        (verdict @ Verdict::Blames(_), Some(_)) => {
            verdict.at_most(Confidence::Possible).with("host_accepts", true)
        }
        (verdict, _) => verdict,
    }
}

fn from_outside(scene: &Scene<'_>) -> Verdict {
    let visits = &scene.visits;
    match visits.state() {
        EdgeState::Works => return Verdict::clears(visits.good_ids()),
        EdgeState::NotVisited | EdgeState::Unvisitable if !visits.direct => {
            return Verdict::needs([Need::Visit]);
        }
        _ if visits.direct => return Verdict::needs([Need::Mend(Hop::Dns)]),
        _ => {}
    }
    if let Some(need) = unvisited(scene) {
        return Verdict::needs([need]);
    }
    match (scene.symptom.error_code, scene.symptom.status) {
        (Some(_), _) | (None, Some(530)) => Verdict::needs([Need::Mend(Hop::Edge)]),
        (None, Some(status @ (521 | 522))) => match every_road_accepts(scene) {
            Some(accepts) => {
                let contrast = every_road_serves(scene).map_or(accepts.clone(), |mut serves| {
                    serves.extend(accepts);
                    deduped(serves)
                });
                // Where some visits are served, a machine of several that is down is as near.
                let flickers = visits.state() == EdgeState::Flickers;
                let sure = if flickers { Confidence::Possible } else { Confidence::Likely };
                blame(scene, sure, status, contrast)
            }
            None => open(scene),
        },
        (None, Some(502)) if visits.commonest().is_some_and(is_vague) => {
            match every_road_serves(scene).filter(|_| later_than_the_visits(scene).is_none()) {
                Some(serves) => blame(scene, Confidence::Possible, 502, serves),
                None => open(scene),
            }
        }
        // The edge got through the connection, and names what came of it.
        (None, Some(520 | 524..=526)) => Verdict::clears(visits.bad_ids()),
        _ => open(scene),
    }
}

fn blame(scene: &Scene<'_>, sure: Confidence, status: u16, contrast: Vec<ReadingId>) -> Verdict {
    let visits = &scene.visits;
    let because = visits.bad_ids();
    let share = format!("{} of {}", because.len(), visits.bad.len() + visits.good.len());
    Verdict::blames(sure, because)
        .contrasting(contrast)
        .with("share_failed", share)
        .with("edge_status", status)
}

/// A 502 that does not say whose it is. A bare page is the edge's own.
fn is_vague(visit: &Visit<'_>) -> bool {
    visit.page.is_none_or(|page| {
        page.form != PageForm::Unbranded && page.column != Some(Column::Cloudflare)
    })
}

fn every_road_accepts(scene: &Scene<'_>) -> Option<Vec<ReadingId>> {
    let used = scene.used_roads();
    let all: Option<Vec<ReadingId>> =
        used.iter().map(|(road, modes)| accepted(road, *modes.first()?)).collect();
    all.filter(|all| !all.is_empty()).map(deduped)
}

fn open(scene: &Scene<'_>) -> Verdict {
    if scene.used_roads().is_empty() {
        return Verdict::needs([Need::OriginAddress]);
    }
    match hidden_by(scene, Hop::Host) {
        Some(Hop::Net) | None => {
            let mode = scene.modes.settled().is_none().then_some(Need::SslMode);
            let needs: Vec<Need> = mode.into_iter().chain([Need::OnOrigin]).collect();
            Verdict::needs(needs)
        }
        Some(at) => Verdict::needs([Need::Mend(at)]),
    }
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::{HttpAnswer, TcpAnswer, VisitAnswer};
    use crate::hop::Hop;
    use crate::scene::host::firewall_sample::Filter;
    use crate::scene::sample::{Sitting, bare_page, check, greeted, page, reply, silent};
    use crate::target::SslMode;

    #[test]
    fn is_likely_and_never_certain_when_the_edge_is_kept_out_and_we_are_not() {
        let origin = Sitting::healthy_origin;
        check(&UNIT, origin().visits(522, page(522)), "blames, likely");
        check(&UNIT, origin().visits(521, None), "blames, likely");
        check(&UNIT, origin().served().visits_once(522, page(522)), "blames, possible");
        let both = Sitting::new().origin_works().visits(522, page(522));
        let both = both.on_port_80().tcp(TcpAnswer::Refused).unreached(Hop::Net);
        check(&UNIT, both, "blames, likely");
    }

    #[test]
    fn is_certain_where_the_rules_let_no_range_in_and_somebody_listens_behind_them() {
        let failing = |status| Sitting::filtered().visits(status, page(status));
        let shut = || Filter::open().shuts(443);
        check(&UNIT, failing(522).filter(shut()), "blames, certain");
        check(&UNIT, failing(521).filter(shut()), "blames, certain");
        check(&UNIT, failing(502).filter(shut()), "blames, likely");
        check(&UNIT, failing(522).filter(shut().in_part()), "blames, likely");
        let nobody = Sitting::filtered_without_listener().visits(522, page(522));
        check(&UNIT, nobody.filter(shut()), "blames, likely");
        // It came in all the same.
        check(&UNIT, failing(526).filter(shut()), "blames, possible");
    }

    #[test]
    fn is_likely_where_the_rules_keep_a_part_out() {
        let part = || Filter::open().drops(443, &["172.64.0.0/13"]);
        let at_times = || Sitting::filtered().served().visits_once(522, page(522));
        check(&UNIT, at_times().filter(part()), "blames, likely");
        check(&UNIT, Sitting::filtered().visits(522, page(522)).filter(part()), "blames, likely");
        check(&UNIT, Sitting::filtered().visits(502, page(502)).filter(part()), "blames, likely");
    }

    #[test]
    fn is_no_more_than_possible_where_the_host_accepts_every_range() {
        let failing = || Sitting::filtered().visits(522, page(522));
        check(&UNIT, failing().filter(Filter::open()), "blames, possible");
        // Port 80 is not the edge's here.
        check(&UNIT, failing().filter(Filter::open().shuts(80)), "blames, possible");
        check(&UNIT, failing().filter(Filter::open().unknown(443)), "blames, likely");
    }

    #[test]
    fn leaves_bans_routes_and_answers_to_their_own_causes() {
        let failing = || Sitting::filtered().visits(522, page(522));
        for filter in [
            Filter::open().bans(443, &["172.64.0.77/32"]),
            Filter::open().loses_the_way(443, ""),
            Filter::open().keeps_answers(443),
        ] {
            check(&UNIT, failing().filter(filter), "cannot tell: mend what breaks at net first");
        }
    }

    #[test]
    fn is_only_possible_when_the_edge_says_no_more_than_502() {
        check(&UNIT, Sitting::healthy_origin().visits(502, page(502)), "blames, possible");
        let at_times = Sitting::healthy_origin().served().visits_once(502, page(502));
        check(&UNIT, at_times, "blames, possible");
    }

    #[test]
    fn clears_the_firewall_when_visits_get_through_it() {
        check(&UNIT, Sitting::healthy(), "clears");
        check(&UNIT, Sitting::healthy_origin().visits(526, page(526)), "clears");
        check(&UNIT, Sitting::new().visits(524, page(524)), "clears");
    }

    #[test]
    fn does_not_clear_a_filter_that_shuts_out_a_part_which_no_visit_met() {
        let part = || Filter::open().drops(443, &["172.64.0.0/13"]);
        let unmet = "cannot tell: the same questions while the site fails: now it does not";
        check(&UNIT, Sitting::filtered().served().filter(part()), unmet);
        check(&UNIT, Sitting::filtered().served().filter(Filter::open()), "clears");
    }

    #[test]
    fn leaves_an_origin_that_fails_when_asked_straight_and_the_edges_own_page() {
        let accepts = || Sitting::new().mode(SslMode::Strict).tcp(TcpAnswer::Accepted);
        let fails = accepts().tls(greeted(vec![])).replies(502).visits(502, page(502));
        check(&UNIT, fails, "cannot tell: mend what breaks at http first");
        let denies = accepts().tls(greeted(vec![])).request(HttpAnswer::Replied(reply(200)));
        let denies = denies.dressed(HttpAnswer::Empty { reset: true, after_ms: 2 });
        check(&UNIT, denies.visits(502, page(502)), "cannot tell");
        check(&UNIT, Sitting::healthy_origin().visits(502, bare_page(502)), "cannot tell");
        check(&UNIT, Sitting::healthy_origin().visits(530, page(1033)), "cannot tell");
    }

    #[test]
    fn cannot_tell_when_the_origin_is_silent_to_us_too_or_unknown() {
        let hushed = Sitting::new().mode(SslMode::Strict).tcp(silent()).unreached(Hop::Net);
        let need =
            "cannot tell: a look into the origin: run rayfix there, or add --ssh root@ORIGIN here";
        check(&UNIT, hushed.visits(522, page(522)), need);
        let need = "cannot tell: the origin's address: --origin ADDR";
        check(&UNIT, Sitting::new().no_origin().visits(522, page(522)), need);
        check(&UNIT, Sitting::new(), "cannot tell");
        let straight = VisitAnswer::Nothing { tcp: silent() };
        check(&UNIT, Sitting::new().trace(false).visit_straight(straight), "cannot tell");
    }
}
