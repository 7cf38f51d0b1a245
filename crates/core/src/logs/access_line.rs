//! What a line of an access log means, whatever its layout.
//!
//! The status column is the only truth about what was answered; the columns about the app say who
//! made it. A 502 that the app's headers came with is the app's own; one without is the proxy's,
//! and its error log has the reason. Answers below 500 are not told, except those that took a
//! second try.

use super::event::{LogEvent, Upstream};
use super::timestamp::Moment;
use super::{Class, Role, scan};

/// The fields of a line; empty where the layout has none, `-` where the proxy had nothing.
#[derive(Debug, Default)]
pub(super) struct AccessLine<'a> {
    pub at: Option<Moment>,
    pub client: &'a [u8],
    /// `GET /cart HTTP/1.1`.
    pub request: &'a [u8],
    /// Where the layout has the path apart.
    pub path: &'a [u8],
    pub host: &'a [u8],
    pub status: &'a [u8],
    /// Seconds with a fraction.
    pub request_time: &'a [u8],
    pub upstream: &'a [u8],
    pub upstream_status: &'a [u8],
    pub upstream_header_time: &'a [u8],
    pub ray: &'a [u8],
}

/// The edge gives up on a silent origin after 100 s by default (Cloudflare docs, error 524).
const EDGE_PATIENCE: u64 = 95;

impl AccessLine<'_> {
    /// The meaning; `None` for answers that are no fault.
    pub(super) fn event(&self) -> Option<LogEvent> {
        let (status, rest) = scan::number(self.status)?;
        let status = u16::try_from(status).ok().filter(|_| rest.is_empty())?;
        let (class, role) = self.meaning(status)?;
        let path = match self.path {
            b"" => self.request.split(|byte| *byte == b' ').nth(1).unwrap_or_default(),
            path => path,
        };
        let known = |field: &[u8]| !field.is_empty() && field != b"-";
        let mut text = format!("answered {status}");
        if known(self.request_time) {
            text.push_str(&format!(" after {} s", scan::text(self.request_time)));
        }
        let mut event = LogEvent::new(class, text.as_bytes()).role(role);
        event.at = self.at;
        event.status = Some(status);
        event.client = known(self.client).then(|| scan::text(self.client));
        event.path = known(path).then(|| scan::path(path));
        event.host = known(self.host).then(|| scan::text(self.host));
        event.ray = scan::ray(self.ray);
        let tries = if role == Role::Rescued { first(self.upstream) } else { last(self.upstream) };
        event.upstream = Upstream::read(tries);
        Some(event)
    }

    fn meaning(&self, status: u16) -> Option<(Class, Role)> {
        let own = |class: Class| Some((class, class.role()));
        match status {
            499 => {
                let waited =
                    scan::number(self.request_time).is_some_and(|(s, _)| s >= EDGE_PATIENCE);
                own(if waited { Class::UpstreamTimeout } else { Class::VisitorLeft })
            }
            500..=599 => {
                let by_app =
                    last(self.upstream_header_time).first().is_some_and(u8::is_ascii_digit)
                        && scan::number(last(self.upstream_status))
                            .is_some_and(|(s, _)| s == u64::from(status));
                own(if by_app { Class::AppAnswered5xx } else { Class::Answered5xx })
            }
            // The earlier tries failed, this one did not.
            100..=399 if is_list(self.upstream_status) => {
                let failed = tries(self.upstream_status)
                    .any(|one| scan::number(one).is_some_and(|(s, _)| (500..=599).contains(&s)));
                if failed { own(Class::UpstreamRetried) } else { None }
            }
            _ => None,
        }
    }
}

/// The values of several tries are set apart by `, `, after an internal redirect by ` : `.
fn tries(list: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    list.split(|byte| *byte == b',').flat_map(|one| {
        let (a, b) = scan::split(one, " : ").map_or((one, None), |(a, b)| (a, Some(b)));
        [Some(a.trim_ascii()), b.map(<[u8]>::trim_ascii)].into_iter().flatten()
    })
}

fn is_list(list: &[u8]) -> bool {
    scan::has_any(list, &[", ", " : "])
}

fn last(list: &[u8]) -> &[u8] {
    tries(list).next_back().unwrap_or_default()
}

fn first(list: &[u8]) -> &[u8] {
    tries(list).next().unwrap_or_default()
}
