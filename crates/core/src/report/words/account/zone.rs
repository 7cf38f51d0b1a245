//! Words for the zone: its state, settings, records, rules, and certificates between edge and origin.

use jiff::Timestamp;

use crate::evidence::account::{
    AccountQuestion, DnsRecord, OriginPulls, PageRule, Rule, Setting, TokenKind, TokenSeen,
    TrustStoreCertificate, ZoneSeen,
};
use crate::report::guard::quote;
use crate::report::words::units::{list_of, moment, several};

pub(super) fn token(token: &TokenSeen) -> String {
    let whose = match token.kind {
        TokenKind::User => "a user's",
        TokenKind::Account => "the account's own",
    };
    let until = match token.expires_on {
        Some(at) => format!(", until {}", moment(at)),
        None => String::new(),
    };
    format!("Cloudflare calls the token {}; it is {whose}{until}", quote(&token.status))
}

pub(super) fn zone(question: &AccountQuestion, zone: Option<&ZoneSeen>) -> String {
    let asked = match question {
        AccountQuestion::Zone { name } => quote(name),
        _ => "the site".to_owned(),
    };
    let Some(zone) = zone else {
        return format!(
            "the token sees no zone of {asked}: it is in another account, or out of the token's reach"
        );
    };
    let paused = match zone.paused {
        true => ", and paused: nothing of it goes through Cloudflare",
        false => "",
    };
    let plan = match zone.plan.legacy_id.as_str() {
        "" => String::new(),
        plan => format!(", on the plan {}", quote(plan)),
    };
    format!(
        "the account says that {asked} is in the zone {}, which is {}{plan}{paused}",
        quote(&zone.name),
        quote(&zone.status)
    )
}

/// `, changed 2026-11-22 13:50 UTC`, or nothing.
fn changed(at: Option<Timestamp>) -> String {
    at.map(|at| format!(", changed {}", moment(at))).unwrap_or_default()
}

pub(super) fn setting(setting: &Setting) -> String {
    let value = match setting.word() {
        Some(word) => quote(word),
        None => quote(&setting.value.to_string()),
    };
    let since = setting.modified_on.map(|at| format!(" since {}", moment(at))).unwrap_or_default();
    match (setting.id.as_str(), setting.word()) {
        ("ssl", _) => format!("the account says that the zone's SSL mode is {value}{since}"),
        ("ssl_automatic_mode", Some("auto")) => {
            let next = setting.next_scheduled_scan;
            let next = next.map(|at| format!(", next {}", moment(at))).unwrap_or_default();
            format!("the account says that Cloudflare may change the SSL mode by itself{next}")
        }
        ("ssl_automatic_mode", Some("custom")) => {
            "the account says that Cloudflare does not change the SSL mode by itself".to_owned()
        }
        _ => format!("the account says that the setting {} is {value}{since}", quote(&setting.id)),
    }
}

fn record(record: &DnsRecord) -> String {
    let way = if record.proxied { "proxied" } else { "not proxied" };
    let changed = changed(record.modified_on);
    format!("{} {}, {way}{changed}", quote(&record.kind), quote(&record.content))
}

pub(super) fn records(question: &AccountQuestion, records: &[DnsRecord]) -> String {
    let asked = match question {
        AccountQuestion::Records { name } => name.as_str(),
        _ => "",
    };
    match records {
        [] => format!("the account has no DNS record for {}", quote(asked)),
        [one] => format!("the account's record of {} is {}", quote(&one.name), record(one)),
        several => {
            let of_one = several.iter().all(|one| one.name == several[0].name);
            let each = |one: &DnsRecord| match of_one {
                true => record(one),
                false => format!("{} {}", quote(&one.name), record(one)),
            };
            let all: Vec<String> = several.iter().map(each).collect();
            let name = if of_one { &several[0].name } else { asked };
            let number = all.len();
            format!("the account has {number} records for {}: {}", quote(name), joined(&all))
        }
    }
}

/// At most four, with semicolons, since each has commas.
fn joined(all: &[String]) -> String {
    let more = all.len().saturating_sub(4);
    let mut text = all.iter().take(4).cloned().collect::<Vec<_>>().join("; ");
    if more > 0 {
        text.push_str(&format!("; and {more} more"));
    }
    text
}

pub(super) fn rules(question: &AccountQuestion, rules: &[Rule]) -> String {
    let of = match question {
        AccountQuestion::Rules { phase } => quote(phase.word()),
        _ => "this phase".to_owned(),
    };
    let on: Vec<String> = rules.iter().filter(|rule| rule.enabled).map(rule).collect();
    match on.len() {
        0 => format!("the account has no rule at work in {of}"),
        number => {
            format!("the account has {} at work in {of}: {}", several(number, "rule"), joined(&on))
        }
    }
}

fn rule(rule: &Rule) -> String {
    let does = serde_json::Value::Object(rule.action_parameters.clone()).to_string();
    let named = match rule.description.as_str() {
        "" => String::new(),
        description => format!("{} ", quote(description)),
    };
    format!("{named}for {} does {} {}", quote(&rule.expression), quote(&rule.action), quote(&does))
}

pub(super) fn page_rules(rules: &[PageRule]) -> String {
    let each = |rule: &PageRule| {
        let targets: Vec<String> =
            rule.targets.iter().map(|target| quote(&target.constraint.value)).collect();
        let does: Vec<String> = rule
            .actions
            .iter()
            .map(|action| match action.value.as_str() {
                Some(word) => quote(&format!("{} {word}", action.id)),
                None => quote(&action.id),
            })
            .collect();
        format!("for {} does {}", list_of(&targets, 3), list_of(&does, 4))
    };
    let on: Vec<String> =
        rules.iter().filter(|rule| rule.status == "active").map(each).collect();
    match on.len() {
        0 => "the account has no page rule at work".to_owned(),
        number => {
            format!("the account has {} at work: {}", several(number, "page rule"), joined(&on))
        }
    }
}

pub(super) fn pulls(question: &AccountQuestion, pulls: &OriginPulls) -> String {
    let of = match question {
        AccountQuestion::OriginPulls { host: Some(host) } => quote(host),
        _ => "the zone".to_owned(),
    };
    let until = pulls.expires_on.map(|at| format!(", good until {}", moment(at)));
    let until = until.unwrap_or_default();
    match pulls.enabled {
        Some(true) => format!(
            "the account says that the edge shows origins of {of} a client certificate{until}"
        ),
        Some(false) => {
            format!("the account says that the edge shows origins of {of} no client certificate")
        }
        None => format!("the account has no setting of its own for client certificates of {of}"),
    }
}

pub(super) fn trust_store(certificates: &[TrustStoreCertificate]) -> String {
    match certificates.len() {
        0 => "the account says that the zone trusts the public roots at origins".to_owned(),
        number => format!(
            "the account says that the zone trusts {} of its own at origins",
            several(number, "root")
        ),
    }
}
