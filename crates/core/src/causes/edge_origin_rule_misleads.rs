//! A rule of the zone leads the edge to where the origin does not serve.
//!
//! # What you see
//! Errors 520 to 526 or 502 for every page that the rule is for, while others are served, mostly since
//! the rule was written or the origin was rebuilt.
//!
//! # What is wrong
//! An origin rule has the edge ask on another port, at another host, or under another name (Host header
//! or SNI) than the record and the visitor's request say, and nothing serves the site there: the port is
//! closed, the host is gone, the origin has no site of that name. Asked as without the rule, the origin
//! serves.
//!
//! # How we know
//! The account is asked for the zone's origin rules, and their expressions are worked out for this site as
//! far as its host and path decide them. The origin is asked twice: as the rule has the edge ask, and as the
//! edge would ask without it. Certain where the rule is surely for the site, its way breaks as the edge's
//! status says, and the other one serves. Where the status leaves it open: likely. Where it cannot be told
//! whether the rule is for the site: possible.
//!
//! # What to do
//! In the Cloudflare dashboard, under Rules, Origin Rules, look at the rule that the report names. If it is
//! left over, switch it off: the origin serves without it. If it is meant, make the origin serve there: start
//! what should listen on that port, or add the name to its configuration and its certificate.
//!
//! # Sources
//! - Cloudflare docs, rules/origin-rules (features, settings) and rules/origin-rules/parameters, read 2026-11
use super::{Cause, Confidence, Need, Verdict};
use crate::evidence::account::{AccountQuestion, Rule, RulesPhase};
use crate::evidence::{ReadingId, TcpAnswer};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::direct::serves;
use crate::scene::roads::{Fate, RoadSeen};
use crate::scene::suspect::deduped;
use crate::scene::visits::EdgeState;
use crate::target::SslMode;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C208",
    hop: Hop::Edge,
    title: "a rule of the zone leads the edge to where the origin does not serve",
    fixes: &[],
    judge,
};

/// What is seen of the way that the rule sets.
const EXPLAINED: [&str; 32] = [
    "net-port-closed",
    "net-origin-unreachable",
    "net-origin-silent",
    "net-one-family-closed",
    "net-firewall-blocks-cloudflare",
    "net-listens-on-loopback-only",
    "net-accept-queue-full",
    "net-conntrack-full",
    "net-ban-hits-cloudflare",
    "net-route-missing",
    "net-replies-dropped",
    "tls-not-spoken",
    "tls-certificate-expired",
    "tls-certificate-not-yet-valid",
    "tls-certificate-self-signed",
    "tls-certificate-name-mismatch",
    "tls-chain-incomplete",
    "tls-issuer-untrusted",
    "tls-version-unsupported",
    "tls-cipher-unshared",
    "tls-client-certificate-required",
    "tls-handshake-cut",
    "tls-name-rejected",
    "tls-certificate-not-reloaded",
    "http-reply-empty",
    "http-reply-cut",
    "http-reply-malformed",
    "http-headers-too-large",
    "http-length-wrong",
    "http-reply-too-late",
    "http-origin-denies-cloudflare",
    "http-origin-answers-5xx",
];

