//! What the edge counted: requests by status at the edge and at the origin, by minute and by place.
//!
//! Estimates from samples: small numbers jump. An origin status of 0 beside a 5xx means that no answer came
//! from the origin; the same 5xx on both sides is the origin's own.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::lenient;

/// Counts of one host over a while.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// From then on.
    pub from: Option<Timestamp>,
    /// Until then.
    pub to: Option<Timestamp>,
    /// All requests of visitors, good ones included.
    pub total: u64,
    /// Errors (5xx), the most frequent first.
    pub errors: Vec<Count>,
    /// Requests that went well, by place.
    pub good_by_colo: Vec<ColoCount>,
    /// Errors minute by minute, oldest first.
    pub minutes: Vec<MinuteCount>,
    /// The largest interval between samples; 1: every request was counted.
    pub sample_interval: Option<u64>,
}

/// So many errors of one kind at one place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Count {
    /// What visitors got.
    pub edge_status: u16,
    /// What the origin answered; 0: nothing.
    pub origin_status: u16,
    /// `AMS`.
    pub colo: String,
    /// How many.
    pub count: u64,
}

/// So many requests at one place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ColoCount {
    /// `AMS`.
    pub colo: String,
    /// How many.
    pub count: u64,
}

/// So many errors in one minute.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MinuteCount {
    /// The minute's beginning.
    pub minute: Option<Timestamp>,
    /// What visitors got.
    pub edge_status: u16,
    /// How many.
    pub count: u64,
}

/// One request for everything: errors by status and place, all requests, good ones by place, errors by
/// minute. Variables: `zoneTag`, `host`, `start`, `end`. Visitors' own requests only, not what a Worker asks.
pub const QUERY: &str = r#"query ($zoneTag: string, $host: string, $start: Time, $end: Time) {
  viewer { zones(filter: {zoneTag: $zoneTag}) {
    errors: httpRequestsAdaptiveGroups(limit: 500, orderBy: [count_DESC],
        filter: {datetime_geq: $start, datetime_lt: $end, clientRequestHTTPHost: $host,
          requestSource: "eyeball", edgeResponseStatus_geq: 500}) {
      count avg { sampleInterval } dimensions { edgeResponseStatus originResponseStatus coloCode }
    }
    total: httpRequestsAdaptiveGroups(limit: 1,
        filter: {datetime_geq: $start, datetime_lt: $end, clientRequestHTTPHost: $host,
          requestSource: "eyeball"}) {
      count avg { sampleInterval }
    }
    good: httpRequestsAdaptiveGroups(limit: 500, orderBy: [count_DESC],
        filter: {datetime_geq: $start, datetime_lt: $end, clientRequestHTTPHost: $host,
          requestSource: "eyeball", edgeResponseStatus_lt: 500}) {
      count dimensions { coloCode }
    }
    minutes: httpRequestsAdaptiveGroups(limit: 1000, orderBy: [datetimeMinute_ASC],
        filter: {datetime_geq: $start, datetime_lt: $end, clientRequestHTTPHost: $host,
          requestSource: "eyeball", edgeResponseStatus_geq: 500}) {
      count dimensions { datetimeMinute edgeResponseStatus }
    }
  } }
}"#;

