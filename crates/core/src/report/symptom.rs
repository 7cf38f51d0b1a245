//! The first lines of every report: what visitors get, who chose it, and the SSL mode.

use serde::Serialize;

use super::guard::quote;
use super::words::units::{count, list, several};
use super::{Passage, guard};
use crate::diagnosis::{Diagnosis, Maker, Symptom};
use crate::evidence::account::way::Way;
use crate::evidence::{
    AccountAnswer, DnsAnswer, EdgePage, Greeting, HttpAnswer, PageForm, Question, Reading,
    ReadingId, Reply, Seen, VisitAnswer,
};
use crate::scene::Scene;
use crate::scene::roads::is_serious;
use crate::target::{ModeFrom, SslMode};

/// What visitors get.
pub(super) fn symptom(diagnosis: &Diagnosis<'_>) -> Passage {
    let symptom = &diagnosis.symptom;
    let cites = alike(diagnosis);
    let Symptom { failed, visits, .. } = *symptom;
    let who = match (failed, visits) {
        (_, 0) if cites.is_empty() => {
            return Passage::new("no visit was made", &unanswered(diagnosis));
        }
        (_, 0) => return Passage::new("no visit was made", &cites),
        (_, 1) => "the one visit".to_owned(),
        (0, 2) | (2, 2) => "both visits".to_owned(),
        (0, all) => format!("all {} visits", count(all as u64)),
        (failed, all) if failed == all => format!("all {} visits", count(all as u64)),
        (some, all) => format!("{} of {}", count(some as u64), several(all, "visit")),
    };
    let flaw = if failed > 0 { flaw(diagnosis) } else { None };
    let differing = if failed > 1 { differing(diagnosis) } else { None };
    let mut text = match (symptom.status, symptom.error_code) {
        (Some(300..=399), _) if failed > 0 => format!("{who} were redirected without end"),
        (Some(status), Some(code)) => format!("{who} got {status} with Cloudflare's error {code}"),
        (Some(status), None) => format!("{who} got {status}"),
        (None, _) => format!("{who} got no reply"),
    };
    if let Some(each) = &differing {
        text = format!("{who} failed: {each}");
    }
    text.push_str(flaw.unwrap_or_default());
    if (1..visits).contains(&failed) {
        text.push_str(", the others worked");
    }
    if failed > 0 && flaw.is_none() && matches!(symptom.status, Some(100..=299 | 400..)) {
        let status = symptom.status.filter(|_| differing.is_some());
        let that = status.map_or("that status".to_owned(), |status| format!("the {status}"));
        text.push_str(&match symptom.made_by {
            Maker::Edge => format!("; Cloudflare's edge chose {that}"),
            Maker::Origin if symptom.straight => format!("; the origin chose {that}"),
            Maker::Origin => format!("; the origin chose {that}, and the edge passed it on"),
            Maker::Tunnel => format!("; cloudflared chose {that}"),
            Maker::Nobody => String::new(),
            Maker::Unknown => format!("; who chose {that} is not certain"),
        });
    }
    if let (1.., Some(ray)) = (failed, &symptom.ray) {
        text.push_str(&format!(" (ray {})", guard::quote(ray)));
    }
    Passage::new(text, &cites)
}

/// How each of the failed visits ended, where they did not end alike: `3 got 523 and 2 got 521`.
fn differing(diagnosis: &Diagnosis<'_>) -> Option<String> {
    let scene = Scene::new(diagnosis.evidence);
    let mut ends: Vec<(Option<u16>, usize)> = Vec::new();
    for visit in &scene.visits.bad {
        let status = visit.reply.map(|reply| reply.status);
        match ends.iter_mut().find(|(one, _)| *one == status) {
            Some((_, times)) => *times += 1,
            None => ends.push((status, 1)),
        }
    }
    ends.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
    let each = |(status, times): &(Option<u16>, usize)| match status {
        Some(status) => format!("{} got {status}", count(*times as u64)),
        None => format!("{} got no reply", count(*times as u64)),
    };
    (ends.len() > 1).then(|| list(&ends.iter().map(each).collect::<Vec<_>>()))
}

