//! The audit log: every write that succeeds, with what was there before; and what a stage laid there.

use jiff::Timestamp;
use rayfix_lab::api::{Grant, ids, sample};
use serde_json::json;

use crate::ask::{Api, zone};

fn log(rest: &str) -> String {
    format!("/accounts/{}/audit_logs{rest}", ids::hex("account Shop"))
}

#[tokio::test]
async fn a_changed_setting_is_noted_with_both_values_and_a_refused_one_is_not() {
    let api = Api::sample().await;
    let ssl = zone("example.test", "/settings/ssl");
    assert_eq!(api.send("all", "PATCH", &ssl, json!({"value": "full"})).await.status, 200);
    assert_eq!(api.send("all", "PATCH", &ssl, json!({"value": "sideways"})).await.status, 400);
    assert_eq!(api.send("reads", "PATCH", &ssl, json!({"value": "off"})).await.status, 403);
    let body = api.get("reads", &log("")).await.json();
    assert_eq!(body["result_info"]["total_count"], 1, "{body}");
    let entry = &body["result"][0];
    assert_eq!(
        json!([
            entry["action"]["type"],
            entry["oldValue"],
            entry["newValue"],
            entry["metadata"]["name"]
        ]),
        json!(["change_setting", "strict", "full", "ssl"])
    );
    assert_eq!(entry["zone"]["name"], "example.test");
}

#[tokio::test]
async fn a_changed_record_is_noted_with_where_it_led() {
    let api = Api::sample().await;
    let records = zone("example.test", "/dns_records?name=shop.example.test");
    let id = api.get("all", &records).await.json()["result"][0]["id"].clone();
    let one = zone("example.test", &format!("/dns_records/{}", id.as_str().expect("an id")));
    let new = json!({"type": "A", "name": "shop.example.test", "content": "192.0.2.99", "ttl": 1});
    assert_eq!(api.send("all", "PATCH", &one, new).await.status, 200);
    let entry = api.get("all", &log("")).await.json()["result"][0].clone();
    assert_eq!(
        json!([
            entry["action"]["type"],
            entry["oldValueJson"]["content"],
            entry["newValueJson"]["content"]
        ]),
        json!(["rec_set", "192.0.2.11", "192.0.2.99"])
    );
}

#[tokio::test]
async fn the_newest_comes_first_and_times_bound_what_is_told() {
    let mut state = sample().granting(Grant::only("zones", ["Zone Read"]));
    let at = |hour: i64| Timestamp::from_second(1_795_000_000 + hour * 3600).expect("a time");
    for hour in [1, 3, 2] {
        let name = format!("setting {hour}");
        state.accounts[0].lay_change(
            at(hour),
            "change_setting",
            ("example.test", &name),
            ("off", "on"),
        );
    }
    let api = Api::of(state).await;
    let names = |body: &serde_json::Value| -> Vec<String> {
        let all = body["result"].as_array().expect("a list").iter();
        all.map(|entry| entry["metadata"]["name"].as_str().unwrap_or_default().to_owned()).collect()
    };
    let all = api.get("reads", &log("")).await.json();
    assert_eq!(names(&all), ["setting 3", "setting 2", "setting 1"]);
    let bounded = log(&format!("?since={}&before={}&direction=asc", at(1), at(3)));
    assert_eq!(names(&api.get("reads", &bounded).await.json()), ["setting 1", "setting 2"]);
    assert_eq!(api.get("reads", &log("?page=2")).await.json()["result"], json!([]));
    assert_eq!(api.get("zones", &log("")).await.status, 403);
}
