//! Words for what Cloudflare itself observed: health checks, counts of requests, changes.

use crate::evidence::account::{AccountChange, AccountQuestion, Count, Counts, HealthCheck};
use crate::report::guard::quote;
use crate::report::words::units::{count, list_of, moment, several};

pub(super) fn checks(checks: &[HealthCheck]) -> String {
    let each = |check: &HealthCheck| {
        let why = match check.failure_reason.as_str() {
            "" => String::new(),
            why => format!(", because of {}", quote(why)),
        };
        let state = if check.suspended { "suspended" } else { &check.status };
        format!("{} of {} is {}{why}", quote(&check.name), quote(&check.address), quote(state))
    };
    let all: Vec<String> = checks.iter().map(each).collect();
    match all.len() {
        0 => "the account has no health check in this zone".to_owned(),
        number => {
            format!("the account has {}: {}", several(number, "health check"), list_of(&all, 3))
        }
    }
}

pub(super) fn counts(question: &AccountQuestion, counts: &Counts) -> String {
    let host = match question {
        AccountQuestion::Counts { host } => quote(host),
        _ => "the site".to_owned(),
    };
    let span = match (counts.from, counts.to) {
        (Some(from), Some(to)) => format!(" from {} to {}", moment(from), moment(to)),
        _ => String::new(),
    };
    let each = |one: &Count| {
        let origin = match one.origin_status {
            0 => "no answer of the origin's".to_owned(),
            status => format!("{status} of the origin's"),
        };
        let (number, edge) = (count(one.count), one.edge_status);
        format!("{number} got {edge} with {origin} in {}", quote(&one.colo))
    };
    let all: Vec<String> = counts.errors.iter().map(each).collect();
    let sampled = match counts.sample_interval {
        Some(interval @ 2..) => format!(" (of every {} one was counted)", count(interval)),
        _ => String::new(),
    };
    let total = count(counts.total);
    match all.is_empty() {
        true => format!("the edge counted {total} requests for {host}{span}{sampled}, no 5xx among them"),
        false => format!(
            "the edge counted {total} requests for {host}{span}{sampled}: {}",
            list_of(&all, 3)
        ),
    }
}

pub(super) fn changes(changes: &[AccountChange]) -> String {
    match changes {
        [] => "the account's log has no change of late".to_owned(),
        [newest, ..] => {
            let at = newest.at.map(|at| format!(", {}", moment(at))).unwrap_or_default();
            format!(
                "the account's log has {}, the newest {}{at}",
                several(changes.len(), "change"),
                change(newest)
            )
        }
    }
}

/// One change: `` `change_setting` of `ssl`, from `full` to `strict` ``.
fn change(change: &AccountChange) -> String {
    let subject = match (change.subject.as_str(), change.resource.as_str()) {
        ("", "") => String::new(),
        ("", resource) => format!(" of {}", quote(resource)),
        (subject, _) => format!(" of {}", quote(subject)),
    };
    let values = match (change.before.as_str(), change.after.as_str()) {
        ("", "") => String::new(),
        ("", after) => format!(", to {}", quote(after)),
        (before, "") => format!(", from {}", quote(before)),
        (before, after) => format!(", from {} to {}", quote(before), quote(after)),
    };
    format!("{}{subject}{values}", quote(&change.action))
}