impl Counts {
    /// Reads the `data` of an answer to [`QUERY`]; `None`: the zone is not among those that may be seen.
    #[must_use]
    pub fn read(data: &Value, from: Timestamp, to: Timestamp) -> Option<Counts> {
        let zone = data.pointer("/viewer/zones/0")?;
        let groups = |name: &str| zone.get(name).and_then(Value::as_array).into_iter().flatten();
        let number = |group: &Value, path: &str| group.pointer(path).and_then(Value::as_u64);
        let status = |group: &Value, path: &str| {
            number(group, path).and_then(|status| u16::try_from(status).ok()).unwrap_or_default()
        };
        let text = |group: &Value, path: &str| {
            group.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let count = |group: &Value| number(group, "/count").unwrap_or_default();
        let mut errors: Vec<Count> = groups("errors")
            .map(|group| Count {
                edge_status: status(group, "/dimensions/edgeResponseStatus"),
                origin_status: status(group, "/dimensions/originResponseStatus"),
                colo: text(group, "/dimensions/coloCode"),
                count: count(group),
            })
            .collect();
        errors.sort_by_key(|one| std::cmp::Reverse(one.count));
        let good_by_colo = groups("good")
            .map(|group| ColoCount {
                colo: text(group, "/dimensions/coloCode"),
                count: count(group),
            })
            .collect();
        let mut minutes: Vec<MinuteCount> = groups("minutes")
            .map(|group| MinuteCount {
                minute: lenient::time(&text(group, "/dimensions/datetimeMinute")),
                edge_status: status(group, "/dimensions/edgeResponseStatus"),
                count: count(group),
            })
            .collect();
        minutes.sort_by_key(|one| (one.minute, one.edge_status));
        let intervals = groups("errors").chain(groups("total"));
        let sample_interval = intervals
            .filter_map(|group| group.pointer("/avg/sampleInterval").and_then(Value::as_f64))
            .filter(|interval| interval.is_finite() && *interval >= 1.0)
            .max_by(f64::total_cmp);
        Some(Counts {
            from: Some(from),
            to: Some(to),
            total: groups("total").map(count).sum(),
            errors,
            good_by_colo,
            minutes,
            // Whole intervals; the fraction comes from the average over groups.
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "1 and more"
            )]
            sample_interval: sample_interval.map(|interval| interval.ceil() as u64),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn moment(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn counts_are_read_as_graphql_tells_them() {
        // Made up after the documented form of the dataset.
        let data = json!({"viewer": {"zones": [{
            "errors": [
                {"count": 12, "avg": {"sampleInterval": 1}, "dimensions":
                    {"edgeResponseStatus": 502, "originResponseStatus": 502, "coloCode": "FRA"}},
                {"count": 120, "avg": {"sampleInterval": 1.5}, "dimensions":
                    {"edgeResponseStatus": 502, "originResponseStatus": 0, "coloCode": "AMS"}},
            ],
            "total": [{"count": 4000, "avg": {"sampleInterval": 1.2}}],
            "good": [{"count": 3868, "dimensions": {"coloCode": "FRA"}}],
            "minutes": [
                {"count": 2, "dimensions": {"datetimeMinute": "2026-11-22T10:01:00Z", "edgeResponseStatus": 502}},
                {"count": 9, "dimensions": {"datetimeMinute": "2026-11-22T10:00:00Z", "edgeResponseStatus": 502}},
            ],
        }]}});
        let (from, to) = (moment("2026-11-22T09:32:00Z"), moment("2026-11-22T10:02:00Z"));
        let counts = Counts::read(&data, from, to).unwrap();
        assert_eq!(counts.total, 4000);
        assert_eq!(
            counts.errors[0],
            Count { edge_status: 502, origin_status: 0, colo: "AMS".to_owned(), count: 120 }
        );
        assert_eq!(counts.good_by_colo, [ColoCount { colo: "FRA".to_owned(), count: 3868 }]);
        assert_eq!(counts.minutes[0].minute, Some(moment("2026-11-22T10:00:00Z")));
        assert_eq!(counts.sample_interval, Some(2));
    }

    #[test]
    fn a_zone_that_may_not_be_seen_has_no_counts_and_a_quiet_one_has_none_to_tell() {
        let now = moment("2026-11-22T10:02:00Z");
        for data in [json!(null), json!({"viewer": {"zones": []}}), json!({"viewer": null})] {
            assert_eq!(Counts::read(&data, now, now), None);
        }
        let quiet = json!({"viewer": {"zones": [{"errors": [], "total": [], "good": null}]}});
        let counts = Counts::read(&quiet, now, now).unwrap();
        assert_eq!((counts.total, counts.errors.len(), counts.sample_interval), (0, 0, None));
    }
}