fn judge(scene: &Scene<'_>) -> Verdict {
    match scene.visits.state() {
        EdgeState::Works => return Verdict::clears(scene.visits.good_ids()),
        EdgeState::NotVisited => return Verdict::needs([Need::Visit]),
        EdgeState::Unvisitable | EdgeState::Fails | EdgeState::Flickers => {}
    }
    let bad = scene.visits.bad_ids();
    if bad.is_empty() {
        return Verdict::needs([Need::Visit]);
    }
    // The edge speaks for itself, or visitors go around it: no origin was asked by any rule.
    let by_itself = scene.symptom.error_code.is_some_and(|code| code >= 1000);
    if scene.visits.direct || by_itself || scene.symptom.status == Some(530) {
        return Verdict::clears(bad);
    }
    let rules = |question: &AccountQuestion| {
        matches!(question, AccountQuestion::Rules { phase: RulesPhase::HttpRequestOrigin })
    };
    if let Some(need) = scene.account.need(rules) {
        return Verdict::needs([need]);
    }
    let all: Vec<(ReadingId, &Rule, bool)> =
        scene.account.origin_rules().filter(|(_, rule, _)| leads_away(rule)).collect();
    // Of several that are for the site the last one holds.
    let found = all.iter().rev().find(|(_, _, sure)| *sure).or(all.last());
    let Some((id, rule, sure)) = found else {
        return match scene.account.all().find(|(_, question, _)| rules(question)) {
            Some((reading, ..)) => Verdict::clears([reading.id]),
            None => Verdict::needs([Need::Account]),
        };
    };
    let undecided = all.iter().any(|(_, _, sure)| !sure);
    let control = match without(scene) {
        Ok(control) => control,
        Err(verdict) => return verdict,
    };
    let mut because = vec![*id];
    let (confidence, explained) = match broken(scene) {
        Ok(broken) if broken.because.is_empty() && !undecided => {
            return Verdict::needs([Need::OtherVantage]);
        }
        Ok(Broken { because: shown, as_the_status_says, at }) => {
            because.extend(shown);
            let surety = match (*sure && !undecided, as_the_status_says, scene.visits.state()) {
                (false, ..) => Confidence::Possible,
                (true, true, EdgeState::Fails) => Confidence::Certain,
                (true, ..) => Confidence::Likely,
            };
            let explained = EXPLAINED
                .iter()
                .copied()
                .filter(|name| at.iter().any(|at| name.split('-').next() == Some(at.word())));
            (surety, explained.collect::<Vec<&'static str>>())
        }
        Err(serving) => return Verdict::clears(serving),
    };
    because.extend(bad.first());
    let does = rule.action_parameters.get("origin").cloned().unwrap_or_default();
    let mut detail = serde_json::Map::new();
    detail.extend(does.as_object().cloned().unwrap_or_default());
    for name in ["host_header", "sni"] {
        detail.extend(rule.action_parameters.get(name).map(|set| (name.to_owned(), set.clone())));
    }
    Verdict::blames(confidence, deduped(because))
        .contrasting(deduped(control))
        .with("rule", rule.description.as_str())
        .with("rule_id", rule.id.as_str())
        .with("sets", serde_json::Value::Object(detail))
        .explaining(&explained)
}

/// Whether a rule changes where the edge goes or under which name it asks.
fn leads_away(rule: &Rule) -> bool {
    rule.action == "route"
        && ["origin", "host_header", "sni"]
            .iter()
            .any(|name| rule.action_parameters.get(*name).is_some_and(|set| !set.is_null()))
}

/// The requests that show that the origin serves as it is asked without the rule, on every road that the
/// edge may take then.
fn without(scene: &Scene<'_>) -> Result<Vec<ReadingId>, Verdict> {
    let target = scene.target;
    let origins = target.ruled.as_ref().map_or(&[][..], |ruled| ruled.without.as_slice());
    let mut ids = Vec::new();
    for road in &scene.roads_without_rule {
        let takes = |mode: &SslMode| {
            let taken = |origin| target.road(origin, *mode, target.site.scheme) == Some(road.road);
            origins.iter().any(|origin| taken(*origin))
        };
        for mode in scene.modes.possible.iter().copied().filter(takes) {
            match (serves(road, mode), road.fate(mode)) {
                (Some(shown), _) => ids.extend(shown),
                (None, Fate::Breaks(_)) => {
                    // Without the rule it would be no better.
                    let shown = [road.tcp, road.greet, road.asked()].into_iter().flatten();
                    return Err(Verdict::clears(deduped(shown.map(|seen| seen.id).collect())));
                }
                (None, _) => return Err(Verdict::needs([Need::OtherVantage])),
            }
        }
    }
    if ids.is_empty() { Err(Verdict::needs([Need::OriginAddress])) } else { Ok(ids) }
}

/// The way that the rule sets, where it breaks.
#[derive(Debug, Default)]
struct Broken {
    /// What shows it.
    because: Vec<ReadingId>,
    /// Whether the edge's status says that it breaks just so.
    as_the_status_says: bool,
    /// At which stations.
    at: Vec<Hop>,
}

/// How the rule's way breaks; else the requests that were served there.
fn broken(scene: &Scene<'_>) -> Result<Broken, Vec<ReadingId>> {
    let mut broken = Broken { as_the_status_says: true, ..Broken::default() };
    for (road, modes) in scene.used_roads() {
        for mode in modes {
            if let Some(shown) = serves(road, mode) {
                return Err(shown);
            }
            let Fate::Breaks(at) = road.fate(mode) else {
                broken.as_the_status_says = false;
                continue;
            };
            let shown = match at {
                Hop::Net => road.tcp,
                Hop::Tls => road.greet,
                _ => road.asked(),
            };
            broken.because.extend(shown.map(|reading| reading.id));
            broken.as_the_status_says &= says(scene.symptom.status, at, road);
            broken.at.push(at);
        }
    }
    Ok(broken)
}

/// Whether a status of the edge's says that the way to the origin breaks as it was seen to.
fn says(status: Option<u16>, at: Hop, road: &RoadSeen<'_>) -> bool {
    match at {
        Hop::Net => match road.tcp_answer() {
            Some(TcpAnswer::Refused) => status == Some(521),
            Some(TcpAnswer::Silent { .. }) => status == Some(522),
            _ => matches!(status, Some(521..=523)),
        },
        Hop::Tls => matches!(status, Some(525 | 526)),
        _ => matches!(status, Some(520 | 524)) || status.is_some() && status == road.status(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::UNIT;
    use crate::evidence::TcpAnswer;
    use crate::evidence::account::{AccountAnswer, AccountQuestion, RefusalKind, RulesPhase};
    use crate::hop::Hop;
    use crate::scene::sample::{Sitting, alert, check, greeted, page, silent};
    use crate::target::SslMode;

    const FOR_THE_SITE: &str = "(http.host eq \"shop.example.test\")";

    fn strict() -> Sitting {
        Sitting::new().mode(SslMode::Strict).no_origin()
    }

    /// The account has one rule, which sets this for requests that fit.
    fn ruled(sitting: Sitting, expression: &str, sets: serde_json::Value) -> Sitting {
        let rule = json!({"id": "a1", "action": "route", "action_parameters": sets,
            "expression": expression, "description": "the shop's port", "enabled": true});
        let rules = serde_json::from_value(json!([rule])).unwrap();
        let question = AccountQuestion::Rules { phase: RulesPhase::HttpRequestOrigin };
        sitting.account(question, AccountAnswer::Rules { rules })
    }

    /// The rule's port 8443 refuses, and the usual one serves.
    fn closed_port(status: u16) -> Sitting {
        strict()
            .visits(status, page(status))
            .without_rule("203.0.113.7", Sitting::origin_works)
            .origin("203.0.113.7:8443")
            .tcp(TcpAnswer::Refused)
            .unreached(Hop::Net)
    }

    #[test]
    fn is_certain_when_its_way_breaks_as_the_edge_says_and_the_other_serves() {
        let sets = json!({"origin": {"port": 8443}});
        check(&UNIT, ruled(closed_port(521), FOR_THE_SITE, sets.clone()), "blames, certain");
        check(&UNIT, ruled(closed_port(521), "true", sets), "blames, certain");
    }

    #[test]
    fn is_certain_when_the_origin_does_not_know_the_name_that_it_sets() {
        let renamed = strict()
            .visits(525, page(525))
            .without_rule("203.0.113.7", Sitting::origin_works)
            .renamed("old.example.test")
            .origin("203.0.113.7")
            .tls(alert(112))
            .nameless(greeted(vec![]))
            .unreached(Hop::Tls);
        let sets = json!({"sni": {"value": "old.example.test"}});
        check(&UNIT, ruled(renamed, FOR_THE_SITE, sets), "blames, certain");
    }

    #[test]
    fn is_likely_where_the_status_leaves_it_open() {
        let sets = json!({"origin": {"port": 8443}});
        check(&UNIT, ruled(closed_port(502), FOR_THE_SITE, sets), "blames, likely");
    }

    #[test]
    fn is_possible_where_it_cannot_be_told_whether_it_is_for_the_site() {
        let sitting = || {
            let control = strict().visits(521, page(521));
            control.without_rule("203.0.113.7", Sitting::origin_works)
        };
        let sets = || json!({"origin": {"port": 8443}});
        check(&UNIT, ruled(sitting(), "ip.src.country eq \"NL\"", sets()), "blames, possible");
        check(&UNIT, ruled(sitting(), "(http.host eq \"x.test\")", sets()), "clears");
    }

    #[test]
    fn clears_a_rule_whose_way_serves_and_one_without_which_it_is_no_better() {
        let sets = || json!({"origin": {"port": 8443}});
        let serves = strict()
            .visits(502, page(502))
            .without_rule("203.0.113.7", Sitting::origin_works)
            .origin("203.0.113.7:8443")
            .origin_works();
        check(&UNIT, ruled(serves, FOR_THE_SITE, sets()), "clears");
        let neither = strict()
            .visits(522, page(522))
            .without_rule("203.0.113.7", |one| one.tcp(silent()).unreached(Hop::Net))
            .origin("203.0.113.7:8443")
            .tcp(silent())
            .unreached(Hop::Net);
        check(&UNIT, ruled(neither, FOR_THE_SITE, sets()), "clears");
    }

    #[test]
    fn clears_it_when_the_site_is_served_or_the_edge_speaks_for_itself() {
        let sets = || json!({"origin": {"port": 8443}});
        check(&UNIT, ruled(Sitting::healthy(), FOR_THE_SITE, sets()), "clears");
        check(&UNIT, ruled(strict().visits(530, page(1033)), FOR_THE_SITE, sets()), "clears");
        // It compresses: nothing of the way.
        let other = ruled(closed_port(521), FOR_THE_SITE, json!({}));
        check(&UNIT, other, "clears");
    }

    #[test]
    fn cannot_tell_without_the_account_or_the_right_to_read_the_rules() {
        check(
            &UNIT,
            closed_port(521),
            "cannot tell: a look into the Cloudflare account: DNS records, tunnel, origin status counts",
        );
        let question = AccountQuestion::Rules { phase: RulesPhase::HttpRequestOrigin };
        let refused = closed_port(521).account_refuses(question, RefusalKind::OutOfScope);
        check(
            &UNIT,
            refused,
            "cannot tell: a token that may read more of the Cloudflare account: Origin Rules Read",
        );
    }
}
