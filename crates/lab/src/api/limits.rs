//! How often the API may be asked, and the headers that tell what is left.
//!
//! All tokens of a user share one quota, an account's token has its own. Who exceeds it is refused for a
//! whole window from then on.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::envelope::Reply;

/// A quota.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Requests in a window.
    pub quota: u32,
    /// How long a window is.
    pub window: Duration,
    spent: BTreeMap<String, Window>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    from: Instant,
    count: u32,
}

impl Default for Limits {
    /// 1200 in 5 minutes, as documented.
    fn default() -> Limits {
        Limits::new(1200, Duration::from_secs(300))
    }
}

impl Limits {
    /// So many in so long.
    #[must_use]
    pub fn new(quota: u32, window: Duration) -> Limits {
        Limits { quota, window, spent: BTreeMap::new() }
    }

    /// Counts a request of `who` at `now`: headers for its answer, and the refusal if it is one too many.
    pub(super) fn spend(
        &mut self,
        who: &str,
        now: Instant,
    ) -> (Vec<(&'static str, String)>, Option<Reply>) {
        let window = self.spent.entry(who.to_owned()).or_insert(Window { from: now, count: 0 });
        if now.duration_since(window.from) >= self.window {
            *window = Window { from: now, count: 0 };
        }
        window.count = window.count.saturating_add(1);
        if window.count == self.quota.saturating_add(1) {
            // The one too many: closed for a whole window from here.
            window.from = now;
        }
        let left = self.quota.saturating_sub(window.count);
        let over = self.window.saturating_sub(now.duration_since(window.from));
        let seconds = over.as_millis().div_ceil(1000);
        let headers = vec![
            ("ratelimit", format!("\"default\";r={left};t={seconds}")),
            (
                "ratelimit-policy",
                format!("\"default\";q={};w={}", self.quota, self.window.as_secs()),
            ),
        ];
        let refusal = (window.count > self.quota).then(|| limited(seconds));
        (headers, refusal)
    }
}

/// The answer to a request too many.
pub(super) fn limited(seconds: impl std::fmt::Display) -> Reply {
    let mut reply = Reply::fail(429, 971, "Please wait and consider throttling your request speed");
    reply.headers.push(("retry-after", seconds.to_string()));
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_too_many_closes_for_a_whole_window() {
        let mut limits = Limits::new(2, Duration::from_secs(10));
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let (headers, refusal) = limits.spend("user", at(0));
        assert_eq!(headers[0].1, "\"default\";r=1;t=10");
        assert_eq!(headers[1].1, "\"default\";q=2;w=10");
        assert!(refusal.is_none());
        assert!(limits.spend("user", at(1)).1.is_none());
        let refusal = limits.spend("user", at(8)).1.expect("the third of two");
        assert_eq!(
            (refusal.status, refusal.headers),
            (429, vec![("retry-after", "10".to_owned())])
        );
        assert!(
            limits.spend("user", at(17)).1.is_some(),
            "still closed, ten seconds from the third"
        );
        assert!(limits.spend("other", at(17)).1.is_none(), "others have their own");
        assert!(limits.spend("user", at(18)).1.is_none(), "open again");
    }
}
