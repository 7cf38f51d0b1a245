//! Counts by GraphQL: groups under aliases, and each way in which a query is refused.

use jiff::{SignedDuration, Timestamp};
use rayfix_lab::api::{Grant, ids, sample};
use serde_json::{Value, json};

use crate::ask::{Api, Got};

const QUERY: &str = "query ($zoneTag: string, $host: string, $start: Time, $end: Time) {
  viewer { zones(filter: {zoneTag: $zoneTag}) {
    errors: httpRequestsAdaptiveGroups(limit: 500, orderBy: [count_DESC],
        filter: {datetime_geq: $start, datetime_lt: $end, clientRequestHTTPHost: $host,
          requestSource: \"eyeball\", edgeResponseStatus_geq: 500}) {
      count avg { sampleInterval } dimensions { edgeResponseStatus originResponseStatus coloCode }
    }
    total: httpRequestsAdaptiveGroups(limit: 1, filter: {datetime_geq: $start, datetime_lt: $end,
        clientRequestHTTPHost: $host}) { count }
    good: httpRequestsAdaptiveGroups(limit: 500, orderBy: [count_DESC],
        filter: {datetime_geq: $start, datetime_lt: $end, clientRequestHTTPHost: $host,
          edgeResponseStatus_lt: 500}) { count dimensions { coloCode } }
    minutes: httpRequestsAdaptiveGroups(limit: 1000, orderBy: [datetimeMinute_ASC],
        filter: {datetime_geq: $start, datetime_lt: $end, clientRequestHTTPHost: $host,
          edgeResponseStatus_geq: 500}) { count dimensions { datetimeMinute edgeResponseStatus } }
  } } }";

const NOW: &str = "2026-11-22T10:00:00Z";

fn ago(minutes: i64) -> Timestamp {
    NOW.parse::<Timestamp>().expect("a time") - SignedDuration::from_mins(minutes)
}

async fn counted() -> Api {
    let mut state = sample()
        .granting(Grant::only("zones", ["Zone Read"]))
        .granting(Grant::only("counts", ["Analytics Read"]));
    state.now = NOW.parse().ok();
    let zone = state.zone_mut("example.test").expect("it is there");
    let host = "shop.example.test";
    zone.count(ago(10), host, (502, 0), "AMS", 30);
    zone.count(ago(9), host, (502, 0), "AMS", 12);
    zone.count(ago(9), host, (502, 502), "FRA", 50);
    zone.count(ago(5), host, (200, 200), "FRA", 900);
    zone.count(ago(5), "www.example.test", (500, 500), "FRA", 7);
    zone.count(ago(300), host, (502, 0), "AMS", 1000);
    Api::of(state).await
}

async fn ask(api: &Api, token: &str, zone: &str, minutes: i64, query: &str) -> Got {
    let variables = json!({
        "zoneTag": zone, "host": "shop.example.test", "start": ago(minutes).to_string(), "end": NOW,
    });
    api.send(token, "POST", "/graphql", json!({"query": query, "variables": variables})).await
}

fn example() -> String {
    ids::hex("zone example.test")
}

