//! The times that logs write, and what each of them leaves open.
//!
//! Most programs write local time and no zone, syslog leaves out the year, and the kernel counts
//! from boot. A [`Moment`] keeps what the line said; [`Clock`], which the caller fills in, turns it
//! into a point in time. Nothing is guessed here, and no clock is read.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use serde::{Deserialize, Serialize};

/// A time as a log has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Moment {
    /// A point in time: the line names its zone, or counts from 1970.
    Known(Timestamp),
    /// Local time of the machine that wrote it.
    Local(DateTime),
    /// Local time without the year, as in syslog.
    Yearless {
        /// 1 to 12.
        month: i8,
        /// 1 to 31.
        day: i8,
        /// Local time.
        time: Time,
    },
    /// Milliseconds since the machine was booted.
    SinceBoot(u64),
}

/// What it takes to place a [`Moment`] in time.
#[derive(Debug, Clone)]
pub struct Clock {
    /// The zone of the machine that wrote the log.
    pub zone: TimeZone,
    /// A time that is not before any line: when the log was read, or when the file was last written.
    pub now: Timestamp,
    /// When the machine was booted, if known.
    pub boot: Option<Timestamp>,
}

impl Clock {
    /// A machine in UTC whose time of boot is not known.
    #[must_use]
    pub fn utc(now: Timestamp) -> Clock {
        Clock { zone: TimeZone::UTC, now, boot: None }
    }

    /// The point in time; `None` where the moment does not exist, or boot is not known. A line
    /// without a year is of the latest year that does not lie more than a day ahead of `now`.
    #[must_use]
    pub fn place(&self, moment: &Moment) -> Option<Timestamp> {
        match *moment {
            Moment::Known(at) => Some(at),
            Moment::Local(at) => self.local(at),
            Moment::Yearless { month, day, time } => {
                let limit = self.now.as_second().saturating_add(24 * 60 * 60);
                let year = self.zone.to_datetime(self.now).year();
                // A 29 February is at most eight years back.
                (year.saturating_sub(8)..=year.saturating_add(1)).rev().find_map(|year| {
                    let date = Date::new(year, month, day).ok()?;
                    let at = self.local(DateTime::from_parts(date, time))?;
                    (at.as_second() <= limit).then_some(at)
                })
            }
            Moment::SinceBoot(ms) => {
                let ms = i64::try_from(ms).ok()?;
                let at = self.boot?.as_millisecond().checked_add(ms)?;
                Timestamp::from_millisecond(at).ok()
            }
        }
    }

    fn local(&self, at: DateTime) -> Option<Timestamp> {
        self.zone.to_ambiguous_timestamp(at).compatible().ok()
    }
}

/// A time at the beginning of a line, and what follows it.
pub(super) type Read<'a> = Option<(Moment, &'a [u8])>;

/// `2026/11/22 05:06:42`: nginx's error log, Go's standard logger. Local.
pub(super) fn slashed(line: &[u8]) -> Read<'_> {
    let (date, rest) = ymd(line, b'/')?;
    let (time, rest) = clock(rest.strip_prefix(b" ")?)?;
    Some((Moment::Local(DateTime::from_parts(date, time)), rest))
}

/// `2026-11-22T05:05:44Z`, with a fraction after `.` or `,`, with a space for the `T`, with `+01:00`,
/// `+0100` or ` +0100`; local where no zone stands. RFC 3339 and its relatives.
pub(super) fn dashed(line: &[u8]) -> Read<'_> {
    let (date, rest) = ymd(line, b'-')?;
    let rest = rest.strip_prefix(b"T").or_else(|| rest.strip_prefix(b" "))?;
    let (time, rest) = clock(rest)?;
    let at = DateTime::from_parts(date, time);
    if let Some(rest) = rest.strip_prefix(b"Z") {
        return Some((Moment::Known(Offset::UTC.to_timestamp(at).ok()?), rest));
    }
    match zone(rest).or_else(|| zone(rest.strip_prefix(b" ")?)) {
        Some((offset, rest)) => Some((Moment::Known(offset.to_timestamp(at).ok()?), rest)),
        None => Some((Moment::Local(at), rest)),
    }
}