/// Lookups that came to nothing.
pub(super) fn unanswered(diagnosis: &Diagnosis<'_>) -> Vec<ReadingId> {
    let nothing = |reading: &&Reading| {
        matches!(reading.dns(), Some(DnsAnswer::Failed { .. } | DnsAnswer::Silent))
    };
    diagnosis.evidence.readings.iter().filter(nothing).map(|reading| reading.id).collect()
}

/// The visits that ended as the one that was picked to show.
fn alike(diagnosis: &Diagnosis<'_>) -> Vec<ReadingId> {
    let evidence = diagnosis.evidence;
    let Some(shown) = diagnosis.symptom.seen_in.and_then(|id| evidence.reading(id)) else {
        return Vec::new();
    };
    // What came of being sent on was followed for some of the visits only.
    if matches!(shown.question, Question::Visit { leg: 1.., .. }) {
        return vec![shown.id];
    }
    let end = |reading: &Reading| match (&reading.question, reading.visit()) {
        (Question::Visit { site, leg, .. }, Some(answer)) => {
            Some((site.clone(), *leg, reply(answer).map(|(reply, _)| reply.status)))
        }
        _ => None,
    };
    let wanted = end(shown);
    let ends = evidence.readings.iter().filter(|reading| end(reading) == wanted);
    if wanted.is_none() { vec![shown.id] } else { ends.map(|reading| reading.id).collect() }
}

/// What makes a failure of a reply whose status is none.
fn flaw(diagnosis: &Diagnosis<'_>) -> Option<&'static str> {
    let shown = diagnosis.evidence.reading(diagnosis.symptom.seen_in?)?;
    let (reply, greeting) = reply(shown.visit()?)?;
    if reply.status >= 300 {
        return None;
    }
    if greeting.is_some_and(|greeting| !greeting.chain.faults.is_empty()) {
        return Some(" behind a certificate that browsers refuse");
    }
    reply.faults.iter().any(is_serious).then_some(" with a body that is not whole")
}

/// Whether the visits met a challenge of Cloudflare's, so that the site itself was not seen.
pub(super) fn challenged(diagnosis: &Diagnosis<'_>) -> bool {
    let shown = diagnosis.symptom.seen_in.and_then(|id| diagnosis.evidence.reading(id));
    matches!(
        shown.and_then(Reading::visit),
        Some(VisitAnswer::Http { page: Some(EdgePage { form: PageForm::Challenge, .. }), .. })
    )
}

fn reply(answer: &VisitAnswer) -> Option<(&Reply, Option<&Greeting>)> {
    match answer {
        VisitAnswer::Http { http: HttpAnswer::Replied(reply), greeting, .. } => {
            Some((reply, greeting.as_deref()))
        }
        _ => None,
    }
}

/// The SSL mode, and where it is known from; where a rule sets it for this host, which one.
pub(super) fn ssl_mode(diagnosis: &Diagnosis<'_>) -> String {
    let (mode, from) = (diagnosis.ssl_mode, diagnosis.ssl_mode_from);
    if let (Some(mode), ModeFrom::Account, Some(rule)) = (mode, from, mode_rule(diagnosis)) {
        let named = match rule.description.as_str() {
            "" => quote(&rule.id),
            words => format!("{} ({})", quote(words), quote(&rule.id)),
        };
        let zone = match rule.zone {
            Some(zone) => format!("; the zone's own mode is {}", zone.word()),
            None => String::new(),
        };
        return format!(
            "SSL mode {}, set for this host by the {} {named}{zone}",
            mode.word(),
            rule.kind
        );
    }
    known_mode(mode, from)
}

fn known_mode(mode: Option<SslMode>, from: ModeFrom) -> String {
    let Some(mode) = mode.map(SslMode::word) else {
        return match from {
            ModeFrom::Inferred => "SSL mode not known: several fit what was answered".to_owned(),
            _ => "SSL mode not known; --ssl-mode MODE tells it".to_owned(),
        };
    };
    match from {
        ModeFrom::Option => format!("SSL mode {mode}, as told"),
        ModeFrom::Account => format!("SSL mode {mode}, as the Cloudflare account says"),
        ModeFrom::Inferred => {
            format!("SSL mode {mode}, inferred from what the edge and the origin answered")
        }
        ModeFrom::Unknown => format!("SSL mode {mode}, assumed"),
    }
}

/// A rule that sets the SSL mode for this host, in place of the zone's setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct ModeRule {
    /// `page rule` or `configuration rule`.
    pub kind: &'static str,
    /// As the account has it.
    pub id: String,
    /// Its owner's words, or the pattern of a page rule; may be empty.
    pub description: String,
    /// The zone's own mode.
    #[serde(skip)]
    pub zone: Option<SslMode>,
}

