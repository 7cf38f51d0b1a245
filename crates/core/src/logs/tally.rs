//! How often each meaning occurred, to whom, and when.
//!
//! The classes come in the order in which to act on them: causes before what follows from them,
//! what was rescued, and noise; within these the deeper first, then the more frequent. A failed try
//! of a request that another try answered is moved to the rescued ones, and a worker that was killed
//! since it took too long, or since memory ran out, follows from that, whichever log is read first. Memory is bounded: texts, rays and peers are kept for the first few of a class,
//! counts for all.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use serde::Serialize;

use super::class::{Class, Role};
use super::event::{LogEvent, Upstream};

const EXAMPLES: usize = 3;
const RAYS: usize = 20;
const UPSTREAMS: usize = 200;
const MINUTES: usize = 20_000;
const WAITING: usize = 50_000;

/// How long after a failed try the answer of another one may come, in seconds: nginx's usual
/// timeout of 60 for each of two tries.
const RESCUE_WITHIN: i64 = 120;

/// How long before the end of a worker its reason may be told, in seconds.
const KILLED_WITHIN: u64 = 60;

/// Counts of one class in one role.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Counted {
    /// The meaning.
    pub class: Class,
    /// Its role here.
    pub role: Role,
    /// How many lines.
    pub count: u64,
    /// The earliest, where the lines have times.
    pub first: Option<Timestamp>,
    /// The latest.
    pub last: Option<Timestamp>,
    /// Whom they are about, the most frequent first; at most 200 are told apart.
    pub upstreams: Vec<(Upstream, u64)>,
    /// The first three of those read, as `(file, line, text)`; the line is 0 where it is not known.
    pub examples: Vec<(usize, u64, String)>,
    /// The first twenty Ray IDs, without data centre.
    pub rays: Vec<String>,
}

/// How often something was said in one minute.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Minute {
    /// Its first second.
    pub minute: Timestamp,
    /// The meaning.
    pub class: Class,
    /// Whom it is about.
    pub upstream: Option<Upstream>,
    /// The status answered.
    pub status: Option<u16>,
    /// How many lines.
    pub count: u64,
}

/// Counts of everything that was read.
#[derive(Debug, Default)]
pub struct Tally {
    classes: BTreeMap<(Role, Class), Sum>,
    minutes: BTreeMap<(i64, Class, Option<Upstream>, Option<u16>), u64>,
    /// Failed tries and rescued requests that have not met yet, by visitor and path.
    waiting: HashMap<(String, String), Vec<Try>>,
    /// Workers that were killed, and why, by process: its second and whether it is the reason.
    killed: HashMap<u32, Vec<(i64, bool)>>,
}

#[derive(Debug, Default)]
struct Sum {
    count: u64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    upstreams: HashMap<Upstream, u64>,
    examples: Vec<(usize, u64, String)>,
    rays: Vec<String>,
    known: HashSet<String>,
}

#[derive(Debug, Clone, PartialEq)]
struct Try {
    second: i64,
    /// `None`: the request that was rescued.
    failed: Option<(Class, Option<Upstream>)>,
}

impl Tally {
    /// Nothing counted yet.
    #[must_use]
    pub fn new() -> Tally {
        Tally::default()
    }

    /// Counts an event: `at` is its time as the caller placed it, `file` a number of the caller's
    /// for the log, `line` counts from 1 and is 0 where it is not known.
    pub fn add(&mut self, event: &LogEvent, at: Option<Timestamp>, file: usize, line: u64) {
        let role = match at.map(Timestamp::as_second) {
            Some(second) if self.meets(event, second) => Role::Rescued,
            Some(second) if self.follows(event, second) => Role::Consequence,
            _ => event.role,
        };
        let sum = self.classes.entry((role, event.class)).or_default();
        sum.count += 1;
        if let Some(at) = at {
            sum.first = Some(sum.first.map_or(at, |first| first.min(at)));
            sum.last = Some(sum.last.map_or(at, |last| last.max(at)));
        }
        if let Some(upstream) = &event.upstream
            && (sum.upstreams.len() < UPSTREAMS || sum.upstreams.contains_key(upstream))
        {
            *sum.upstreams.entry(upstream.clone()).or_default() += 1;
        }
        if sum.examples.len() < EXAMPLES {
            sum.examples.push((file, line, event.text.clone()));
        }
        if let Some(ray) = &event.ray
            && sum.rays.len() < RAYS
        {
            let ray = ray.split('-').next().unwrap_or(ray).to_owned();
            if sum.known.insert(ray.clone()) {
                sum.rays.push(ray);
            }
        }
        if let Some(at) = at {
            let minute = at.as_second().div_euclid(60);
            let key = (minute, event.class, event.upstream.clone(), event.status);
            if self.minutes.len() < MINUTES || self.minutes.contains_key(&key) {
                *self.minutes.entry(key).or_default() += 1;
            }
        }
    }