/// `22/Nov/2026:05:06:42 +0000` (access logs), or without zone and with a fraction (HAProxy).
pub(super) fn access(line: &[u8]) -> Read<'_> {
    let (date, rest) = dmy(line, b'/')?;
    let (time, rest) = clock(rest.strip_prefix(b":")?)?;
    let at = DateTime::from_parts(date, time);
    match zone(rest.strip_prefix(b" ").unwrap_or(rest)) {
        Some((offset, rest)) => Some((Moment::Known(offset.to_timestamp(at).ok()?), rest)),
        None => Some((Moment::Local(at), rest)),
    }
}

/// `22-Nov-2026 05:18:44`, with or without a fraction: php-fpm. Local.
pub(super) fn dashed_month(line: &[u8]) -> Read<'_> {
    let (date, rest) = dmy(line, b'-')?;
    let (time, rest) = clock(rest.strip_prefix(b" ")?)?;
    Some((Moment::Local(DateTime::from_parts(date, time)), rest))
}

/// `Sun Nov 22 05:28:41.123456 2026`: Apache, uWSGI, `dmesg -T`. Local.
pub(super) fn asctime(line: &[u8]) -> Read<'_> {
    let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    days.iter().find(|day| line.starts_with(day.as_bytes()))?;
    let (month, day, time, rest) = month_day_clock(line.get(3..)?.strip_prefix(b" ")?)?;
    let rest = rest.strip_prefix(b" ")?;
    let date = Date::new(four(rest)?, month, day).ok()?;
    Some((Moment::Local(DateTime::from_parts(date, time)), &rest[4..]))
}

/// `Nov 22 05:23:24`, with or without a fraction: syslog, `journalctl`. Local, no year.
pub(super) fn syslog(line: &[u8]) -> Read<'_> {
    let (month, day, time, rest) = month_day_clock(line)?;
    Some((Moment::Yearless { month, day, time }, rest))
}

/// `[12345.678901]`, padded with spaces: the kernel's ring buffer, since boot.
pub(super) fn since_boot(line: &[u8]) -> Read<'_> {
    let rest = line.strip_prefix(b"[")?.trim_ascii_start();
    let (seconds, rest) = super::scan::number(rest)?;
    let (fraction, rest) = super::scan::number(rest.strip_prefix(b".")?)
        .filter(|(_, after)| rest.len() - after.len() == 7)?;
    let ms = seconds.checked_mul(1000)?.checked_add(fraction / 1000)?;
    Some((Moment::SinceBoot(ms), rest.strip_prefix(b"]")?))
}

/// Seconds since 1970 with or without a fraction (Caddy), or milli-, micro- or nanoseconds, told
/// apart by their size.
pub(super) fn epoch(value: &[u8]) -> Option<Moment> {
    let (whole, rest) = super::scan::number(value)?;
    let whole = i64::try_from(whole).ok()?;
    let at = match whole {
        100_000_000..=9_999_999_999 => {
            let digits = rest.strip_prefix(b".").unwrap_or_default();
            Timestamp::new(whole, fraction(digits).0).ok()?
        }
        100_000_000_000..=9_999_999_999_999 => Timestamp::from_millisecond(whole).ok()?,
        100_000_000_000_000..=9_999_999_999_999_999 => Timestamp::from_microsecond(whole).ok()?,
        _ if whole >= 100_000_000_000_000_000 => {
            Timestamp::from_nanosecond(i128::from(whole)).ok()?
        }
        _ => return None,
    };
    Some(Moment::Known(at))
}

/// Whichever of these forms stands at the beginning, with or without a `[` before it.
pub(super) fn leading(line: &[u8]) -> Option<Moment> {
    let bare = line.strip_prefix(b"[").unwrap_or(line);
    dashed(bare)
        .or_else(|| slashed(bare))
        .or_else(|| asctime(bare))
        .or_else(|| dashed_month(bare))
        .or_else(|| syslog(bare))
        .or_else(|| since_boot(line))
        .map(|(moment, _)| moment)
}

