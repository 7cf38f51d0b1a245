//! The timeline: what changed on the origin in the half hour before the first failure, and since; and what
//! was changed in the Cloudflare account in the last day.
//!
//! The first failure is the eldest that a log of the origin tells of, since it may have begun long
//! before anybody asked; where no log tells, it is this sitting. Nobody looks further back than two
//! hours before that. A change is not said to be the reason: that it comes before the failure is
//! what a person wants to see, and findings say what is known. Nothing is told while visits are
//! served.

use jiff::{SignedDuration, Timestamp};

use super::{from_above, guard};
use super::words::units::{moment, several};
use crate::diagnosis::{Diagnosis, Outcome};
use crate::evidence::host::{Change, LogAnswer};
use crate::evidence::{Evidence, HostAnswer, ReadingId};
use crate::hop::Hop;
use crate::logs::Role;

/// How long before the first failure a change may have to do with it.
const BEFORE: SignedDuration = SignedDuration::from_mins(30);

/// How far back the first failure is looked for.
const FAILURE: SignedDuration = SignedDuration::from_hours(2);

/// How many changes people are told; programs get all.
const TOLD: usize = 20;

/// What changed, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// A heading without final stop: `Changes on the origin since 2026-11-22 11:03 UTC`.
    pub heading: String,
    /// The eldest first; never empty.
    pub lines: Vec<When>,
    /// What could not be looked at, as a sentence without its end.
    pub unseen: Option<String>,
    /// The reading.
    pub cites: Vec<ReadingId>,
}

/// A change in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct When {
    /// `11:03:07`, in UTC.
    pub time: String,
    /// What: one line, harmless.
    pub text: String,
}

/// The changes that may have to do with the failure, the eldest first; none while visits are served.
pub(super) fn changes(diagnosis: &Diagnosis<'_>) -> Vec<Change> {
    seen(diagnosis).map(|seen| seen.all).unwrap_or_default()
}

/// The same for people; `None` where nothing changed.
pub(super) fn timeline(diagnosis: &Diagnosis<'_>) -> Option<Timeline> {
    let Seen { cites, unseen, from, begun, above, all } = seen(diagnosis)?;
    if all.is_empty() {
        return None;
    }
    let left = all.len().saturating_sub(TOLD);
    let places = match (above, unseen) {
        (false, _) => "on the origin",
        (true, Some(_)) => "on the origin and in the account",
        (true, None) => "in the account",
    };
    let heading = format!("Changes {places} since {}", moment(from));
    let heading = match left {
        0 => heading,
        _ => format!("{heading}, the last {TOLD} of {}", several(all.len(), "change")),
    };
    let today = begun.to_string();
    let when = |change: &Change| {
        // RFC 3339 in UTC: 2026-11-12T09:00:00Z.
        let at = change.at.to_string();
        let time = match at.get(..10) == today.get(..10) {
            true => at.get(11..19).unwrap_or_default().to_owned(),
            false => moment(change.at),
        };
        When { time, text: guard::within(&change.text.replace('`', "'"), 200) }
    };
    let unseen: Vec<String> =
        unseen.unwrap_or_default().iter().map(|what| guard::harmless(&what.replace('`', "'"))).collect();
    Some(Timeline {
        heading,
        lines: all.iter().skip(left).map(when).collect(),
        unseen: (!unseen.is_empty()).then(|| format!("not looked at: {}", unseen.join(", "))),
        cites,
    })
}

/// What is told.
struct Seen<'a> {
    /// The readings.
    cites: Vec<ReadingId>,
    /// What could not be looked at on the origin; `None`: nobody looked there.
    unseen: Option<&'a [String]>,
    /// From when on changes are told.
    from: Timestamp,
    /// When this sitting began.
    begun: Timestamp,
    /// Whether some are the account's.
    above: bool,
    /// They, the eldest first.
    all: Vec<Change>,
}

