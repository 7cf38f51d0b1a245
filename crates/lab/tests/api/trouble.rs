//! Limits, and an API that is in trouble itself.

use std::time::{Duration, Instant};

use rayfix_lab::api::{Grant, Limits, Trouble, TroubleKind, sample};

use crate::ask::{Api, zone};

#[tokio::test]
async fn past_the_quota_everything_is_refused_for_all_tokens_of_the_user() {
    let mut state = sample().granting(Grant::all("second").of_the_account());
    state.limits = Limits::new(3, Duration::from_secs(300));
    let api = Api::of(state).await;
    for left in [2, 1, 0] {
        let got = api.get("all", "/zones").await;
        got.result();
        assert_eq!(got.header("ratelimit-policy"), Some("\"default\";q=3;w=300"));
        let told = got.header("ratelimit").unwrap();
        assert!(told.starts_with(&format!("\"default\";r={left};t=")), "{told}");
        assert_eq!(got.header("retry-after"), None);
    }
    let got = api.get("reads", &zone("example.test", "/settings/ssl")).await;
    assert_eq!(got.refusal(), (429, 971));
    let wait: u64 = got.header("retry-after").unwrap().parse().unwrap();
    assert!((290..=300).contains(&wait), "{wait}");
    api.get("account", "/zones").await.result();
    api.get("second", "/zones").await.result();
}

#[tokio::test]
async fn trouble_strikes_where_and_as_often_as_told() {
    let mut state = sample();
    let ssl = zone("example.test", "/settings/ssl");
    state.trouble = vec![
        Trouble::at(&ssl, TroubleKind::Fails(500)).times(1),
        Trouble::at("/accounts", TroubleKind::Page(502)),
        Trouble::at("/user", TroubleKind::Limited(7)),
        Trouble::at("/ips", TroubleKind::Garbage),
    ];
    let api = Api::of(state).await;
    let got = api.get("all", &ssl).await;
    assert_eq!((got.status, got.json()["success"].as_bool()), (500, Some(false)));
    assert_eq!(api.get("all", &ssl).await.result()["value"], "strict", "once only");
    let page = api.get("all", "/accounts").await;
    assert_eq!(page.status, 502);
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    assert!(page.header("cf-ray").is_some());
    let limited = api.get("all", "/user/tokens/verify").await;
    assert_eq!((limited.refusal(), limited.header("retry-after")), ((429, 971), Some("7")));
    let garbage = api.get("all", "/ips").await;
    assert_eq!(garbage.status, 200);
    assert!(serde_json::from_str::<serde_json::Value>(&garbage.text).is_err());
    api.get("all", "/zones").await.result();
}

#[tokio::test]
async fn a_connection_may_end_without_an_answer_or_never_get_one() {
    let mut state = sample();
    state.trouble = vec![
        Trouble::at("/zones", TroubleKind::Closes),
        Trouble::at("/accounts", TroubleKind::Hangs),
    ];
    let api = Api::of(state).await;
    let closed = api.get("all", "/zones").await;
    assert_eq!((closed.status, closed.text.as_str()), (0, ""));
    let hung = tokio::time::timeout(Duration::from_millis(200), api.get("all", "/accounts")).await;
    assert!(hung.is_err());
    let seen = api.emulated.requests();
    assert_eq!(seen.iter().map(|call| call.status).collect::<Vec<_>>(), [None, None]);
    api.get("all", "/user/tokens/verify").await.result();
}

#[tokio::test]
async fn every_call_takes_as_long_as_told() {
    let mut state = sample();
    state.latency = Duration::from_millis(60);
    let api = Api::of(state).await;
    let start = Instant::now();
    api.get("all", "/zones").await.result();
    assert!(start.elapsed() >= Duration::from_millis(60));
}