fn ymd(line: &[u8], mark: u8) -> Option<(Date, &[u8])> {
    let head = line.get(..10)?;
    if head[4] != mark || head[7] != mark {
        return None;
    }
    let date = Date::new(four(head)?, two(&head[5..])?, two(&head[8..])?).ok()?;
    Some((date, &line[10..]))
}

fn dmy(line: &[u8], mark: u8) -> Option<(Date, &[u8])> {
    let head = line.get(..11)?;
    if head[2] != mark || head[6] != mark {
        return None;
    }
    let date = Date::new(four(&head[7..])?, month(&head[3..6])?, two(head)?).ok()?;
    Some((date, &line[11..]))
}

fn month_day_clock(line: &[u8]) -> Option<(i8, i8, Time, &[u8])> {
    let month = month(line.get(..3)?)?;
    let rest = line[3..].strip_prefix(b" ")?;
    let day = match rest.get(..2)? {
        [b' ', digit @ b'1'..=b'9'] => i8::try_from(digit - b'0').ok()?,
        digits => two(digits)?,
    };
    if !(1..=31).contains(&day) {
        return None;
    }
    let (time, rest) = clock(rest[2..].strip_prefix(b" ")?)?;
    Some((month, day, time, rest))
}

/// `05:28:41`, and a fraction after `.` or `,`.
fn clock(line: &[u8]) -> Option<(Time, &[u8])> {
    let head = line.get(..8)?;
    if head[2] != b':' || head[5] != b':' {
        return None;
    }
    // A leap second is told as the last second of its minute.
    let second = two(&head[6..])?.min(59);
    let rest = &line[8..];
    let (nanos, rest) = match rest {
        [b'.' | b',', digits @ ..] if digits.first().is_some_and(u8::is_ascii_digit) => {
            fraction(digits)
        }
        _ => (0, rest),
    };
    Some((Time::new(two(head)?, two(&head[3..])?, second, nanos).ok()?, rest))
}

/// The digits of a fraction in nanoseconds, and what follows them.
fn fraction(digits: &[u8]) -> (i32, &[u8]) {
    let len = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut nanos = 0;
    for digit in digits[..len].iter().chain(&[b'0'; 9]).take(9) {
        nanos = nanos * 10 + i32::from(digit - b'0');
    }
    (nanos, &digits[len..])
}

/// `+01:00`, `-0500`.
fn zone(line: &[u8]) -> Option<(Offset, &[u8])> {
    let sign = match line.first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let hours = i32::from(two(&line[1..])?);
    let rest = &line[3..];
    let rest = rest.strip_prefix(b":").unwrap_or(rest);
    let minutes = i32::from(two(rest)?);
    let offset = Offset::from_seconds(sign * (hours * 60 + minutes) * 60).ok()?;
    Some((offset, &rest[2..]))
}

fn two(line: &[u8]) -> Option<i8> {
    match line.get(..2)? {
        [a @ b'0'..=b'9', b @ b'0'..=b'9'] => i8::try_from((a - b'0') * 10 + (b - b'0')).ok(),
        _ => None,
    }
}

fn four(line: &[u8]) -> Option<i16> {
    Some(i16::from(two(line)?) * 100 + i16::from(two(line.get(2..)?)?))
}

