//! Words for what a log says.
//!
//! One sentence a log: its deepest reason, when that was said last, how often. Where no line tells
//! why anything failed, the last words of the log stand in for it if they are of a service: what an
//! app says before it goes is often of no known form.

use jiff::Timestamp;

use super::subject;
use crate::evidence::host::log::Counted;
use crate::evidence::host::{HostQuestion, Kept, LogAnswer, LogSeen, LogSource};
use crate::logs::Role;
use crate::report::guard::quote;
use crate::report::words::units::{count, duration, moment};

/// How far apart reasons may be that belong to one failure, in seconds.
const LATELY: i64 = 60;

pub(super) fn sentence(question: &HostQuestion, log: &LogAnswer, now: Timestamp) -> String {
    let name = subject(question);
    match log {
        LogAnswer::Read(seen) => read(question, &name, seen, now),
        LogAnswer::Missing => format!("{name} does not exist"),
        LogAnswer::Forbidden => format!("{name} may be read by root only"),
        LogAnswer::Unreadable { why } => format!("{name} could not be read: {}", quote(why)),
    }
}

fn read(question: &HostQuestion, name: &str, seen: &LogSeen, now: Timestamp) -> String {
    let span = span(seen, now);
    let tells = |one: &&Counted| matches!(one.role, Role::Cause | Role::Consequence);
    // What was said lately comes before what is deeper and long past.
    let newest = seen.classes.iter().filter(tells).filter_map(|one| one.last).max();
    let is_late = |one: &&Counted| match (newest, one.last) {
        (Some(newest), Some(last)) => newest.as_second() - last.as_second() <= LATELY,
        (newest, _) => newest.is_none(),
    };
    let told = seen
        .classes
        .iter()
        .filter(tells)
        .filter(is_late)
        .find_map(|one| Some((one, said(seen, one)?)));
    if let Some((counted, kept)) = told {
        let at = kept.at.map(|at| format!(" at {}", near(at, now))).unwrap_or_default();
        let often = match counted.count {
            0 | 1 => String::new(),
            times => format!(" ({} times in {span})", count(times)),
        };
        return format!("{name} says{at}: {}{often}", quote(&kept.event.text));
    }
    let is_service =
        matches!(question, HostQuestion::Log { source: LogSource::Journal { .. }, .. });
    match seen.tail.last() {
        Some(last) if is_service => {
            format!("{name} tells of no failure in {span} and ends with: {}", quote(last))
        }
        _ if seen.lines == 0 => format!("{name} has no line of {span}"),
        _ => format!("{name} tells of no failure in {span}"),
    }
}

/// The newest event of a class; of a class of which none was kept nothing is told.
fn said<'a>(seen: &'a LogSeen, of: &Counted) -> Option<&'a Kept> {
    let same = |kept: &&Kept| kept.event.class == of.class;
    let mut newest_first = seen.events.iter().rev().filter(same);
    let in_role = newest_first.clone().find(|kept| kept.event.role == of.role);
    in_role.or_else(|| newest_first.next())
}

/// `the last 30 min`; of a log that was not read so far, `the part of it that was read`.
fn span(seen: &LogSeen, now: Timestamp) -> String {
    let ms = now.as_millisecond().saturating_sub(seen.from.as_millisecond());
    // Whole minutes: the look itself takes some seconds.
    let minutes = u64::try_from(ms).unwrap_or(0).saturating_add(30_000) / 60_000;
    let last = match minutes {
        0..=120 => format!("the last {}", duration(minutes * 60_000)),
        _ => format!("the time since {}", moment(seen.from)),
    };
    if seen.is_whole { last } else { format!("the newest part of {last}") }
}

/// `02:13:07 UTC`, with the day where that is another one.
fn near(at: Timestamp, now: Timestamp) -> String {
    let day = |at: Timestamp| at.to_string().get(..10).unwrap_or_default().to_owned();
    if day(at) == day(now) { clock(at) } else { format!("{} {}", day(at), clock(at)) }
}