fn seen<'a>(diagnosis: &Diagnosis<'a>) -> Option<Seen<'a>> {
    if diagnosis.outcome() == Outcome::Healthy {
        return None;
    }
    let evidence = diagnosis.evidence;
    let begun = evidence.readings.iter().map(|reading| reading.at).min()?;
    let within = evidence.readings.iter().find_map(|reading| match reading.host()?.1 {
        HostAnswer::Changes(changes) => Some((reading.id, changes)),
        _ => None,
    });
    let mut from = first_failure(evidence, begun).checked_sub(BEFORE).ok()?;
    let (mut cites, mut all) = (Vec::new(), Vec::new());
    if let Some((id, changes)) = within {
        from = changes.from.map_or(from, |looked| looked.max(from));
        cites.push(id);
        all.extend(changes.all.iter().filter(|change| change.at >= from).cloned());
    }
    let above = from_above::changes(evidence, begun);
    if above.is_empty() && within.is_none() {
        return None;
    }
    let some_above = !above.is_empty();
    for (id, change) in above {
        from = from.min(change.at);
        cites.push(id);
        all.push(change);
    }
    all.sort_by_key(|change| change.at);
    cites.sort_unstable();
    cites.dedup();
    let unseen = within.map(|(_, changes)| changes.unseen.as_slice());
    Some(Seen { cites, unseen, from, begun, above: some_above, all })
}