    /// Whether this is a failed try of a request that was rescued. If it is the rescue, the failed
    /// try is moved.
    fn meets(&mut self, event: &LogEvent, second: i64) -> bool {
        let rescue = event.class == Class::UpstreamRetried;
        let failure = event.role == Role::Cause && event.upstream.is_some();
        let (Some(client), Some(path), true) = (&event.client, &event.path, rescue || failure)
        else {
            return false;
        };
        let key = (client.clone(), path.clone());
        let full = self.waiting.len() >= WAITING;
        let Some(tries) = (if full {
            self.waiting.get_mut(&key)
        } else {
            Some(self.waiting.entry(key).or_default())
        }) else {
            return false;
        };
        let other = tries.iter().position(|other| {
            let (failed, answered) =
                if rescue { (other.second, second) } else { (second, other.second) };
            other.failed.is_some() == rescue && (0..=RESCUE_WITHIN).contains(&(answered - failed))
        });
        let Some(other) = other else {
            let failed = failure.then(|| (event.class, event.upstream.clone()));
            if tries.len() < 64 {
                tries.push(Try { second, failed });
            }
            return false;
        };
        match tries.swap_remove(other).failed {
            Some((class, upstream)) => {
                self.move_one(class, upstream.as_ref(), Role::Rescued);
                false
            }
            None => true,
        }
    }

    /// Whether this is the kill of a worker of which the reason is known. If it is the reason, the
    /// kill is moved.
    fn follows(&mut self, event: &LogEvent, second: i64) -> bool {
        let reason = matches!(event.class, Class::AppWorkerTimeout | Class::AppOutOfMemory);
        let kill = event.class == Class::AppWorkerKilled;
        let Some(pid) = event.pid.filter(|_| (reason || kill) && event.role == Role::Cause) else {
            return false;
        };
        if self.killed.len() >= WAITING && !self.killed.contains_key(&pid) {
            return false;
        }
        let known = self.killed.entry(pid).or_default();
        let near = |other: &(i64, bool)| {
            other.1 == kill && (other.0 - second).unsigned_abs() <= KILLED_WITHIN
        };
        match known.iter().position(near) {
            Some(at) if kill => {
                known.swap_remove(at);
                true
            }
            Some(at) => {
                known.swap_remove(at);
                self.move_one(Class::AppWorkerKilled, None, Role::Consequence);
                false
            }
            None => {
                known.truncate(8);
                known.push((second, reason));
                false
            }
        }
    }

    /// Moves one count of a cause to this role.
    fn move_one(&mut self, class: Class, upstream: Option<&Upstream>, to: Role) {
        let Some(sum) = self.classes.get_mut(&(Role::Cause, class)) else { return };
        sum.count -= 1;
        if let Some(upstream) = upstream
            && let Some(count) = sum.upstreams.get_mut(upstream)
        {
            *count -= 1;
            if *count == 0 {
                sum.upstreams.remove(upstream);
            }
        }
        let (first, last, examples) = (sum.first, sum.last, sum.examples.clone());
        if sum.count == 0 {
            self.classes.remove(&(Role::Cause, class));
        }
        let moved = self.classes.entry((to, class)).or_default();
        moved.count += 1;
        moved.first = moved.first.or(first);
        moved.last = moved.last.max(last);
        if let Some(upstream) = upstream {
            *moved.upstreams.entry(upstream.clone()).or_default() += 1;
        }
        if moved.examples.is_empty() {
            moved.examples = examples;
        }
    }

    /// The counts, in the order in which to act on them.
    #[must_use]
    pub fn classes(&self) -> Vec<Counted> {
        let mut all: Vec<Counted> = self
            .classes
            .iter()
            .map(|((role, class), sum)| {
                let mut upstreams: Vec<_> =
                    sum.upstreams.iter().map(|(whom, count)| (whom.clone(), *count)).collect();
                upstreams.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
                Counted {
                    class: *class,
                    role: *role,
                    count: sum.count,
                    first: sum.first,
                    last: sum.last,
                    upstreams,
                    examples: sum.examples.clone(),
                    rays: sum.rays.clone(),
                }
            })
            .collect();
        all.sort_by(|a, b| {
            let rank = |one: &Counted| (one.role, one.class);
            rank(a).cmp(&rank(b)).then_with(|| b.count.cmp(&a.count))
        });
        all
    }

    /// The part of all causes that this class makes up, 0 to 1; 0 for what is no cause.
    #[must_use]
    pub fn share(&self, counted: &Counted) -> f64 {
        let causes = self.classes.iter().filter(|((role, _), _)| *role == Role::Cause);
        let all: u64 = causes.map(|(_, sum)| sum.count).sum();
        if counted.role != Role::Cause || all == 0 {
            return 0.0;
        }
        #[expect(clippy::cast_precision_loss, reason = "a share needs two digits")]
        let share = counted.count as f64 / all as f64;
        share
    }