/// The rule, where the mode was learnt from the account and a rule sets it.
pub(super) fn mode_rule(diagnosis: &Diagnosis<'_>) -> Option<ModeRule> {
    if diagnosis.ssl_mode_from != ModeFrom::Account {
        return None;
    }
    let told = diagnosis.evidence.readings.iter().filter_map(|reading| {
        match (&reading.question, reading.seen()) {
            (Question::Account(question), Some(Seen::Account(answer))) => {
                Some((question.clone(), answer.clone()))
            }
            _ => None,
        }
    });
    let answers: Vec<_> = told.collect();
    let way = Way::of(&diagnosis.evidence.target, &answers);
    let (_, by) = way.mode_set_by()?;
    let (kind, id, description) = by.rule()?;
    let zone = answers.iter().find_map(|(_, answer)| match answer {
        AccountAnswer::Setting { setting } if setting.id == "ssl" => setting.word()?.parse().ok(),
        _ => None,
    });
    Some(ModeRule { kind, id: id.to_owned(), description: description.to_owned(), zone })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::diagnose::diagnose;
    use crate::evidence::account::{AccountQuestion, RulesPhase};
    use crate::report::json as document;
    use crate::scene::sample::{Sitting, page};

    /// The zone's mode is full, and a rule of this expression sets strict.
    fn ruled(mode: SslMode, expression: &str) -> Sitting {
        let setting = json!({"id": "ssl", "value": "full"});
        let setting = serde_json::from_value(setting).unwrap();
        let rule = json!({"id": "c1", "action": "set_config", "expression": expression,
            "action_parameters": {"ssl": "strict"}, "description": "the shop", "enabled": true});
        let rules = serde_json::from_value(json!([rule])).unwrap();
        let name = "ssl".to_owned();
        let phase = RulesPhase::HttpConfigSettings;
        Sitting::new()
            .visits(526, page(526))
            .mode_of_the_account(mode)
            .account(AccountQuestion::Setting { name }, AccountAnswer::Setting { setting })
            .account(AccountQuestion::Rules { phase }, AccountAnswer::Rules { rules })
    }

    #[test]
    fn the_rule_that_sets_the_mode_for_this_host_is_named() {
        let evidence = ruled(SslMode::Strict, "(http.host eq \"shop.example.test\")").evidence();
        let diagnosis = diagnose(&evidence);
        assert_eq!(
            ssl_mode(&diagnosis),
            "SSL mode strict, set for this host by the configuration rule `the shop` (`c1`); the \
             zone's own mode is full"
        );
        let told = serde_json::to_value(document(&diagnosis)).unwrap();
        assert_eq!(told["target"]["ssl_mode_rule"]["id"], "c1");
    }

    #[test]
    fn the_zone_s_own_mode_needs_no_rule() {
        let evidence = ruled(SslMode::Full, "(http.host eq \"other.test\")").evidence();
        let diagnosis = diagnose(&evidence);
        assert_eq!(ssl_mode(&diagnosis), "SSL mode full, as the Cloudflare account says");
        let told = serde_json::to_value(document(&diagnosis)).unwrap();
        assert_eq!(told["target"].get("ssl_mode_rule"), None);
    }

    fn told(sitting: Sitting) -> String {
        let evidence = sitting.evidence();
        symptom(&diagnose(&evidence)).text
    }

    #[test]
    fn visits_that_failed_in_different_ways_are_not_called_alike() {
        let mixed = Sitting::new().visits_once(523, page(523)).visits_once(521, page(521));
        let mixed = told(mixed.visits_once(523, page(523)));
        assert!(mixed.starts_with("all 3 visits failed: 2 got 523 and 1 got 521;"), "{mixed}");
        assert!(mixed.contains("edge chose the 523"), "{mixed}");
        let alike = told(Sitting::new().visits(523, page(523)));
        assert!(alike.starts_with("all 5 visits got 523; "), "{alike}");
    }
}
