//! What was changed in the Cloudflare account in the last day, as lines of the timeline.
//!
//! The account's log tells of changes; where it was not told, or does not reach so far, a record and the
//! SSL mode still bear the time of their last change. A change that the log tells is told once.

use jiff::{SignedDuration, Timestamp};

use crate::evidence::account::AccountChange;
use crate::evidence::host::Change;
use crate::evidence::{Evidence, ReadingId};
use crate::scene::account::Account;

/// How long before this sitting a change may have to do with the failure.
const BEFORE: SignedDuration = SignedDuration::from_hours(24);

/// Two tellings of one change are no further apart.
const SAME: SignedDuration = SignedDuration::from_secs(120);

/// The changes, each with the reading that tells of it, in no order.
pub(super) fn changes(evidence: &Evidence, begun: Timestamp) -> Vec<(ReadingId, Change)> {
    let account = Account::of(evidence);
    let late = |at: Timestamp| begun.duration_since(at) <= BEFORE;
    let zone = account.zone().map(|(_, zone)| zone.name.as_str());
    let ours = |change: &&AccountChange| {
        change.zone.is_empty() || zone.is_none_or(|zone| change.zone == zone)
    };
    let mut all: Vec<(ReadingId, Change)> = Vec::new();
    if let Some((id, log)) = account.changes() {
        let told = log.iter().filter(ours).filter_map(|change| {
            let at = change.at.filter(|at| late(*at))?;
            Some((id, Change { at, kind: "account".to_owned(), text: logged(change) }))
        });
        all.extend(told);
    }
    let mut more = Vec::new();
    if let Some((id, mode, Some(at))) = account.setting("ssl") {
        let text = format!("in the account, the SSL mode became {mode}");
        more.push((id, Change { at, kind: "account".to_owned(), text }));
    }
    for (id, record) in account.records().into_iter().flat_map(|(id, records)| {
        records.into_iter().map(move |record| (id, record)).collect::<Vec<_>>()
    }) {
        let Some(at) = record.modified_on else { continue };
        let text = format!(
            "in the account, the record {} of {} became {}",
            record.kind, record.name, record.content
        );
        more.push((id, Change { at, kind: "account".to_owned(), text }));
    }
    let logged: Vec<Timestamp> = all.iter().map(|(_, change)| change.at).collect();
    let twice = |at: Timestamp| logged.iter().any(|one| one.duration_since(at).abs() <= SAME);
    all.extend(more.into_iter().filter(|(_, change)| late(change.at) && !twice(change.at)));
    all
}

/// `in the account, change_setting of ssl from full to strict (by a user)`.
fn logged(change: &AccountChange) -> String {
    let mut text = format!("in the account, {}", change.action);
    match (change.subject.as_str(), change.resource.as_str()) {
        ("", "") => {}
        ("", resource) => text.push_str(&format!(" of {resource}")),
        (subject, _) => text.push_str(&format!(" of {subject}")),
    }
    if !change.before.is_empty() {
        text.push_str(&format!(" from {}", change.before));
    }
    if !change.after.is_empty() {
        text.push_str(&format!(" to {}", change.after));
    }
    let by = match change.actor.as_str() {
        "user" => " (by a user)",
        "account" => " (by a token of the account)",
        "system" | "cloudflare_admin" => " (by Cloudflare)",
        _ => "",
    };
    text.push_str(by);
    text
}