fn month(name: &[u8]) -> Option<i8> {
    let names = b"JanFebMarAprMayJunJulAugSepOctNovDec";
    let at = names.chunks(3).position(|known| known == name)?;
    i8::try_from(at + 1).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn clock_at(now: &str) -> Clock {
        let boot = Some("2026-11-22T00:00:00Z".parse().unwrap());
        Clock { zone: TimeZone::fixed(jiff::tz::offset(1)), now: now.parse().unwrap(), boot }
    }

    fn check(read: fn(&[u8]) -> Read<'_>, line: &str, rest: &str, placed: &str) {
        let (moment, after) = read(line.as_bytes()).unwrap_or_else(|| panic!("{line}"));
        let at = clock_at("2026-11-30T00:00:00Z").place(&moment).unwrap();
        assert_eq!((String::from_utf8_lossy(after).as_ref(), &*at.to_string()), (rest, placed));
    }

    #[test]
    fn every_form_is_read_and_local_times_are_placed_in_the_zone() {
        check(slashed, "2026/11/22 05:06:42 [error]", " [error]", "2026-11-22T04:06:42Z");
        check(dashed, "2026-11-22T05:05:44Z ERR", " ERR", "2026-11-22T05:05:44Z");
        check(dashed, "2026-11-22 05:16:58 +0000] [", "] [", "2026-11-22T05:16:58Z");
        check(dashed, "2026-11-22 05:16:58,123 x", " x", "2026-11-22T04:16:58.123Z");
        check(dashed, "2026-11-22T05:30:57.03903-05:30 h", " h", "2026-11-22T11:00:57.03903Z");
        check(access, "22/Nov/2026:05:06:42 +0200] \"", "] \"", "2026-11-22T03:06:42Z");
        check(access, "22/Nov/2026:05:23:24.892] fe", "] fe", "2026-11-22T04:23:24.892Z");
        check(dashed_month, "22-Nov-2026 05:18:44] N", "] N", "2026-11-22T04:18:44Z");
        check(asctime, "Sun Nov 22 05:28:41.123456 2026] [", "] [", "2026-11-22T04:28:41.123456Z");
        check(asctime, "Sun Nov  1 05:18:25 2026]", "]", "2026-11-01T04:18:25Z");
        check(syslog, "Nov 22 05:23:24 vm x", " vm x", "2026-11-22T04:23:24Z");
        check(since_boot, "[   12.345678] a", " a", "2026-11-22T00:00:12.345Z");
    }

    #[test]
    fn seconds_since_1970_come_in_four_sizes() {
        for (value, placed) in [
            ("1795325484.5126672", "2026-11-22T05:31:24.5126672Z"),
            ("1795325484", "2026-11-22T05:31:24Z"),
            ("1795325484512", "2026-11-22T05:31:24.512Z"),
            ("1795325484512667", "2026-11-22T05:31:24.512667Z"),
            ("1795325484512667200", "2026-11-22T05:31:24.5126672Z"),
        ] {
            assert_eq!(epoch(value.as_bytes()), Some(Moment::Known(placed.parse().unwrap())));
        }
        assert_eq!(epoch(b"12"), None);
    }

    #[test]
    fn a_line_without_a_year_is_of_the_last_year_that_it_can_be_of() {
        for (now, line, placed) in [
            ("2027-01-01T01:00:00Z", "Dec 31 23:59:00", "2026-12-31T22:59:00Z"),
            ("2026-12-31T23:30:00Z", "Jan  1 00:10:00", "2026-12-31T23:10:00Z"),
            ("2026-06-01T00:00:00Z", "Feb 29 12:00:00", "2024-02-29T11:00:00Z"),
            ("2026-11-22T05:00:00Z", "Nov 22 06:00:01", "2026-11-22T05:00:01Z"),
        ] {
            let (moment, _) = syslog(line.as_bytes()).unwrap();
            assert_eq!(clock_at(now).place(&moment).unwrap().to_string(), placed, "{line}");
        }
    }

    #[test]
    fn what_only_looks_like_a_time_is_none() {
        for line in ["2026/13/22 05:06:42", "2026/11/22T05:06:42", "2026/11/22 25:06:42", "", "20"]
        {
            assert_eq!(slashed(line.as_bytes()), None, "{line}");
        }
        assert_eq!(syslog(b"Nov 32 05:23:24"), None);
        assert_eq!(since_boot(b"[1.2] x"), None);
        assert_eq!(leading(b"hello"), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(line in proptest::collection::vec(any::<u8>(), 0..60)) {
            super::leading(&line);
            epoch(&line);
            access(&line);
        }

        #[test]
        fn nearly_times_do_not_either(line in "[\\[ ]?(Nov |Sun Nov )?[0-9/:. T+-]{0,40}") {
            let moment = super::leading(line.as_bytes());
            if let Some(moment) = moment {
                let _ = clock_at("2026-11-22T05:00:00Z").place(&moment);
            }
            epoch(line.as_bytes());
            access(line.as_bytes());
        }
    }
}
