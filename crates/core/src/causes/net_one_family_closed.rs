//! The origin answers on one of IPv4 and IPv6, and not on the other.
//!
//! # What you see
//! Error 521, 522 or 523 on some visits, and others are served. Reloading the page seems to help.
//!
//! # What is wrong
//! The name has an A and an AAAA record, and the edge may use either. On one of the two nothing
//! listens, or a firewall drops, or the address was never set up. Typical: nginx with `listen 443
//! ssl` and without `listen [::]:443 ssl`; or a firewall for IPv4 whose twin for IPv6 was forgotten.
//!
//! # How we know
//! All addresses of one family accept connections from here, and none of the other does. It is
//! certain where, besides, some visits are served and the others get just the status that a refusal
//! gives. Looked into as root, the origin tells its rules: where they keep all of Cloudflare's addresses of
//! one family out, and not those of the other, it is that, whoever is answered from here. That this
//! machine has no way into one of the families is told apart: something else must
//! have answered us over it.
//!
//! # What to do
//! On the origin, compare the two families: `ss -ltn '( sport = :443 )'` should show `0.0.0.0:443` and
//! `[::]:443`. Add the missing `listen` line, then `nginx -t && systemctl reload nginx`.
//!
//! If both are listened on, a firewall has forgotten one of them: `sudo rayfix firewall` names the rule.
//!
//! If the origin is not meant to have one of them, delete its A or AAAA record in the Cloudflare
//! dashboard. Visitors do not need it: the edge has its own addresses of both families.
//!
//! # Sources
//! - Cloudflare docs, pages error-521 and error-522, read 2026-07
//! - nginx docs, directive `listen` (`ipv6only`), read 2026-07
use super::{Cause, Confidence, Need, Verdict};
use crate::evidence::{ReadingId, TcpAnswer};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::direct::serves;
use crate::scene::families::{accepted, family_split};
use crate::scene::host::OnHost;
use crate::scene::host::firewall::{Aim, Charge, blame, charge, unmet};
use crate::scene::suspect::{deduped, hidden_by};
use crate::scene::visits::EdgeState;
use crate::scene::witness::unvisited;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C404",
    hop: Hop::Net,
    title: "the origin answers on one of IPv4 and IPv6, and not on the other",
    fixes: &["net-allow-cloudflare-ranges"],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    if let Some(verdict) = unmet(scene, Aim::Family) {
        return verdict;
    }
    if scene.visits.state() == EdgeState::Works {
        return Verdict::clears(scene.visits.good_ids());
    }
    if let Some(charge) = charge(scene, Aim::Family).filter(|_| !scene.visits.direct) {
        return by_rules(scene, &charge);
    }
    if let Some(need) = unvisited(scene) {
        return Verdict::needs([need]);
    }
    let Some((closed, open)) = family_split(scene) else { return without_split(scene) };
    if let Some(at) = named_elsewhere(scene) {
        return Verdict::needs([Need::Mend(at)]);
    }
    let flickers = scene.visits.state() == EdgeState::Flickers;
    let sure = if flickers && status_fits(scene, &closed) && the_open_family_serves(scene) {
        Confidence::Certain
    } else {
        Confidence::Likely
    };
    let mut because = closed;
    because.extend(scene.visits.bad_ids().first());
    Verdict::blames(sure, because).contrasting(open)
}

/// Kept out by the origin's own rules: certain where some visits get what those addresses then get, and
/// the others are served.
fn by_rules(scene: &Scene<'_>, charge: &Charge<'_>) -> Verdict {
    let mut verdict = blame(scene, charge).explaining(&["net-origin-silent"]);
    let named = matches!(scene.symptom.status, Some(521..=523));
    let sure = scene.host.as_ref().is_some_and(OnHost::is_sure)
        && !scene.target.origins_assumed
        && !charge.seen.rules_missing
        && scene.visits.state() == EdgeState::Flickers
        && the_open_family_serves(scene);
    if let Verdict::Blames(blame) = &mut verdict
        && named
        && sure
        && !blame.contrast.is_empty()
    {
        blame.confidence = Confidence::Certain;
    }
    verdict.with("family", if charge.shut.iter().any(|(at, _)| at.ipv6) { "IPv6" } else { "IPv4" })
}

/// Where the status that visitors get says that the fault is, if not here.
fn named_elsewhere(scene: &Scene<'_>) -> Option<Hop> {
    if scene.visits.direct {
        return None;
    }
    match (scene.symptom.error_code, scene.symptom.status) {
        (Some(_), _) | (_, Some(530)) => Some(Hop::Edge),
        (None, None | Some(502 | 521..=523)) => None,
        (None, Some(525 | 526)) => Some(Hop::Tls),
        (None, Some(_)) => Some(Hop::Http),
    }
}

/// Whether the edge names a refusal, and a refusal is what the closed family gives. Silence proves
/// less: it may be meant for us.
fn status_fits(scene: &Scene<'_>, closed: &[ReadingId]) -> bool {
    !scene.visits.direct
        && scene.symptom.status == Some(521)
        && closed.iter().all(|id| {
            let reading = scene.evidence.reading(*id);
            reading.and_then(|reading| reading.tcp()) == Some(&TcpAnswer::Refused)
        })
}

