//! The only clock: what time it is, and how long something took.
//!
//! Everything that is measured or stamped asks here, so that a reader who wonders where a time
//! comes from has one place to look. It sets no deadlines: those are in `sitting`.

use jiff::{SignedDuration, Timestamp, Unit};
use tokio::time::Instant;

/// The time in UTC, rounded to the millisecond.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    // Rounding fails only at the end of representable time.
    now.round(Unit::Millisecond).unwrap_or(now)
}

/// A point from which durations are measured; it has no date.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
pub fn instant() -> Instant {
    Instant::now()
}

/// Whole milliseconds since a point.
#[must_use]
pub fn ms_since(begun: Instant) -> u64 {
    u64::try_from(instant().saturating_duration_since(begun).as_millis()).unwrap_or(u64::MAX)
}

/// Milliseconds by the kernel's own counter, which goes on while somebody sets the clock, and stands while the machine
/// sleeps; as timers of systemd's count.
#[must_use]
pub fn up_ms() -> u64 {
    let up = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let whole = u64::try_from(up.tv_sec).unwrap_or_default().saturating_mul(1_000);
    whole.saturating_add(u64::try_from(up.tv_nsec).unwrap_or_default() / 1_000_000)
}

/// When the kernel was started, to a few milliseconds. Told by its own counter: `/proc/stat` and
/// `/proc/uptime` are made up in some containers.
#[must_use]
pub fn booted() -> Option<Timestamp> {
    let up = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let up = SignedDuration::new(up.tv_sec, i32::try_from(up.tv_nsec).ok()?);
    now().checked_sub(up).ok()?.round(Unit::Millisecond).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_told_to_the_millisecond() {
        assert_eq!(now().as_nanosecond() % 1_000_000, 0);
        assert!(ms_since(instant()) < 1_000);
    }
}