/// `02:13:07 UTC`.
pub(super) fn clock(at: Timestamp) -> String {
    format!("{} UTC", at.to_string().get(11..19).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hop::Hop;
    use crate::logs::Clock;
    use crate::logs::recent::{By, Look, Recent};

    fn at(time: &str) -> Timestamp {
        format!("2026-11-22T{time}Z").parse().unwrap()
    }

    fn file() -> HostQuestion {
        let source = LogSource::File { path: "/var/log/nginx/error.log".to_owned() };
        HostQuestion::Log { source, part: Hop::Proxy }
    }

    fn journal() -> HostQuestion {
        let source = LogSource::Journal { unit: "shop.service".to_owned() };
        HostQuestion::Log { source, part: Hop::App }
    }

    /// What these lines amount to, read from their end at half past two.
    fn seen(lines: &[&str], all: bool) -> LogAnswer {
        let mut recent = Recent::backward(Look {
            clock: Clock::utc(at("02:30:00")),
            from: at("02:00:00"),
            mark: String::new(),
            by: By::Looks,
            only: None,
        });
        for line in lines.iter().rev() {
            recent.line(line.as_bytes());
        }
        LogAnswer::Read(Box::new(recent.end(all)))
    }

    fn check(question: &HostQuestion, answer: &LogAnswer, said: &str) {
        assert_eq!(sentence(question, answer, at("02:30:00")), said);
    }

    const MISSING: &str = "2026/11/22 02:13:07 [crit] 5#5: *2 connect() to unix:/run/shop/shop.sock \
                           failed (2: No such file or directory) while connecting to upstream, \
                           client: 203.0.113.9, server: s.example, request: \"GET / HTTP/1.1\", \
                           upstream: \"http://unix:/run/shop/shop.sock:/\"";

    #[test]
    fn the_deepest_reason_is_told_with_its_time_and_how_often() {
        check(
            &file(),
            &seen(&[MISSING; 14], true),
            "`/var/log/nginx/error.log` says at 02:13:07 UTC: `connect() to unix:/run/shop/shop.sock \
             failed (2: No such file or directory) while connecting to upstream` (14 times in the last 30 min)",
        );
        check(
            &file(),
            &seen(&[MISSING], true),
            "`/var/log/nginx/error.log` says at 02:13:07 UTC: `connect() to unix:/run/shop/shop.sock \
             failed (2: No such file or directory) while connecting to upstream`",
        );
        check(
            &file(),
            &seen(&[MISSING; 3], false),
            "`/var/log/nginx/error.log` says at 02:13:07 UTC: `connect() to unix:/run/shop/shop.sock \
             failed (2: No such file or directory) while connecting to upstream` (3 times in the newest part of the last 30 min)",
        );
    }

    #[test]
    fn what_was_said_lately_comes_before_what_is_deeper_and_long_past() {
        let late = MISSING
            .replace("02:13:07 [crit]", "02:29:59 [error]")
            .replace("(2: No such file or directory)", "(111: Connection refused)");
        let said = sentence(&file(), &seen(&[MISSING, MISSING, &late], true), at("02:30:00"));
        assert!(said.contains("02:29:59 UTC") && said.contains("refused"), "{said}");
        let beside = late.replace("02:29:59", "02:13:09");
        let said = sentence(&file(), &seen(&[MISSING, &beside], true), at("02:30:00"));
        assert!(said.contains("02:13:07 UTC") && said.contains("No such file"), "{said}");
    }

    #[test]
    fn the_last_words_of_a_service_are_told_where_no_reason_is() {
        check(
            &journal(),
            &seen(&["cannot open `shop.db`\x1b[31m", "bye"], true),
            "the journal of `shop.service` tells of no failure in the last 30 min and ends with: `bye`",
        );
        check(
            &file(),
            &seen(&["bye"], true),
            "`/var/log/nginx/error.log` tells of no failure in the last 30 min",
        );
        check(
            &file(),
            &seen(&[], true),
            "`/var/log/nginx/error.log` has no line of the last 30 min",
        );
    }

    #[test]
    fn what_could_not_be_read_is_told_as_such() {
        check(&file(), &LogAnswer::Missing, "`/var/log/nginx/error.log` does not exist");
        check(
            &journal(),
            &LogAnswer::Forbidden,
            "the journal of `shop.service` may be read by root only",
        );
        let why = "it is no regular file".to_owned();
        check(
            &file(),
            &LogAnswer::Unreadable { why },
            "`/var/log/nginx/error.log` could not be read: `it is no regular file`",
        );
    }

    #[test]
    fn of_another_day_the_day_is_told() {
        assert_eq!(near(at("02:00:00"), at("02:30:00")), "02:00:00 UTC");
        let later = "2026-11-23T00:00:01Z".parse().unwrap();
        assert_eq!(near(at("23:59:00"), later), "2026-11-22 23:59:00 UTC");
    }
}
