//! Limits: what the API says of how often it may be asked, and a gate that heeds it.
//!
//! Past 1200 calls in five minutes everything is refused for the next five, the owner's dashboard included.
//! So whoever is told that nothing remains waits, or does not ask. GraphQL has a budget, and a gate, of its own.

use std::sync::Mutex;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use rayfix_core::evidence::account::envelope::ApiReply;
use tokio::time::Instant;

use crate::clock;
use crate::tap::lock;

/// No wait that is told is taken for longer.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Closed while nothing may be asked.
#[derive(Default)]
pub(super) struct Gate {
    until: Mutex<Option<Instant>>,
}

impl Gate {
    /// Waits until the gate is open.
    ///
    /// # Errors
    /// For how long it is closed, when that is past the deadline; then nothing was waited for.
    pub(super) async fn pass(&self, by: Instant) -> Result<(), Duration> {
        let until = *lock(&self.until);
        let now = clock::instant();
        match until {
            Some(until) if until > by => Err(until.saturating_duration_since(now)),
            Some(until) if until > now => {
                tokio::time::sleep_until(until).await;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Heeds what an answer says of the limit.
    pub(super) fn heed(&self, reply: &ApiReply<'_>) {
        let now = clock::now();
        let told = match remaining(reply) {
            Some(0) => reset(reply, now),
            // Some other limit than the general one was reached.
            Some(_) => None,
            None if reply.status == 429 => retry_after(reply, now),
            None => None,
        };
        if let Some(wait) = told {
            let until = clock::instant() + wait;
            let mut closed = lock(&self.until);
            *closed = Some(closed.map_or(until, |before| before.max(until)));
        }
    }
}

/// For how long an answer asks us to wait, whatever its status.
pub(super) fn wait(reply: &ApiReply<'_>) -> Option<Duration> {
    let now = clock::now();
    let by_remaining = || (remaining(reply) == Some(0)).then(|| reset(reply, now)).flatten();
    retry_after(reply, now).or_else(by_remaining)
}

/// `Retry-After`: seconds, or a date.
fn retry_after(reply: &ApiReply<'_>, now: Timestamp) -> Option<Duration> {
    seconds_or_date(reply.header("retry-after")?, now)
}

/// How many calls remain, by either header; the least, where several limits are told.
fn remaining(reply: &ApiReply<'_>) -> Option<u64> {
    let limits = reply.header("ratelimit").map(policies).unwrap_or_default();
    let least = limits.iter().filter_map(|limit| limit.remaining).min();
    least.or_else(|| reply.header("x-ratelimit-remaining")?.trim().parse().ok())
}

/// When a limit that is used up is lifted; the latest, where several are.
fn reset(reply: &ApiReply<'_>, now: Timestamp) -> Option<Duration> {
    let limits = reply.header("ratelimit").map(policies).unwrap_or_default();
    let used_up = limits.iter().filter(|limit| limit.remaining == Some(0));
    if let Some(reset) = used_up.filter_map(|limit| limit.reset_s).max() {
        return Some(Duration::from_secs(reset).min(LONGEST));
    }
    let old = reply.header("x-ratelimit-reset").and_then(|reset| seconds_or_date(reset, now));
    // How long a window is says how long at most it takes.
    old.or_else(|| retry_after(reply, now)).or_else(|| {
        let windows = policies(reply.header("ratelimit-policy")?);
        let window = windows.iter().filter_map(|policy| policy.window_s).max()?;
        Some(Duration::from_secs(window).min(LONGEST))
    })
}

/// `30`, a moment in seconds since 1970, or `Wed, 21 Oct 2026 07:28:00 GMT`.
fn seconds_or_date(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        let now_s = u64::try_from(now.as_second()).unwrap_or(0);
        // Nobody is asked to wait for thirty years.
        let seconds = if seconds > 1_000_000_000 { seconds.saturating_sub(now_s) } else { seconds };
        return Some(Duration::from_secs(seconds).min(LONGEST));
    }
    let at = DateTimeParser::new().parse_timestamp(text).ok()?;
    let wait = Duration::try_from(at.duration_since(now)).unwrap_or_default();
    Some(wait.min(LONGEST))
}

/// One limit of `Ratelimit` or `Ratelimit-Policy`.
#[derive(Debug, Default, PartialEq, Eq)]
struct Limit {
    remaining: Option<u64>,
    reset_s: Option<u64>,
    window_s: Option<u64>,
}

/// Reads `"default";r=50;t=30, "burst";r=0;t=1`.
fn policies(text: &str) -> Vec<Limit> {
    let limits = text.split(',').map(|limit| {
        let mut read = Limit::default();
        for part in limit.split(';') {
            let Some((name, value)) = part.split_once('=') else { continue };
            let value = value.trim().parse().ok();
            match name.trim() {
                "r" => read.remaining = value,
                "t" => read.reset_s = value,
                "w" => read.window_s = value,
                _ => {}
            }
        }
        read
    });
    limits.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, headers: &[(&str, &str)], check: impl FnOnce(&ApiReply<'_>)) {
        let headers: Vec<_> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        check(&ApiReply { status, headers: &headers, body: b"", secret: "" });
    }

    async fn closed_after(status: u16, headers: &[(&str, &str)]) -> Option<u64> {
        let gate = Gate::default();
        reply(status, headers, |reply| gate.heed(reply));
        let wait = gate.pass(clock::instant()).await.err()?;
        Some(wait.as_millis().div_ceil(1000).try_into().unwrap())
    }

    #[tokio::test]
    async fn the_gate_closes_when_nothing_remains() {
        let policy = ("ratelimit-policy", "\"default\";q=1200;w=300");
        for (status, headers, closed) in [
            (200, vec![("ratelimit", "\"default\";r=50;t=30"), policy], None),
            (200, vec![("ratelimit", "\"default\";r=0;t=30"), policy], Some(30)),
            (200, vec![("ratelimit", "\"default\";r=0"), policy], Some(300)),
            (200, vec![("ratelimit", "\"a\";r=0;t=2, \"b\";r=0;t=7, \"c\";r=1;t=99")], Some(7)),
            (200, vec![("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "12")], Some(12)),
            (200, vec![("x-ratelimit-remaining", "3"), ("x-ratelimit-reset", "12")], None),
            (429, vec![("retry-after", "30")], Some(30)),
            // A limit of one product: the others may still be asked.
            (429, vec![("retry-after", "30"), ("ratelimit", "\"default\";r=900;t=30")], None),
            (429, vec![], None),
            (200, vec![("ratelimit", "what is this"), ("x-ratelimit-remaining", "-")], None),
        ] {
            assert_eq!(closed_after(status, &headers).await, closed, "{headers:?}");
        }
    }

    #[tokio::test]
    async fn the_longest_wait_that_was_told_counts() {
        let gate = Gate::default();
        reply(200, &[("ratelimit", "\"default\";r=0;t=30")], |reply| gate.heed(reply));
        reply(200, &[("ratelimit", "\"default\";r=0;t=2")], |reply| gate.heed(reply));
        assert!(gate.pass(clock::instant()).await.unwrap_err() > Duration::from_secs(20));
    }

    #[test]
    fn a_wait_is_told_in_seconds_or_by_a_date() {
        let now: Timestamp = "2026-10-21T07:28:00Z".parse().unwrap();
        for (text, wait) in [
            ("30", Some(30)),
            (" 30 ", Some(30)),
            ("Wed, 21 Oct 2026 07:28:45 GMT", Some(45)),
            ("Wed, 21 Oct 2026 07:27:00 GMT", Some(0)),
            ("1792567690", Some(10)),
            ("99999999", Some(86_400)),
            ("soon", None),
            ("-1", None),
        ] {
            assert_eq!(seconds_or_date(text, now).map(|wait| wait.as_secs()), wait, "{text}");
        }
    }
}