/// When it began to fail, as far as the logs tell.
fn first_failure(evidence: &Evidence, begun: Timestamp) -> Timestamp {
    let limit = begun.checked_sub(FAILURE).unwrap_or(begun);
    let told = evidence.readings.iter().filter_map(|reading| match reading.host()?.1 {
        HostAnswer::Log(LogAnswer::Read(log)) if reading.hop != Hop::Host => Some(log),
        _ => None,
    });
    let failed = told
        .flat_map(|log| &log.classes)
        .filter(|counted| matches!(counted.role, Role::Cause | Role::Consequence))
        .filter_map(|counted| counted.first);
    failed.min().map_or(begun, |first| first.clamp(limit, begun))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::diagnose;
    use crate::evidence::host::change::LOOKED_BACK;
    use crate::evidence::host::log::Counted;
    use crate::evidence::account::{AccountAnswer, AccountChange, AccountQuestion, Setting};
    use crate::evidence::host::{Changes, Known, LogSeen, LogSource};
    use crate::evidence::{HostQuestion, TcpAnswer};
    use crate::logs::Class;
    use crate::report::{Report, Style, html, json, markdown, text};
    use crate::scene::sample::{Sitting, page};
    use crate::target::SslMode;

    // Sittings of tests are at noon on 2026-11-20.
    fn at(time: &str) -> Timestamp {
        format!("2026-11-20T{time}Z").parse().unwrap()
    }

    fn changed(sitting: Sitting, more: usize) -> Sitting {
        let change = |time: &str, kind: &str, text: &str| Change {
            at: at(time),
            kind: kind.to_owned(),
            text: text.to_owned(),
        };
        let mut all = vec![
            change("09:40:00", "package", "nginx was upgraded from 1 to 2"),
            change("11:20:00", "config", "/etc/nginx/`x`\u{1b}[31m<b> was changed"),
            change("11:58:30", "unit", "shop.service failed (exit status 3)"),
        ];
        all.extend((0..more).map(|n| change("11:59:00", "unit", &format!("u{n}.service started"))));
        let unseen = vec!["the journal (root may read it)".to_owned()];
        let changes = Changes { from: Some(at("09:30:00")), all, unseen };
        sitting.on_origin(Known::Told).within(HostQuestion::Changes, HostAnswer::Changes(changes))
    }

    fn broken() -> Sitting {
        Sitting::new().mode(SslMode::Strict).visits(521, page(521)).tcp(TcpAnswer::Refused)
    }

    fn failed_since(sitting: Sitting, first: &str) -> Sitting {
        let counted = Counted {
            class: Class::UpstreamRefused,
            role: Role::Cause,
            count: 9,
            first: Some(at(first)),
            last: Some(at("11:59:59")),
        };
        let seen = LogSeen {
            dialect: Some("nginx-error".to_owned()),
            from: at("11:30:00"),
            is_whole: true,
            lines: 9,
            classes: vec![counted],
            events: vec![],
            tail: vec![],
            visits_arrived: 0,
        };
        let source = LogSource::File { path: "/var/log/nginx/error.log".to_owned() };
        sitting.within(
            HostQuestion::Log { source, part: Hop::Proxy },
            HostAnswer::Log(LogAnswer::Read(Box::new(seen))),
        )
    }

    fn told(sitting: Sitting) -> Vec<String> {
        let evidence = sitting.evidence();
        let diagnosis = diagnose(&evidence);
        let told = timeline(&diagnosis);
        told.map(|t| t.lines.iter().map(|l| format!("{} {}", l.time, l.text)).collect())
            .unwrap_or_default()
    }

    #[test]
    fn it_begins_half_an_hour_before_the_first_failure() {
        let failed = "11:58:30 shop.service failed (exit status 3)";
        assert_eq!(told(changed(broken(), 0)), [failed]);
        let two = told(failed_since(changed(broken(), 0), "11:40:00"));
        assert_eq!(two.len(), 2);
        assert!(two[0].starts_with("11:20:00 /etc/nginx/'x'\\x1b[31m<b>"), "{two:?}");
        // The failure is not looked for further back than two hours.
        assert_eq!(told(failed_since(changed(broken(), 0), "03:00:00")).len(), 3);
    }

    #[test]
    fn as_much_is_looked_at_as_may_be_told() {
        assert_eq!(Some(LOOKED_BACK), BEFORE.checked_add(FAILURE));
    }

    #[test]
    fn what_was_changed_in_the_account_in_the_last_day_stands_among_it() {
        let ask = |name: &str| AccountQuestion::Setting { name: name.to_owned() };
        let mode = |time: &str| AccountAnswer::Setting {
            setting: Setting {
                id: "ssl".to_owned(),
                value: "strict".into(),
                modified_on: time.parse().ok(),
                ..Setting::default()
            },
        };
        let log = |time: &str| AccountAnswer::Changes {
            changes: vec![AccountChange {
                at: time.parse().ok(),
                actor: "user".to_owned(),
                action: "change_setting".to_owned(),
                subject: "ssl".to_owned(),
                before: "full".to_owned(),
                after: "strict\u{1b}[2J".to_owned(),
                ..AccountChange::default()
            }],
        };
        let told_by_setting = broken().account(ask("ssl"), mode("2026-11-20T11:00:00Z"));
        assert_eq!(
            told(told_by_setting.clone()),
            ["11:00:00 in the account, the SSL mode became strict"]
        );
        let twice =
            told_by_setting.account(AccountQuestion::Changes, log("2026-11-20T11:00:01Z"));
        assert_eq!(
            told(twice.clone()),
            ["11:00:01 in the account, change_setting of ssl from full to strict\\x1b[2J (by a user)"]
        );
        let yesterday = broken().account(ask("ssl"), mode("2026-11-19T14:00:00Z"));
        assert_eq!(
            told(yesterday),
            ["2026-11-19 14:00 UTC in the account, the SSL mode became strict"]
        );
        assert!(told(broken().account(ask("ssl"), mode("2026-11-18T14:00:00Z"))).is_empty());
        // Between those of the origin, by their time.
        let both = told(changed(twice, 0));
        assert_eq!(both.len(), 2, "{both:?}");
        assert!(both[1].starts_with("11:58:30 shop.service"), "{both:?}");
    }

    #[test]
    fn nothing_is_told_while_visits_are_served() {
        assert!(told(changed(Sitting::healthy(), 0)).is_empty());
        let evidence = changed(Sitting::healthy(), 0).evidence();
        assert!(!json(&diagnose(&evidence)).text().contains("\"timeline\""));
    }

    #[test]
    fn every_voice_tells_it_and_nothing_in_it_acts() {
        let evidence = failed_since(changed(broken(), 30), "11:40:00").evidence();
        let diagnosis = diagnose(&evidence);
        let report = Report::of(&diagnosis);
        let plain = text(&report, 80, Style::default());
        assert!(plain.contains("the last 20 of 32 changes"), "{plain}");
        assert!(plain.contains("  11:59:00 u29.service started"), "{plain}");
        assert!(plain.contains("not looked at: the journal (root may read it)"), "{plain}");
        let evidence = failed_since(changed(broken(), 0), "11:40:00").evidence();
        let diagnosis = diagnose(&evidence);
        let report = Report::of(&diagnosis);
        for voice in [text(&report, 80, Style::default()), markdown(&report), html(&report)] {
            assert!(voice.contains("shop.service failed"), "{voice}");
            assert!(!voice.contains('\u{1b}'), "{voice}");
        }
        assert!(!html(&report).contains("<b>"));
        let json: serde_json::Value = serde_json::from_str(&json(&diagnosis).text()).unwrap();
        assert_eq!(json["timeline"][1]["at"], "2026-11-20T11:58:30Z");
        assert_eq!(json["timeline"][1]["kind"], "unit");
    }
}