fn the_open_family_serves(scene: &Scene<'_>) -> bool {
    scene
        .used_roads()
        .iter()
        .filter(|(road, _)| road.tcp_answer() == Some(&TcpAnswer::Accepted))
        .all(|(road, modes)| modes.iter().all(|mode| serves(road, *mode).is_some()))
}

fn without_split(scene: &Scene<'_>) -> Verdict {
    let used = scene.used_roads();
    let of = |four: bool| used.iter().any(|(road, _)| road.road.to.is_ipv4() == four);
    if !(of(true) && of(false)) {
        let none = scene.target.origins.is_empty();
        return Verdict::needs([if none { Need::OriginAddress } else { Need::OtherFamily }]);
    }
    let all: Option<Vec<ReadingId>> =
        used.iter().map(|(road, modes)| accepted(road, *modes.first()?)).collect();
    match (all, hidden_by(scene, Hop::Host)) {
        (Some(all), _) => Verdict::clears(deduped(all)),
        (None, Some(at)) => Verdict::needs([Need::Mend(at)]),
        (None, None) => Verdict::needs([Need::OtherVantage]),
    }
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::TcpAnswer;
    use crate::hop::Hop;
    use crate::scene::host::firewall_sample::Filter;
    use crate::scene::sample::{Sitting, check, page, silent};
    use crate::target::SslMode;

    /// IPv4 serves; IPv6 answers like this.
    fn six(answer: TcpAnswer) -> Sitting {
        Sitting::healthy_origin().origin("2001:db8::7").tcp(answer).unreached(Hop::Net)
    }

    #[test]
    fn is_certain_when_some_visits_get_the_refusal_and_the_others_are_served() {
        let sitting = six(TcpAnswer::Refused).served().visits_once(521, page(521));
        check(&UNIT, sitting, "blames, certain");
    }

    #[test]
    fn is_certain_where_the_origins_rules_keep_one_family_out() {
        // From within, both are answered.
        let both = || Sitting::filtered().origin("2001:db8::7").origin_works();
        let at_times = || both().served().visits_once(522, page(522));
        let shut = || Filter::open().shuts_family(443, true);
        check(&UNIT, at_times().filter(shut()), "blames, certain");
        check(&UNIT, at_times().filter(shut().in_part()), "blames, likely");
        check(&UNIT, both().visits(522, page(522)).filter(shut()), "blames, likely");
        let unmet = "cannot tell: the same questions while the site fails: now it does not";
        check(&UNIT, both().served().filter(shut()), unmet);
        // Both, or one that the edge does not use, is no difference between them.
        check(&UNIT, both().visits(522, page(522)).filter(Filter::open().shuts(443)), "clears");
        // What cannot be told of IPv4 may be as shut.
        let unknown = both().visits(522, page(522)).filter(shut().unknown(443));
        check(&UNIT, unknown, "clears");
        let four = Sitting::filtered().visits(522, page(522)).filter(shut());
        check(&UNIT, four, "cannot tell");
    }

    #[test]
    fn is_likely_when_the_status_is_vague_or_silence_may_be_meant_for_us() {
        check(&UNIT, six(TcpAnswer::Refused).visits(502, page(502)), "blames, likely");
        check(&UNIT, six(TcpAnswer::Refused).visits(521, page(521)), "blames, likely");
        check(&UNIT, six(silent()).served().visits_once(522, page(522)), "blames, likely");
    }

    #[test]
    fn clears_the_families_when_both_accept_or_visits_are_served() {
        check(&UNIT, six(TcpAnswer::Refused).served(), "clears");
        let both = Sitting::healthy_origin().origin("2001:db8::7").origin_works();
        check(&UNIT, both.visits(522, page(522)), "clears");
    }

    #[test]
    fn leaves_two_closed_families_and_other_statuses_to_their_own_causes() {
        let four = Sitting::new().mode(SslMode::Strict).tcp(TcpAnswer::Refused);
        let both = four.unreached(Hop::Net).origin("2001:db8::7").tcp(TcpAnswer::Refused);
        let need = "cannot tell: mend what breaks at net first";
        check(&UNIT, both.unreached(Hop::Net).visits(521, page(521)), need);
        let need = "cannot tell: mend what breaks at tls first";
        check(&UNIT, six(TcpAnswer::Refused).visits(526, page(526)), need);
    }

    #[test]
    fn cannot_tell_when_this_machine_lacks_a_family_or_only_one_is_known() {
        let lacking = six(TcpAnswer::Unreachable { errno: 101 });
        check(&UNIT, lacking.served().visits_once(522, page(522)), "cannot tell");
        let need = "cannot tell: the origin's address of the other family, IPv4 or IPv6, if it \
                    has one: --origin ADDR";
        check(&UNIT, Sitting::healthy_origin().visits(522, page(522)), need);
    }
}
