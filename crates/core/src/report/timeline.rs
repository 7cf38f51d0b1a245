//! The timeline: what changed on the origin in the half hour before the first failure, and since.
//!
//! The first failure is the eldest that a log of the origin tells of, since it may have begun long
//! before anybody asked; where no log tells, it is this sitting. Nobody looks further back than two
//! hours before that. A change is not said to be the reason: that it comes before the failure is
//! what a person wants to see, and findings say what is known. Nothing is told while visits are
//! served.

use jiff::{SignedDuration, Timestamp};

use super::guard;
use super::words::units::{moment, several};
use crate::diagnosis::{Diagnosis, Outcome};
use crate::evidence::host::{Change, Changes, LogAnswer};
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
pub(super) fn changes<'a>(diagnosis: &Diagnosis<'a>) -> Vec<&'a Change> {
    seen(diagnosis).map(|(_, _, _, all)| all).unwrap_or_default()
}

/// The same for people; `None` where nothing changed.
pub(super) fn timeline(diagnosis: &Diagnosis<'_>) -> Option<Timeline> {
    let (id, changes, from, all) = seen(diagnosis)?;
    if all.is_empty() {
        return None;
    }
    let left = all.len().saturating_sub(TOLD);
    let heading = format!("Changes on the origin since {}", moment(from));
    let heading = match left {
        0 => heading,
        _ => format!("{heading}, the last {TOLD} of {}", several(all.len(), "change")),
    };
    let when = |change: &&Change| When {
        // RFC 3339 in UTC: 2026-11-12T09:00:00Z.
        time: change.at.to_string().get(11..19).unwrap_or_default().to_owned(),
        text: guard::within(&change.text.replace('`', "'"), 200),
    };
    let unseen: Vec<String> =
        changes.unseen.iter().map(|what| guard::harmless(&what.replace('`', "'"))).collect();
    Some(Timeline {
        heading,
        lines: all.iter().skip(left).map(when).collect(),
        unseen: (!unseen.is_empty()).then(|| format!("not looked at: {}", unseen.join(", "))),
        cites: vec![id],
    })
}

/// The reading, all changes, from when on they are told, and those.
type Seen<'a> = (ReadingId, &'a Changes, Timestamp, Vec<&'a Change>);

fn seen<'a>(diagnosis: &Diagnosis<'a>) -> Option<Seen<'a>> {
    if diagnosis.outcome() == Outcome::Healthy {
        return None;
    }
    let evidence = diagnosis.evidence;
    let (id, changes) = evidence.readings.iter().find_map(|reading| match reading.host()?.1 {
        HostAnswer::Changes(changes) => Some((reading.id, changes)),
        _ => None,
    })?;
    let begun = evidence.readings.iter().map(|reading| reading.at).min()?;
    let from = first_failure(evidence, begun).checked_sub(BEFORE).ok()?;
    let from = changes.from.map_or(from, |looked| looked.max(from));
    let all = changes.all.iter().filter(|change| change.at >= from).collect();
    Some((id, changes, from, all))
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
    use crate::evidence::host::{Known, LogSeen, LogSource};
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