    /// The counts by minute, oldest first; at most 20,000 rows.
    #[must_use]
    pub fn minutes(&self) -> Vec<Minute> {
        self.minutes
            .iter()
            .filter_map(|((minute, class, upstream, status), count)| {
                Some(Minute {
                    minute: Timestamp::from_second(minute * 60).ok()?,
                    class: *class,
                    upstream: upstream.clone(),
                    status: *status,
                    count: *count,
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::{Clock, Reader};

    /// Counts both logs, the first one first.
    fn tally(logs: [(&str, &str); 2]) -> Tally {
        let clock = Clock::utc("2026-11-22T06:00:00Z".parse().unwrap());
        let mut tally = Tally::new();
        for (file, (name, log)) in logs.into_iter().enumerate() {
            let mut reader = Reader::named(name).unwrap();
            let mut events = Vec::new();
            for line in log.lines() {
                reader.feed(line.as_bytes(), &mut events);
            }
            for (line, event) in (1..).zip(&events) {
                let at = event.at.and_then(|at| clock.place(&at));
                tally.add(event, at, file, line);
            }
        }
        tally
    }

    fn told(tally: &Tally) -> Vec<String> {
        let rows = tally.classes();
        rows.iter()
            .map(|row| format!("{:?} {} {}", row.role, row.class.slug(), row.count))
            .collect()
    }

    // Captured: nginx 1.22.1 (Debian 12), 2026-11-22; two of three upstreams out of order.
    const ERRORS: &str = r#"2026/11/22 05:22:24 [error] 27749#27749: *4 connect() failed (111: Connection refused) while connecting to upstream, client: 198.51.100.130, server: shop.example.com, request: "GET /cart?i=1 HTTP/1.1", upstream: "http://127.0.0.1:8002/cart?i=1", host: "shop.example.com"
2026/11/22 05:22:24 [warn] 27749#27749: *4 upstream server temporarily disabled while connecting to upstream, client: 198.51.100.130, server: shop.example.com, request: "GET /cart?i=1 HTTP/1.1", upstream: "http://127.0.0.1:8002/cart?i=1", host: "shop.example.com"
2026/11/22 05:22:25 [error] 27749#27749: *1 upstream timed out (110: Connection timed out) while reading response header from upstream, client: 198.51.100.95, server: shop.example.com, request: "GET /cart?i=8 HTTP/1.1", upstream: "http://127.0.0.1:8000/cart?i=8", host: "shop.example.com""#;
    const ACCESS: &str = r#"198.51.100.130 - - [22/Nov/2026:05:22:24 +0000] "GET /cart?i=1 HTTP/1.1" 200 3 "-" "curl/8.10.1" rt=0.003 uct="-, 0.000" uht="-, 0.002" urt="0.000, 0.002" ua="127.0.0.1:8002, 127.0.0.1:8001" us="502, 200" cf_ray="bf3e381013e428a5-SJC""#;

    #[test]
    fn a_try_that_another_one_made_good_is_rescued_whichever_log_comes_first() {
        let expected = [
            "Cause upstream-timeout 1",
            "Consequence upstream-none-live 1",
            "Rescued upstream-refused 1",
            "Rescued upstream-retried 1",
        ];
        for logs in [
            [("nginx-error", ERRORS), ("access", ACCESS)],
            [("access", ACCESS), ("nginx-error", ERRORS)],
        ] {
            let tally = tally(logs);
            assert_eq!(told(&tally), expected);
            let rows = tally.classes();
            assert_eq!(rows[3].rays, ["bf3e381013e428a5"]);
            assert_eq!(rows[0].upstreams, [(Upstream::Tcp("127.0.0.1:8000".into()), 1)]);
            assert!((tally.share(&rows[0]) - 1.0).abs() < 1e-9);
            assert_eq!(tally.minutes()[0].minute.to_string(), "2026-11-22T05:22:00Z");
        }
    }

    #[test]
    fn a_worker_that_was_killed_for_its_timeout_follows_from_it() {
        // Captured: gunicorn 27.0.1, 2026-11-22; the second worker was killed by hand.
        let log = "[2026-11-22 05:28:37 +0000] [19048] [CRITICAL] WORKER TIMEOUT (pid:19079)\n\
             [2026-11-22 05:28:38 +0000] [19048] [ERROR] Worker (pid:19079) was sent SIGKILL! \
             Perhaps out of memory?\n\
             [2026-11-22 05:28:39 +0000] [19048] [ERROR] Worker (pid:4729) was sent SIGKILL! \
             Perhaps out of memory?";
        let reversed: Vec<&str> = log.lines().rev().collect();
        for log in [log, &reversed.join("\n")] {
            let tally = tally([("gunicorn", log), ("access", "")]);
            assert_eq!(
                told(&tally),
                [
                    "Cause app-worker-timeout 1",
                    "Cause app-worker-killed 1",
                    "Consequence app-worker-killed 1"
                ]
            );
        }
    }

    #[test]
    fn the_same_failure_without_a_rescue_stays_a_cause() {
        let tally = tally([("nginx-error", ERRORS), ("access", "")]);
        assert_eq!(told(&tally)[..2], ["Cause upstream-refused 1", "Cause upstream-timeout 1"]);
    }
}