fn said(got: &Got) -> (u16, String) {
    let body = got.json();
    assert_eq!(body["data"], Value::Null, "{body}");
    (got.status, body["errors"][0]["message"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn one_query_has_several_groupings_of_the_same_requests() {
    let api = counted().await;
    let got = ask(&api, "counts", &example(), 30, QUERY).await;
    assert_eq!(got.status, 200);
    let body = got.json();
    assert_eq!(body["errors"], Value::Null);
    let zone = &body["data"]["viewer"]["zones"][0];
    let colo = |edge: u16, origin: u16, colo: &str, count: u64| {
        json!({"count": count, "avg": {"sampleInterval": 1}, "dimensions": {
            "edgeResponseStatus": edge, "originResponseStatus": origin, "coloCode": colo}})
    };
    assert_eq!(zone["errors"], json!([colo(502, 502, "FRA", 50), colo(502, 0, "AMS", 42)]));
    assert_eq!(zone["total"], json!([{"count": 992}]));
    assert_eq!(zone["good"], json!([{"count": 900, "dimensions": {"coloCode": "FRA"}}]));
    let minute = |time: &str, count: u64| json!({"count": count, "dimensions": {"datetimeMinute": time, "edgeResponseStatus": 502}});
    let wanted = json!([minute("2026-11-22T09:50:00Z", 30), minute("2026-11-22T09:51:00Z", 62)]);
    assert_eq!(zone["minutes"], wanted);
}

#[tokio::test]
async fn a_zone_without_requests_has_no_groups() {
    let api = counted().await;
    let body = ask(&api, "counts", &ids::hex("zone other.test"), 30, QUERY).await.json();
    assert_eq!(body["data"]["viewer"]["zones"][0]["total"], json!([]));
}

#[tokio::test]
async fn more_than_a_day_or_a_week_ago_is_refused_in_graphqls_way() {
    let api = counted().await;
    let (status, message) = said(&ask(&api, "counts", &example(), 25 * 60, QUERY).await);
    assert!(
        status == 400 && message.contains("cannot request a time range wider than 1d"),
        "{message}"
    );
    let old = QUERY.replace("$end", "\"2026-11-10T00:30:00Z\"");
    let old = old.replacen("\"2026-11-10T00:30:00Z\": Time", "$end: Time", 1);
    let old = old.replace("datetime_geq: $start", "datetime_geq: \"2026-11-10T00:00:00Z\"");
    let (status, message) = said(&ask(&api, "counts", &example(), 30, &old).await);
    assert!(status == 400 && message.contains("older than 1w"), "{message}");
}

#[tokio::test]
async fn who_may_not_see_counts_is_told_so_and_who_is_unknown_in_the_envelope() {
    let api = counted().await;
    let (status, message) = said(&ask(&api, "zones", &example(), 30, QUERY).await);
    assert!(status == 403 && message.contains("does not have access to the path"), "{message}");
    let (status, message) = said(&ask(&api, "counts", &ids::hex("no zone"), 30, QUERY).await);
    assert!(status == 403 && message.contains("are not authorized"), "{message}");
    let out_of_reach = ask(&api, "other", &example(), 30, QUERY).await.json();
    assert_eq!(out_of_reach, json!({"data": {"viewer": {"zones": []}}, "errors": null}));
    let unknown = ask(&api, "nobody", &example(), 30, QUERY).await;
    assert_eq!((unknown.status, unknown.json()["errors"][0]["code"].clone()), (403, json!(9109)));
}

#[tokio::test]
async fn what_is_no_query_is_an_error() {
    let api = counted().await;
    for (query, wanted) in [
        (
            "{ viewer { zones(filter: {zoneTag: $zoneTag}) { noSuchSet(limit: 1) { count } } } }",
            "unknown field",
        ),
        ("{ viewer { zones { zoneTag } } }", "zoneTag is required"),
        ("{ viewer {", "error parsing query"),
        ("", "error parsing query"),
    ] {
        let (status, message) = said(&ask(&api, "counts", &example(), 30, query).await);
        assert!(status == 400 && message.contains(wanted), "{query}: {message}");
    }
}

#[tokio::test]
async fn the_limits_can_be_asked_for() {
    let api = counted().await;
    let query =
        "query ($zoneTag: string) { viewer { zones(filter: {zoneTag: $zoneTag}) { settings {
        httpRequestsAdaptiveGroups { enabled maxDuration maxPageSize } } } } }";
    let body = ask(&api, "counts", &example(), 30, query).await.json();
    let limits = &body["data"]["viewer"]["zones"][0]["settings"]["httpRequestsAdaptiveGroups"];
    assert_eq!(limits, &json!({"enabled": true, "maxDuration": 86400, "maxPageSize": 10000}));
}
