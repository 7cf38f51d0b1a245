//! The DNS record points at another machine than the origin.
//!
//! # What you see
//! Error 521, 522, 523 or 526, or a site that is not yours, although the origin serves when it is
//! asked straight. Often after a move to another host: the old address still stands in the record.
//!
//! # What is wrong
//! The edge fetches the site from the address in the record, and that is not the machine that you
//! look at. Its neighbours look alike from outside: a firewall that keeps Cloudflare out gives the
//! same 522.
//!
//! # How we know
//! Behind a proxied record the address is known to Cloudflare alone, so from outside it cannot be
//! seen; the account's DNS records tell. Where they hold none of the given addresses, every visit
//! fails as an origin fails, and the given origin serves when it is asked straight, it is certain.
//! Where they hold the given address and another one, or the given origin fails as well, it is likely.
//! Without the account: where the edge gets no connection at all and the given
//! origin accepts ours, it is possible. Where the name leads straight to machines of its own, past
//! Cloudflare, it can be seen: visits go to another address and fail there while the given origin
//! serves.
//!
//! # What to do
//! In the Cloudflare dashboard, under DNS, compare the A and AAAA records of this name with the
//! addresses of the machine: `ip -brief address` on it, or `curl -4 https://icanhazip.com`. Correct
//! the record that differs, and delete those that are left over.
//!
//! # Sources
//! - Cloudflare docs, pages error-521, error-522 and error-523, read 2026-07
use std::net::IpAddr;

use super::{Cause, Confidence, Need, Verdict};
use crate::evidence::{PageForm, Question, ReadingId};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::direct::every_road_serves;
use crate::scene::families::accepted;
use crate::scene::suspect::{deduped, hidden_by};
use crate::scene::visits::{EdgeState, Visit};
use crate::scene::witness::is_inside;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C104",
    hop: Hop::Dns,
    title: "the DNS record points at another machine than the origin",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    match scene.visits.state() {
        EdgeState::Works => return Verdict::clears(scene.visits.good_ids()),
        EdgeState::NotVisited => return Verdict::needs([Need::Visit]),
        EdgeState::Unvisitable | EdgeState::Fails | EdgeState::Flickers => {}
    }
    if scene.target.origins.is_empty() {
        return Verdict::needs([Need::OriginAddress]);
    }
    if scene.visits.direct {
        return straight(scene);
    }
    if let Some(verdict) = by_the_records(scene) {
        return verdict;
    }
    let fails = scene.visits.state() == EdgeState::Fails;
    let no_way =
        matches!((scene.symptom.error_code, scene.symptom.status), (None, Some(521..=523)));
    match (hidden_by(scene, Hop::Host), every_road_accepts(scene)) {
        // The edge gets no connection, and we do: it may well knock at another door.
        (_, Some(accepts)) if fails && no_way => {
            Verdict::blames(Confidence::Possible, scene.visits.bad_ids()).contrasting(accepts)
        }
        (Some(at), _) => Verdict::needs([Need::Mend(at)]),
        (None, _) => Verdict::needs([Need::Account]),
    }
}

/// The verdict where the account told what the edge dials.
fn by_the_records(scene: &Scene<'_>) -> Option<Verdict> {
    let (id, strange, all) = scene.dials_others()?;
    if strange.is_empty() {
        return Some(Verdict::clears([id]));
    }
    let status = scene.symptom.status?;
    // The edge came as far as an origin, or did not reach one.
    let of_an_origin = matches!(status, 500 | 502..=504 | 520..=526);
    if scene.symptom.error_code.is_some_and(|code| code >= 1000) {
        return None;
    }
    let serves = every_road_serves(scene);
    let inside = |origin: &crate::target::Origin| is_inside(origin.address);
    let own = scene.visits.commonest().and_then(|visit| visit.page).map(|page| page.form);
    let sure = all
        && serves.is_some()
        && of_an_origin
        && own != Some(PageForm::Unbranded)
        && scene.visits.state() == EdgeState::Fails
        && !scene.target.origins_assumed
        && !scene.target.origins.iter().all(inside);
    let confidence = if sure { Confidence::Certain } else { Confidence::Likely };
    let mut because = vec![id];
    because.extend(scene.visits.bad_ids().first());
    let strange: Vec<String> = strange.iter().map(ToString::to_string).collect();
    Some(
        Verdict::blames(confidence, because)
            .contrasting(serves.unwrap_or_default())
            .with("leads_to", strange.join(", ")),
    )
}

fn every_road_accepts(scene: &Scene<'_>) -> Option<Vec<ReadingId>> {
    let used = scene.used_roads();
    let all: Option<Vec<ReadingId>> =
        used.iter().map(|(road, modes)| accepted(road, *modes.first()?)).collect();
    all.filter(|all| !all.is_empty()).map(deduped)
}

/// Where no edge is in between, the lookup shows the record.
fn straight(scene: &Scene<'_>) -> Verdict {
    let given = |ip: IpAddr| scene.target.origins.iter().any(|origin| origin.address == ip);
    let here = |visit: &&Visit<'_>| address(visit).is_some_and(given);
    let at_home: Vec<ReadingId> =
        scene.visits.bad.iter().filter(here).map(|visit| visit.reading.id).collect();
    if !at_home.is_empty() {
        return Verdict::clears(at_home);
    }
    let Some(serves) = every_road_serves(scene) else {
        return Verdict::needs(
            [hidden_by(scene, Hop::Host).map_or(Need::OtherVantage, Need::Mend)],
        );
    };
    let verdict = Verdict::blames(Confidence::Likely, scene.visits.bad_ids()).contrasting(serves);
    let leads_to = scene.visits.bad.iter().find_map(address);
    leads_to.into_iter().fold(verdict, |verdict, ip| verdict.with("leads_to", ip.to_string()))
}

fn address(visit: &Visit<'_>) -> Option<IpAddr> {
    match &visit.reading.question {
        Question::Visit { to, .. } => Some(to.ip()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::account::{AccountQuestion, RefusalKind};
    use crate::evidence::{TcpAnswer, VisitAnswer};
    use crate::hop::Hop;
    use crate::scene::sample::{Sitting, check, page};
    use crate::target::SslMode;

    const ACCOUNT: &str = "cannot tell: a look into the Cloudflare account: DNS records, tunnel, \
                           origin status counts";

    #[test]
    fn is_no_more_than_possible_behind_a_proxied_record() {
        for status in [521, 522, 523] {
            let sitting = Sitting::healthy_origin().visits(status, page(status));
            check(&UNIT, sitting, "blames, possible");
        }
        check(&UNIT, Sitting::healthy_origin().visits(526, page(526)), ACCOUNT);
        check(&UNIT, Sitting::healthy_origin().served().visits_once(522, page(522)), ACCOUNT);
    }

    #[test]
    fn is_certain_when_the_record_holds_another_address_and_the_given_origin_serves() {
        for status in [502, 521, 522, 526] {
            let sitting = Sitting::healthy_origin().visits(status, page(status));
            check(&UNIT, sitting.records(&["A 198.51.100.9"]), "blames, certain");
        }
    }

    #[test]
    fn is_likely_when_only_one_record_is_strange_or_the_given_origin_fails_too() {
        let sitting = Sitting::healthy_origin().served().visits(521, page(521));
        let both = ["A 203.0.113.7", "A 198.51.100.9"];
        check(&UNIT, sitting.records(&both), "blames, likely");
        let refused = Sitting::new().mode(SslMode::Strict).tcp(TcpAnswer::Refused);
        let refused = refused.unreached(Hop::Net).visits(521, page(521));
        check(&UNIT, refused.records(&["A 198.51.100.9"]), "blames, likely");
    }

    #[test]
    fn clears_a_record_that_holds_the_given_address() {
        let sitting = || Sitting::healthy_origin().visits(522, page(522));
        check(&UNIT, sitting().records(&["A 203.0.113.7"]), "clears");
        // Nobody gave an address of this family.
        check(&UNIT, sitting().records(&["A 203.0.113.7", "AAAA 2001:db8::9"]), "clears");
    }

    #[test]
    fn a_record_that_is_not_proxied_or_a_refusal_says_nothing() {
        let sitting = || Sitting::healthy_origin().visits(522, page(522));
        check(&UNIT, sitting().records(&["grey A 198.51.100.9"]), "blames, possible");
        let question = AccountQuestion::Records { name: "shop.example.test".to_owned() };
        let refused = sitting().account_refuses(question, RefusalKind::OutOfScope);
        check(&UNIT, refused, "blames, possible");
    }

    #[test]
    fn is_likely_when_visits_go_elsewhere_and_the_given_origin_serves() {
        let refused = VisitAnswer::Nothing { tcp: TcpAnswer::Refused };
        let sitting = Sitting::new().trace(false).visit_straight(refused);
        let moved = sitting.no_origin().origin("198.51.100.1").origin_works();
        check(&UNIT, moved, "blames, likely");
    }

    #[test]
    fn clears_the_record_when_visits_are_served_or_reach_the_given_origin() {
        check(&UNIT, Sitting::healthy(), "clears");
        let refused = VisitAnswer::Nothing { tcp: TcpAnswer::Refused };
        check(&UNIT, Sitting::new().trace(false).visit_straight(refused), "clears");
    }

    #[test]
    fn leaves_an_origin_that_fails_when_asked_straight_to_its_own_causes() {
        let sitting = Sitting::new().mode(SslMode::Strict).tcp(TcpAnswer::Refused);
        let sitting = sitting.unreached(Hop::Net).visits(521, page(521));
        check(&UNIT, sitting, "cannot tell: mend what breaks at net first");
    }

    #[test]
    fn cannot_tell_without_a_visit_or_an_address() {
        check(&UNIT, Sitting::new(), "cannot tell");
        let unknown = Sitting::new().no_origin().visits(522, page(522));
        check(&UNIT, unknown, "cannot tell: the origin's address: --origin ADDR");
    }
}
